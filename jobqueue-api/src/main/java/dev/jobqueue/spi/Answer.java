package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import java.util.Optional;

/** The answer to one item: a value, or a refusal that changed nothing. */
public sealed interface Answer<T> {
    /** The item took effect. */
    record Accepted<T>(T value) implements Answer<T> {
        public Accepted {
            requireNonNull(value, "value");
        }
    }

    /**
     * The item was refused; nothing was changed by it.
     *
     * @param id the job that is the reason
     * @param state its state, for NOT_PENDING and ALREADY_FINISHED
     * @param message for a person; used as it is for INVALID, STILL_NEEDED and TOO_LARGE
     */
    record Refused<T>(Reason reason, JobId id, Optional<JobState> state, String message) implements Answer<T> {
        public Refused {
            requireNonNull(reason, "reason");
            requireNonNull(id, "id");
            requireNonNull(state, "state");
            requireNonNull(message, "message");
        }

        /** The same refusal as the answer to a call of another type. */
        public <U> Refused<U> cast() {
            return new Refused<>(reason, id, state, message);
        }
    }

    /** The item took effect. */
    static <T> Answer<T> accepted(T value) {
        return new Accepted<>(value);
    }

    /** Refused for a reason that needs no more words. */
    static <T> Refused<T> refused(Reason reason, JobId id) {
        return new Refused<>(reason, id, Optional.empty(), "");
    }

    /** Refused because of the state of the job. */
    static <T> Refused<T> refused(Reason reason, JobId id, JobState state) {
        return new Refused<>(reason, id, Optional.of(state), "");
    }

    /** Refused for a reason in words. */
    static <T> Refused<T> refused(Reason reason, JobId id, String message) {
        return new Refused<>(reason, id, Optional.empty(), message);
    }

    /** Why an item is refused. */
    enum Reason {
        NOT_FOUND,
        NOT_PENDING,
        ALREADY_FINISHED,
        PAUSED,
        /** Unknown dependency, or other content under an id that exists. */
        INVALID,
        STILL_NEEDED,
        TOO_LARGE
    }
}
