package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Settings of a queue over a store.
 *
 * <p>Immutable and thread-safe.
 *
 * @param maxJsonBytes the largest args or result in UTF-8 bytes, 1 KiB to 1 GiB, default 16 MiB (TYP-5)
 * @param worker the name shown in attempts for dequeues that give none, default {@code pid@host}
 * @param clock the caller's clock, which turns {@code notBefore} into a delay (DEQ-14); default the system's
 * @param heartbeatLimit how long a running job may be silent before {@link Maintenance} gives it up, at least 1 ms, default 2 minutes (HB-2)
 */
@CheckReturnValue
public record QueueOptions(int maxJsonBytes, String worker, Duration heartbeatLimit, InstantSource clock) {
    /** All defaults. */
    public static final QueueOptions DEFAULT =
            new QueueOptions(16 << 20, WorkerName.ofThisProcess(), Duration.ofMinutes(2), InstantSource.system());

    public QueueOptions {
        Names.requireRange(maxJsonBytes, 1 << 10, 1 << 30, "maxJsonBytes");
        Names.requireName(worker, "worker");
        Names.requireDuration(heartbeatLimit, Duration.ofMillis(1), "heartbeatLimit");
        requireNonNull(clock, "clock");
    }

    /** Another limit for args and results. */
    public QueueOptions maxJsonBytes(int newMaxJsonBytes) {
        return new QueueOptions(newMaxJsonBytes, worker, heartbeatLimit, clock);
    }

    /** Another name for this process. */
    public QueueOptions worker(String newWorker) {
        return new QueueOptions(maxJsonBytes, newWorker, heartbeatLimit, clock);
    }

    /** Another limit for silence. */
    public QueueOptions heartbeatLimit(Duration newLimit) {
        return new QueueOptions(maxJsonBytes, worker, newLimit, clock);
    }

    /** Another clock, for tests. */
    public QueueOptions clock(InstantSource newClock) {
        return new QueueOptions(maxJsonBytes, worker, heartbeatLimit, newClock);
    }
}
