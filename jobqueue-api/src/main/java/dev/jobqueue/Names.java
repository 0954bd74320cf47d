package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The checks of names, counts and times that several values share (TYP-5). */
final class Names {
    /** The longest name of a type, channel, unique key or worker, in characters. */
    static final int MAX_LENGTH = 255;

    private Names() {}

    static String requireName(String name, String what) {
        requireNonNull(name, what);
        if (name.isEmpty() || name.length() > MAX_LENGTH) {
            String shown = name.length() > 80 ? name.substring(0, 80) + "..." : name;
            throw new IllegalArgumentException(
                    what + " must have 1 to " + MAX_LENGTH + " characters, not " + name.length() + ": '" + shown + "'");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (Character.isISOControl(c)) {
                throw new IllegalArgumentException(
                        what + " must have no control character, found U+%04X at %d".formatted((int) c, i));
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < name.length()
                        && Character.isLowSurrogate(name.charAt(i + 1));
                if (!pair) {
                    throw new IllegalArgumentException(
                            what + " must have no lone surrogate, found U+%04X at %d".formatted((int) c, i));
                }
                i++;
            }
        }
        return name;
    }

    static int requireRange(int value, int least, int most, String what) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " must be " + least + " to " + most + ": " + value);
        }
        return value;
    }

    /** Durations are kept in whole milliseconds in stores, up to 100 years. */
    static Duration requireDuration(Duration value, Duration least, String what) {
        requireNonNull(value, what);
        if (value.compareTo(least) < 0 || value.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException(what + " must be " + least + " to " + MAX_DURATION + ": " + value);
        }
        return value;
    }

    static final Duration MAX_DURATION = Duration.ofDays(36_500);
}
