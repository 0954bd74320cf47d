package dev.jobqueue;

import static java.util.Objects.requireNonNull;

/**
 * How many jobs of one type and channel are in one unfinished state (QRY-2).
 *
 * @param count at least 1
 */
public record JobCount(TypeChannel pair, JobState state, long count) {
    public JobCount {
        requireNonNull(pair, "pair");
        requireNonNull(state, "state");
    }
}
