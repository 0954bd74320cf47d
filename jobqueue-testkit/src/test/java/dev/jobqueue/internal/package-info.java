/** Tests of the core that need a store. */
@NullMarked
package dev.jobqueue.internal;

import org.jspecify.annotations.NullMarked;
