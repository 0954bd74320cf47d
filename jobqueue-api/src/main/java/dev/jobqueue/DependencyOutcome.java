package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * How a dependency ended, as its dependent sees it at the same position (DEP-6).
 *
 * <p>A failed dependency has an error and may have a result; a canceled one has neither; a succeeded one has a result. Immutable and thread-safe if
 * {@code R} is.
 *
 * @param required as given at enqueue; an id named both ways is required at every position
 * @param state the state of the dependency; unfinished only in the status of a job that is still blocked
 */
public record DependencyOutcome<R>(
        JobId id, TypeName type, boolean required, JobState state, Optional<R> result, Optional<JobError> error) {
    public DependencyOutcome {
        requireNonNull(id, "id");
        requireNonNull(type, "type");
        requireNonNull(state, "state");
        requireNonNull(result, "result");
        requireNonNull(error, "error");
    }
}
