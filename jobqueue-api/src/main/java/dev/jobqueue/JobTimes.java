package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * When a job changed its state, by the store's clock, in whole milliseconds (QRY-1). Start and end of each attempt stand in {@link Attempt}.
 *
 * @param enqueued when it was stored
 * @param unblocked when its last dependency was finished; the time of the enqueue if none was unfinished then; empty while it is BLOCKED or if it
 *     ended while BLOCKED
 * @param due when it may run next, if it is SCHEDULED; else when it last became due, if it ever was SCHEDULED
 * @param ready when it last became READY, empty if it never did
 * @param finished when it reached its final state
 */
public record JobTimes(
        Instant enqueued,
        Optional<Instant> unblocked,
        Optional<Instant> due,
        Optional<Instant> ready,
        Optional<Instant> finished) {
    public JobTimes {
        requireNonNull(enqueued, "enqueued");
        requireNonNull(unblocked, "unblocked");
        requireNonNull(due, "due");
        requireNonNull(ready, "ready");
        requireNonNull(finished, "finished");
    }
}
