package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.PastToken;
import dev.jobqueue.spi.StoreRules;
import org.jspecify.annotations.Nullable;

/** What a token says (FIN-1, FIN-8, CAN-3). */
final class Tokens {
    private Tokens() {}

    /**
     * An answer whose cancel reason may still stand on disk.
     *
     * @param canceled the event that canceled the job; then {@code answer} does not matter
     */
    record Verdict(TokenAnswer answer, @Nullable Ref canceled) {
        static final Verdict CONTINUE = new Verdict(TokenAnswer.CONTINUE, null);
        static final Verdict DONE = new Verdict(TokenAnswer.DONE, null);
        static final Verdict LOST = new Verdict(TokenAnswer.LOST, null);

        /** Called by the caller. */
        TokenAnswer read(JobReader reader) {
            return canceled == null ? answer : TokenAnswer.canceled(reader.cancelReason(canceled));
        }
    }

    /** The job that runs under this token; null if it is not in force. */
    static @Nullable Entry running(Core core, JobToken token) {
        long high = token.value().getMostSignificantBits();
        long low = token.value().getLeastSignificantBits();
        Entry e = core.index.byToken(high, low);
        return e != null && e.runsUnder(high, low) ? e : null;
    }

    /** The job that this token was given for; null if the attempt is not kept. */
    static @Nullable Entry job(Core core, JobToken token) {
        long high = token.value().getMostSignificantBits();
        long low = token.value().getLeastSignificantBits();
        Entry e = core.index.byToken(high, low);
        PastToken past = e == null ? core.index.pastToken(high, low) : null;
        return past == null ? e : past.entry;
    }

    /** Whether the job runs under this token. */
    static boolean isRunning(Entry e, JobToken token) {
        return e.runsUnder(token.value().getMostSignificantBits(), token.value().getLeastSignificantBits());
    }

    /** What to say to a token that is not in force: CANCELED or LOST. */
    static Verdict notInForce(Core core, JobToken token) {
        Entry e = core.index.byToken(
                token.value().getMostSignificantBits(), token.value().getLeastSignificantBits());
        return e != null && e.canceledWhileRunning() ? new Verdict(TokenAnswer.LOST, e.end()) : Verdict.LOST;
    }

    /** Whether an attempt under this token was ended by a finish with this kind of outcome. */
    static boolean acceptedBefore(Core core, JobToken token, JobOutcome outcome) {
        long high = token.value().getMostSignificantBits();
        long low = token.value().getLeastSignificantBits();
        Entry e = core.index.byToken(high, low);
        PastToken past = core.index.pastToken(high, low);
        Attempt.End end = e != null ? e.lastEnd() : past != null ? past.end : null;
        return end == StoreRules.endOf(outcome);
    }
}
