package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;
import java.util.Optional;

/**
 * What a batch dequeue asks for.
 *
 * <p>Immutable and thread-safe.
 *
 * @param max the most jobs, 1 to 10,000 (DEQ-8)
 * @param timeout how long to wait for the first job; zero or less is one attempt, empty is without limit (DEQ-3)
 * @param worker the name shown in the job's attempts; empty for the name of the queue
 */
@CheckReturnValue
public record DequeueRequest(Selector selector, int max, Optional<Duration> timeout, Optional<String> worker) {
    public DequeueRequest {
        requireNonNull(selector, "selector");
        Names.requireRange(max, 1, 10_000, "max");
        requireNonNull(timeout, "timeout");
        worker.ifPresent(w -> Names.requireName(w, "worker"));
    }

    /** One job, without limit of time. */
    public static DequeueRequest of(Selector selector) {
        return new DequeueRequest(selector, 1, Optional.empty(), Optional.empty());
    }

    /** At most so many jobs. */
    public DequeueRequest max(int newMax) {
        return new DequeueRequest(selector, newMax, timeout, worker);
    }

    /** Waits at most so long for the first job. */
    public DequeueRequest timeout(Duration newTimeout) {
        return new DequeueRequest(selector, max, Optional.of(newTimeout), worker);
    }

    /** In the name of this worker. */
    public DequeueRequest worker(String newWorker) {
        return new DequeueRequest(selector, max, timeout, Optional.of(newWorker));
    }
}
