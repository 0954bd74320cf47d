package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * How one attempt ended and what to enqueue with it, for {@link JobQueue#finishAll(List)}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param followUps a graph as in {@link JobQueue#enqueueAll}, stored in the same step if the token is in force (FIN-7); may be empty
 */
public record JobFinish(JobToken token, JobOutcome outcome, List<JobRequest<?, ?>> followUps) {
    public JobFinish {
        requireNonNull(token, "token");
        requireNonNull(outcome, "outcome");
        followUps = List.copyOf(followUps);
    }
}
