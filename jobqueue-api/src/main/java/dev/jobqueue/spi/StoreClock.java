package dev.jobqueue.spi;

import java.time.Instant;
import java.time.InstantSource;

/**
 * The time of a store that has no server: a wall clock for what is recorded and scheduled, a monotonic one for ages (HB-3).
 *
 * <p>Thread-safe.
 */
public interface StoreClock extends InstantSource {
    /** The wall clock. */
    Instant now();

    /** The same as {@link #now}. */
    @Override
    default Instant instant() {
        return now();
    }

    /** Nanoseconds since some fixed point; never goes back, not affected by steps of the wall clock. */
    long nanoTime();

    /** The clocks of this machine. */
    static StoreClock system() {
        return SystemClock.INSTANCE;
    }
}
