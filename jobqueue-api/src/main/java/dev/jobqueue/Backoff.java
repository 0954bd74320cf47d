package dev.jobqueue;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;

/**
 * How long to wait between two attempts at a job.
 *
 * <p>Immutable and thread-safe.
 *
 * @param first the wait after the first failure, 0 or more
 * @param limit the longest wait, at least {@code first}
 * @param factor how much longer each further wait is, 1 to 1,000
 */
@CheckReturnValue
public record Backoff(Duration first, Duration limit, double factor) {
    /** No wait at all. */
    public static final Backoff NONE = new Backoff(Duration.ZERO, Duration.ZERO, 1);

    /** The part of a wait that jitter may take away. */
    private static final double JITTER = 0.2;

    public Backoff {
        Names.requireDuration(first, Duration.ZERO, "first wait of a backoff");
        Names.requireDuration(limit, first, "limit of a backoff");
        if (!(factor >= 1 && factor <= 1_000)) {
            throw new IllegalArgumentException("factor of a backoff must be 1 to 1000: " + factor);
        }
    }

    /** Doubles from {@code first} up to {@code limit}. */
    public static Backoff exponential(Duration first, Duration limit) {
        return new Backoff(first, limit, 2);
    }

    /** Always the same wait. */
    public static Backoff fixed(Duration wait) {
        return new Backoff(wait, wait, 1);
    }

    /** The wait after so many failures, counted from 1, without jitter; never above {@code limit}. */
    public Duration after(int failures) {
        Names.requireRange(failures, 1, Integer.MAX_VALUE, "failures");
        double millis = first.toMillis() * Math.pow(factor, failures - 1.0);
        return millis >= limit.toMillis() ? limit : Duration.ofMillis((long) millis);
    }

    /**
     * The wait after so many failures, shortened by up to a fifth so that jobs that failed together do not come back together.
     *
     * @param failures counted from 1
     * @param jitter 0 (the whole wait) up to, not including, 1 (four fifths of it)
     */
    public Duration after(int failures, double jitter) {
        if (!(jitter >= 0 && jitter < 1)) {
            throw new IllegalArgumentException("jitter must be at least 0 and less than 1: " + jitter);
        }
        return Duration.ofMillis((long) (after(failures).toMillis() * (1 - JITTER * jitter)));
    }
}
