/** The one implementation of {@link dev.jobqueue.JobQueue} over any store: checks, waiting, combining, decoding, exceptions. Not exported. */
@NullMarked
package dev.jobqueue.internal;

import org.jspecify.annotations.NullMarked;
