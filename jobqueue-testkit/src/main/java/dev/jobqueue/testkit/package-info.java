/**
 * The test kit: the contract of {@link dev.jobqueue.spi.JobStore} as tests that a backend extends, the in-memory reference store, and tools for tests
 * of one's own.
 *
 * <p>{@link dev.jobqueue.testkit.InMemoryJobStore} under {@code JobQueue.on} gives unit tests a queue without files or servers;
 * {@link dev.jobqueue.testkit.ManualClock} lets time pass in them. {@link dev.jobqueue.testkit.model.JobStoreModel} runs random programs of calls
 * against a backend and the reference store. {@link dev.jobqueue.testkit.junit.JobQueueExtension} puts all that into a JUnit test.
 */
@NullMarked
package dev.jobqueue.testkit;

import org.jspecify.annotations.NullMarked;
