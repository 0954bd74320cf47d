/** Tests of the small backend. */
@NullMarked
package dev.jobqueue.examples.sqlite;

import org.jspecify.annotations.NullMarked;
