package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/** How one attempt at a job ended, in the words of its worker (FIN-2). Immutable and thread-safe. */
public sealed interface JobOutcome {
    /** The job is done; a value that is absent is JSON null (TYP-4). */
    record Succeeded(RawJson result) implements JobOutcome {
        public Succeeded {
            requireNonNull(result, "result");
        }
    }

    /** The attempt failed. The job ends with it, or waits for its next attempt (FIN-3); the result is kept only if the job ends. */
    record Failed(JobError error, Optional<RawJson> result) implements JobOutcome {
        public Failed {
            requireNonNull(error, "error");
            requireNonNull(result, "result");
        }

        /** A failure without a result. */
        public Failed(JobError error) {
            this(error, Optional.empty());
        }
    }

    /** The job is given back and may be dequeued again after the delay, 0 or more; counts neither as failure nor as recovery (FIN-10). */
    record Released(Duration delay) implements JobOutcome {
        public Released {
            Names.requireDuration(delay, Duration.ZERO, "delay of a release");
            delay = Duration.ofMillis(delay.toMillis());
        }
    }
}
