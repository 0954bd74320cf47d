package dev.jobqueue.testkit.contract;

import static java.util.Objects.requireNonNull;

/**
 * Something that can happen below the stores of a fixture while they are in use. Calls under way fail or have an unknown outcome, and so may later ones
 * until it is healed; then the same stores go on.
 *
 * @param name for messages
 * @param strike makes it happen
 * @param heal ends it; called once after each strike
 */
public record Fault(String name, Action strike, Action heal) {
    public Fault {
        requireNonNull(name, "name");
        requireNonNull(strike, "strike");
        requireNonNull(heal, "heal");
    }

    /** A step that may fail. */
    @FunctionalInterface
    public interface Action {
        /** Does it. */
        void run() throws Exception;
    }
}
