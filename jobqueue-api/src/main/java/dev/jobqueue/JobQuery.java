package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which jobs a list shows (QRY-2): those of one full type and channel that are in one unfinished state, in enqueue order; or the finished ones, by
 * finish time.
 *
 * @param state an unfinished state; empty for all finished jobs
 */
public record JobQuery(TypeChannel pair, Optional<JobState> state) {
    public JobQuery {
        requireNonNull(pair, "pair");
        state.ifPresent(s -> {
            if (s.finished()) {
                throw new IllegalArgumentException(
                        "finished jobs are listed together, by finish time: use JobQuery.finished, not state " + s);
            }
        });
    }

    /** Jobs in this unfinished state, in enqueue order. */
    public static JobQuery unfinished(TypeName type, String channel, JobState state) {
        return new JobQuery(new TypeChannel(type, channel), Optional.of(state));
    }

    /** All finished jobs, oldest finish first. */
    public static JobQuery finished(TypeName type, String channel) {
        return new JobQuery(new TypeChannel(type, channel), Optional.empty());
    }
}
