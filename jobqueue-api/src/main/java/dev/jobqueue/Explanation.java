package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Why a job is not running (QRY-4).
 *
 * @param text one sentence for a person
 * @param waitingFor the first {@value #MOST_NAMED} unfinished dependencies, if BLOCKED
 * @param at when it is due, started or finished, as the reason says
 */
public record Explanation(JobId id, Reason reason, String text, List<JobId> waitingFor, Optional<Instant> at) {
    /** How many unfinished dependencies are named. */
    public static final int MOST_NAMED = 100;

    public Explanation {
        requireNonNull(id, "id");
        requireNonNull(reason, "reason");
        requireNonNull(text, "text");
        waitingFor = List.copyOf(waitingFor);
        requireNonNull(at, "at");
    }

    /** The reason as data. */
    public enum Reason {
        /** Dependencies are unfinished. */
        WAITING_FOR_DEPENDENCIES,
        /** Its time has not come. */
        SCHEDULED,
        /** Its channel, type or family is paused. */
        PAUSED,
        /** No dequeue asked for its type and channel in the last 5 minutes. */
        NO_DEMAND,
        /** Ready, and somebody asks for its type and channel: other jobs come first. */
        QUEUED,
        /** It is running. */
        RUNNING,
        /** It is finished. */
        FINISHED
    }
}
