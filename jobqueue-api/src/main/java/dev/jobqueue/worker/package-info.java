/**
 * The worker runtime: turns a {@link dev.jobqueue.JobQueue} into a running service.
 *
 * <p>Start at {@link dev.jobqueue.worker.JobWorker}. It takes jobs for the {@link dev.jobqueue.worker.JobHandler}s it was given, runs them on threads
 * of its own or of an executor, sends heartbeats for all of them in one call, and ends every attempt: with a result, an error, a time-out or a release.
 * A handler learns through its {@link dev.jobqueue.worker.JobContext} that it must stop. {@link dev.jobqueue.worker.WorkerListener}s hear of every
 * step, {@code dev.jobqueue.worker.metrics} has them as Micrometer meters.
 *
 * <p>It uses only what every caller of the queue can use, so another runtime could stand beside it.
 */
@NullMarked
package dev.jobqueue.worker;

import org.jspecify.annotations.NullMarked;
