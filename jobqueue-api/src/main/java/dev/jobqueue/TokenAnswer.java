package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What the store says to whoever acts with a token (FIN-1, CAN-3).
 *
 * @param cancelReason the reason, if the verdict is CANCELED
 */
public record TokenAnswer(Verdict verdict, Optional<String> cancelReason) {
    /** The attempt goes on. */
    public static final TokenAnswer CONTINUE = new TokenAnswer(Verdict.CONTINUE, Optional.empty());

    /** The outcome is stored. */
    public static final TokenAnswer DONE = new TokenAnswer(Verdict.DONE, Optional.empty());

    /** The token is not in force any more. */
    public static final TokenAnswer LOST = new TokenAnswer(Verdict.LOST, Optional.empty());

    public TokenAnswer {
        requireNonNull(verdict, "verdict");
        if (cancelReason.isPresent() != (verdict == Verdict.CANCELED)) {
            throw new IllegalArgumentException("a cancel reason goes with CANCELED, and only with it: " + verdict);
        }
    }

    /** The job was canceled for this reason. */
    public static TokenAnswer canceled(String reason) {
        return new TokenAnswer(Verdict.CANCELED, Optional.of(reason));
    }

    /** The short form of a {@link TokenAnswer}. */
    public enum Verdict {
        /** To a heartbeat or report: noted, go on. */
        CONTINUE,
        /** To a finish: stored, now or by an earlier call with the same token and the same kind of outcome (FIN-8). */
        DONE,
        /** The job was canceled; nothing was changed, and the work must stop. */
        CANCELED,
        /** The token is unknown or was replaced; nothing was changed, and the work must stop. */
        LOST
    }
}
