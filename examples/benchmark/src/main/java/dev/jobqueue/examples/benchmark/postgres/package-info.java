/** Measures the queue on PostgreSQL, beside the raw limit of the server and other queues for Java. */
@NullMarked
package dev.jobqueue.examples.benchmark.postgres;

import org.jspecify.annotations.NullMarked;
