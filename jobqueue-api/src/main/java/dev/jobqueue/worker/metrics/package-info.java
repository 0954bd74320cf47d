/**
 * Workers and queues as Micrometer meters. Needs {@code io.micrometer:micrometer-core}, which the application adds; nothing else of the library does.
 */
@NullMarked
package dev.jobqueue.worker.metrics;

import org.jspecify.annotations.NullMarked;
