package dev.jobqueue;

import java.util.Optional;

/**
 * What the store says to one of many finishes: an answer, or why its follow-ups were refused.
 *
 * <p>Immutable and thread-safe.
 *
 * @param answer DONE, CANCELED or LOST
 * @param refusal why the follow-ups were refused; nothing was changed and the attempt goes on (FIN-7)
 */
public record FinishAnswer(Optional<TokenAnswer> answer, Optional<JobQueueException.Refused> refusal) {
    public FinishAnswer {
        if (answer.isPresent() == refusal.isPresent()) {
            throw new IllegalArgumentException("a finish has an answer or a refusal: " + answer + ", " + refusal);
        }
    }

    /** The store's answer. */
    public static FinishAnswer of(TokenAnswer answer) {
        return new FinishAnswer(Optional.of(answer), Optional.empty());
    }

    /** The follow-ups were refused for this reason. */
    public static FinishAnswer refused(JobQueueException.Refused refusal) {
        return new FinishAnswer(Optional.empty(), Optional.of(refusal));
    }
}
