package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The answer to a claim.
 *
 * @param jobs at most one for each slot: first those that slots held already, then new ones in claim order
 * @param more whether a further claim would find a job now; may say too much, never too little
 * @param nextDue the time until the next matching SCHEDULED job is due, if there is one
 */
public record Claimed(List<ClaimedJob> jobs, boolean more, Optional<Duration> nextDue) {
    public Claimed {
        jobs = List.copyOf(jobs);
        requireNonNull(nextDue, "nextDue");
    }
}
