package dev.jobqueue.worker;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;

/** Checks of settings, which give the value or refuse it with its name and its bounds. */
final class Bounds {
    private static final Duration MILLI = Duration.ofMillis(1);

    private Bounds() {}

    static int range(int value, int least, int most, String what) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " must be " + least + " to " + most + ": " + value);
        }
        return value;
    }

    @CanIgnoreReturnValue
    static Duration notNegative(Duration value, String what) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative: " + value);
        }
        return value;
    }

    static Duration fromOneMilli(Duration value, String what) {
        if (value.compareTo(MILLI) < 0) {
            throw new IllegalArgumentException(what + " must be at least 1 ms: " + value);
        }
        return value;
    }

    static Duration least(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
