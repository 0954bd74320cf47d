package dev.jobqueue;

import static java.util.Objects.requireNonNull;

/**
 * The answer to an enqueue (ENQ-1).
 *
 * @param id the job that now stands for the request: its own id, or that of the unfinished job with the same unique key (ENQ-5)
 * @param created whether this call stored a new job; false for the unique key of another job and for an enqueue repeated with the same id (ENQ-4)
 * @param state the state of that job
 */
public record Enqueued(JobId id, boolean created, JobState state) {
    public Enqueued {
        requireNonNull(id, "id");
        requireNonNull(state, "state");
    }
}
