package dev.jobqueue.internal;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.spi.Answer;
import java.util.List;
import java.util.function.Supplier;

/** Turns the answers of a store into values and the exceptions of the public API (FIN-4). */
final class Answers {
    private Answers() {}

    static <T> T valueOf(Answer<T> answer) {
        if (answer instanceof Answer.Accepted<T> accepted) {
            return accepted.value();
        }
        throw exception((Answer.Refused<T>) answer);
    }

    private static JobQueueException exception(Answer.Refused<?> refused) {
        JobId id = refused.id();
        return switch (refused.reason()) {
            case NOT_FOUND -> new JobQueueException.NotFound(id);
            case NOT_PENDING ->
                new JobQueueException.NotPending(id, refused.state().orElse(JobState.RUNNING));
            case ALREADY_FINISHED ->
                new JobQueueException.AlreadyFinished(id, refused.state().orElse(JobState.SUCCEEDED));
            case PAUSED -> new JobQueueException.Paused(id);
            case INVALID, STILL_NEEDED, TOO_LARGE -> new JobQueueException.Invalid(refused.message());
        };
    }

    /** Runs a call that changes something; an unknown outcome tells what to repeat the call with. */
    static <T> T settleable(List<JobId> ids, List<JobToken> tokens, Supplier<T> call) {
        try {
            return call.get();
        } catch (JobQueueException.OutcomeUnknown e) {
            throw new JobQueueException.OutcomeUnknown(String.valueOf(e.getMessage()), e, ids, tokens);
        }
    }

    /** An exception of the caller's own for a failure that several callers share. */
    static RuntimeException copy(RuntimeException shared) {
        String message = String.valueOf(shared.getMessage());
        if (shared instanceof JobQueueException.OutcomeUnknown) {
            return new JobQueueException.OutcomeUnknown(message, shared);
        }
        if (shared instanceof JobQueueException.StoreUnavailable) {
            return new JobQueueException.StoreUnavailable(message, shared);
        }
        if (shared instanceof JobQueueException.Corrupt) {
            return new JobQueueException.Corrupt(message, shared);
        }
        if (shared instanceof JobQueueException.Closed) {
            return new JobQueueException.Closed();
        }
        return new IllegalStateException("the store failed unexpectedly: " + message, shared);
    }
}
