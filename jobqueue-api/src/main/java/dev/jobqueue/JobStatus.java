package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A consistent snapshot of where a job is (QRY-1).
 *
 * <p>Immutable and thread-safe if {@code R} is.
 *
 * @param failures attempts that ended with an error or a time-out (FIN-10)
 * @param recoveries attempts that ended with a lost heartbeat
 * @param attempts the last {@value Attempt#KEPT} ended attempts and the running one, oldest first
 * @param progress the last progress reported by the running attempt (FIN-5)
 * @param result present if SUCCEEDED, perhaps if FAILED
 * @param error present if FAILED
 * @param cancelReason present if CANCELED
 * @param dependencies the outcome at each position (DEP-6), unfinished ones included; the ids differ from {@link Job#dependencies} only where a unique
 *     key pointed an edge to an existing job (ENQ-5). Empty in lists
 */
public record JobStatus<R>(
        JobId id,
        TypeName type,
        String channel,
        JobState state,
        JobTimes times,
        int failures,
        int recoveries,
        List<Attempt> attempts,
        Optional<RawJson> progress,
        Optional<R> result,
        Optional<JobError> error,
        Optional<String> cancelReason,
        List<DependencyOutcome<RawJson>> dependencies) {
    public JobStatus {
        requireNonNull(id, "id");
        requireNonNull(type, "type");
        requireNonNull(channel, "channel");
        requireNonNull(state, "state");
        requireNonNull(times, "times");
        attempts = List.copyOf(attempts);
        requireNonNull(progress, "progress");
        requireNonNull(result, "result");
        requireNonNull(error, "error");
        requireNonNull(cancelReason, "cancelReason");
        dependencies = List.copyOf(dependencies);
    }

    /** The same status with another view of the result. */
    public <S> JobStatus<S> withResult(Optional<S> newResult) {
        return new JobStatus<>(
                id,
                type,
                channel,
                state,
                times,
                failures,
                recoveries,
                attempts,
                progress,
                newResult,
                error,
                cancelReason,
                dependencies);
    }
}
