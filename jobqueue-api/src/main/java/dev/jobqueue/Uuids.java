package dev.jobqueue;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads UUIDs strictly: {@link UUID#fromString} also takes shortened forms such as {@code 1-1-1-1-1}. */
final class Uuids {
    private Uuids() {}

    static UUID parse(String text, String what) {
        if (text.length() == 36) {
            try {
                return UUID.fromString(text);
            } catch (IllegalArgumentException e) {
                throw notAUuid(text, what, e);
            }
        }
        throw notAUuid(text, what, null);
    }

    private static IllegalArgumentException notAUuid(String text, String what, @Nullable Throwable cause) {
        String shown = text.length() > 50 ? text.substring(0, 50) + "..." : text;
        return new IllegalArgumentException(
                "not a " + what + ", expected a UUID of 36 characters: '" + shown + "'", cause);
    }
}
