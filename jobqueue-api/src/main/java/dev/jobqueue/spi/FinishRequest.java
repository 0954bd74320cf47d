package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import java.util.List;

/**
 * How an attempt ended and what to enqueue with it.
 *
 * @param jitter 0 up to, not including, 1, for {@link dev.jobqueue.Backoff#after(int, double)} if the job is tried again
 * @param followUps a graph as in {@link JobStore#insert}, or empty
 */
public record FinishRequest(JobToken token, JobOutcome outcome, double jitter, List<NewJob> followUps) {
    public FinishRequest {
        requireNonNull(token, "token");
        requireNonNull(outcome, "outcome");
        followUps = List.copyOf(followUps);
    }
}
