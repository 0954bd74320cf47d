package dev.jobqueue;

import static java.util.Objects.requireNonNull;

/** A full type name and a channel: what jobs wait under and what selectors name. */
public record TypeChannel(TypeName type, String channel) {
    public TypeChannel {
        requireNonNull(type, "type");
        Names.requireName(channel, "channel");
    }
}
