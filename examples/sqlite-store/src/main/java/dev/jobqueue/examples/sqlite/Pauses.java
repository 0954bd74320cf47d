package dev.jobqueue.examples.sqlite;

import dev.jobqueue.PauseScope;
import dev.jobqueue.TypeName;

/** Scopes of pauses as two words. */
final class Pauses {
    private Pauses() {}

    static String name(PauseScope scope) {
        if (scope instanceof PauseScope.Channel channel) {
            return channel.channel();
        }
        return scope instanceof PauseScope.Type type ? type.type().toString() : ((PauseScope.Family) scope).family();
    }

    static String kind(PauseScope scope) {
        return scope.getClass().getSimpleName();
    }

    static PauseScope scope(String kind, String name) {
        return switch (kind) {
            case "Channel" -> new PauseScope.Channel(name);
            case "Type" -> new PauseScope.Type(TypeName.parse(name));
            case "Family" -> new PauseScope.Family(name);
            default -> throw new IllegalStateException("no scope of a pause: " + kind);
        };
    }
}
