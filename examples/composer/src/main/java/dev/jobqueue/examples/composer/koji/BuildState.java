package dev.jobqueue.examples.composer.koji;

/** States of a build. */
public enum BuildState {
    BUILDING(0),
    COMPLETE(1),
    DELETED(2),
    FAILED(3),
    CANCELED(4);

    private final int number;

    BuildState(int number) {
        this.number = number;
    }

    /** Its number in koji. */
    public int number() {
        return number;
    }

    /** The state with this number. */
    static BuildState of(long number) {
        for (BuildState state : values()) {
            if (state.number == number) {
                return state;
            }
        }
        throw new IllegalArgumentException("koji has no build state " + number);
    }
}
