/** Measures the queue on the reader's own machine, beside what the disk itself can do. */
@NullMarked
package dev.jobqueue.examples.benchmark;

import org.jspecify.annotations.NullMarked;
