/**
 * A job queue for Java services: typed jobs with dependencies, durable in a directory or in PostgreSQL.
 *
 * <p>Start at {@link dev.jobqueue.JobQueue}. A {@link dev.jobqueue.JobType} names a type of job and makes {@link dev.jobqueue.JobRequest}s; the queue
 * stores them, hands them out as {@link dev.jobqueue.RunningJob}s, each under a {@link dev.jobqueue.JobToken} that fences it, and keeps their
 * {@link dev.jobqueue.JobStatus}. Rules are cited by the ids of the specification, as in DEP-3.
 *
 * <p>Values are immutable and thread-safe. Nothing is {@code null} unless marked so.
 */
@NullMarked
package dev.jobqueue;

import org.jspecify.annotations.NullMarked;
