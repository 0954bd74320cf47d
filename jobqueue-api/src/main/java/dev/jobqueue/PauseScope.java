package dev.jobqueue;

import static java.util.Objects.requireNonNull;

/** What a pause stops: a channel, a full type name, or a family with all its variants (QRY-3). Immutable. */
public sealed interface PauseScope {
    /** All types on this channel. */
    record Channel(String channel) implements PauseScope {
        public Channel {
            Names.requireName(channel, "channel");
        }
    }

    /** Exactly this full type name, on all channels. */
    record Type(TypeName type) implements PauseScope {
        public Type {
            requireNonNull(type, "type");
        }
    }

    /** This family with all its variants, on all channels. */
    record Family(String family) implements PauseScope {
        public Family {
            Names.requireName(family, "job type family");
        }
    }

    /** Whether jobs of this pair are stopped. */
    default boolean covers(TypeChannel pair) {
        if (this instanceof Channel c) {
            return c.channel().equals(pair.channel());
        }
        if (this instanceof Type t) {
            return t.type().equals(pair.type());
        }
        return ((Family) this).family().equals(pair.type().family());
    }
}
