package dev.jobqueue.testkit;

import dev.jobqueue.spi.StoreClock;
import java.time.Duration;
import java.time.Instant;

/**
 * A clock that moves only when a test says so.
 *
 * <p>The monotonic part never goes back; the wall clock may be stepped either way without it, as when somebody sets the time of a machine (HB-3).
 * Thread-safe.
 */
public final class ManualClock implements StoreClock {
    private Instant now;
    private long nanos;

    /** Starts at 2026-01-01T00:00:00Z. */
    public ManualClock() {
        this(Instant.parse("2026-01-01T00:00:00Z"));
    }

    /** Starts at this wall time; the monotonic part starts at zero. */
    public ManualClock(Instant start) {
        now = start;
    }

    @Override
    public synchronized Instant now() {
        return now;
    }

    @Override
    public synchronized long nanoTime() {
        return nanos;
    }

    /**
     * Lets time pass for both parts.
     *
     * @throws IllegalArgumentException if {@code time} is negative
     */
    public synchronized void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time passes forward only, use stepWall: " + time);
        }
        now = now.plus(time);
        nanos = Math.addExact(nanos, time.toNanos());
    }

    /** Sets the wall clock forward or, with a negative step, back; no time passes. */
    public synchronized void stepWall(Duration step) {
        now = now.plus(step);
    }

    @Override
    public synchronized String toString() {
        return "ManualClock[" + now + ", " + Duration.ofNanos(nanos) + "]";
    }
}
