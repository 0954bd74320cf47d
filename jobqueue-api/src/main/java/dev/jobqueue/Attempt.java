package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * One run of a job. The last {@value #KEPT} attempts of a job are kept (FIN-10).
 *
 * @param number counted from 1 over all dequeues of the job, also those that were released or lost
 * @param worker who ran it, as named at dequeue
 * @param started when it was dequeued
 * @param ended when it ended; empty while it runs
 * @param end how it ended; empty while it runs
 * @param error what went wrong, for FAILED, TIMED_OUT and HEARTBEAT_LOST
 */
public record Attempt(
        int number,
        String worker,
        Instant started,
        Optional<Instant> ended,
        Optional<End> end,
        Optional<JobError> error) {
    /** How many ended attempts of a job are kept. */
    public static final int KEPT = 100;

    public Attempt {
        Names.requireRange(number, 1, Integer.MAX_VALUE, "number");
        requireNonNull(worker, "worker");
        requireNonNull(started, "started");
        requireNonNull(ended, "ended");
        requireNonNull(end, "end");
        requireNonNull(error, "error");
    }

    /** How an attempt ended. */
    public enum End {
        SUCCEEDED,
        FAILED,
        /** Given back without a verdict; counts neither as a failure nor as a recovery. */
        RELEASED,
        /** The worker was not heard of for too long. */
        HEARTBEAT_LOST,
        /** Longer than the job's timeout. */
        TIMED_OUT,
        /** The job was canceled while it ran. */
        CANCELED
    }
}
