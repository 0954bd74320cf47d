package dev.jobqueue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The root of what the queue throws besides {@code IllegalArgumentException} and {@code NullPointerException} for wrong arguments (FIN-4).
 *
 * <p>The branch tells what to do. {@link Refused}: nothing was changed, and the same call will be refused again. {@link StoreUnavailable}: nothing
 * was changed, and trying again is safe. {@link OutcomeUnknown}: it may have happened; repeat the call with the same ids or tokens. {@link Closed}:
 * open the queue again. {@link Corrupt}: the store needs repair.
 */
public class JobQueueException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** For the nested classes and for backends. */
    protected JobQueueException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The store understood the call and refused it; nothing was changed. */
    public static class Refused extends JobQueueException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            this(message, null);
        }

        Refused(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** There is no job with this id: it was never enqueued, or was pruned or deleted. */
    public static final class NotFound extends Refused {
        private static final long serialVersionUID = 1;

        /** Names what was looked for. */
        public NotFound(JobId id) {
            super("no job " + id + ": it was never enqueued, or was pruned or deleted");
        }
    }

    /** The job is running or finished, and only a pending one will do. */
    public static final class NotPending extends Refused {
        private static final long serialVersionUID = 1;
        private final JobState state;

        /** Names the job and its state. */
        public NotPending(JobId id, JobState state) {
            super("job " + id + " cannot be dequeued or finished from outside, it is " + state);
            this.state = state;
        }

        /** The state of the job. */
        public JobState state() {
            return state;
        }
    }

    /** The job is not running. */
    public static final class NotRunning extends Refused {
        private static final long serialVersionUID = 1;

        /** Says what was refused. */
        public NotRunning(String message) {
            super(message);
        }
    }

    /** The job is finished already. */
    public static final class AlreadyFinished extends Refused {
        private static final long serialVersionUID = 1;
        private final JobState state;

        /** Names the job and its state. */
        public AlreadyFinished(JobId id, JobState state) {
            super("job " + id + " is finished already: " + state);
            this.state = state;
        }

        /** The final state of the job. */
        public JobState state() {
            return state;
        }
    }

    /** The stored type is not the one given (TYP-1). */
    public static final class TypeMismatch extends Refused {
        private static final long serialVersionUID = 1;

        /** Names both types. */
        public TypeMismatch(JobId id, TypeName expected, TypeName found) {
            super("job " + id + " has type " + found + ", not " + expected);
        }
    }

    /** Stored JSON does not fit the class given; read it as raw JSON. */
    public static final class Undecodable extends Refused {
        private static final long serialVersionUID = 1;

        /** Says what does not fit. */
        public Undecodable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The request contradicts what is stored or itself: unknown dependency, cycle, other content under the same id, still needed. */
    public static final class Invalid extends Refused {
        private static final long serialVersionUID = 1;

        /** Says what is wrong and what to do. */
        public Invalid(String message) {
            super(message);
        }
    }

    /** The job's channel or type is paused (QRY-3). */
    public static final class Paused extends Refused {
        private static final long serialVersionUID = 1;

        /** Names the job. */
        public Paused(JobId id) {
            super("job " + id + " cannot be dequeued: its channel or type is paused");
        }
    }

    /** The queue was closed, here or by another thread. */
    public static final class Closed extends JobQueueException {
        private static final long serialVersionUID = 1;

        /** The queue was closed. */
        public Closed() {
            super("the job queue is closed", null);
        }
    }

    /** The store could not be reached, or has no room; nothing was changed, trying again is safe. */
    public static class StoreUnavailable extends JobQueueException {
        private static final long serialVersionUID = 1;

        /** Says what failed. */
        public StoreUnavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The call may or may not have taken effect; repeating it with the same ids and tokens is safe and settles it. */
    public static final class OutcomeUnknown extends JobQueueException {
        private static final long serialVersionUID = 1;
        private final transient List<JobId> ids;
        private final transient List<JobToken> tokens;

        /** Says what failed; the queue adds ids and tokens. */
        public OutcomeUnknown(String message, @Nullable Throwable cause) {
            this(message, cause, List.of(), List.of());
        }

        /** Says what failed and what to repeat the call with. */
        public OutcomeUnknown(String message, @Nullable Throwable cause, List<JobId> ids, List<JobToken> tokens) {
            super(message, cause);
            this.ids = List.copyOf(ids);
            this.tokens = List.copyOf(tokens);
        }

        /** The ids to repeat the call with. */
        public List<JobId> ids() {
            return ids;
        }

        /** The tokens to repeat the call with. */
        public List<JobToken> tokens() {
            return tokens;
        }
    }

    /** Stored data is damaged; the message says where (DUR-3). */
    public static final class Corrupt extends JobQueueException {
        private static final long serialVersionUID = 1;

        /** Says where the damage is and how to repair it. */
        public Corrupt(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
