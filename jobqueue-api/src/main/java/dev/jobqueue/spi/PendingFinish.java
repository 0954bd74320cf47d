package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;

/**
 * How a job ends that has not run.
 *
 * @param outcome Succeeded or Failed, not Released
 */
public record PendingFinish(JobId id, JobOutcome outcome) {
    public PendingFinish {
        requireNonNull(id, "id");
        requireNonNull(outcome, "outcome");
    }
}
