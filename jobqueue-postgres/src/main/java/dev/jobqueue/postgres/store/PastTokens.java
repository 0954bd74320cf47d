package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.postgres.sql.SqlArray;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Tokens that are not in force any more but still known. */
final class PastTokens {
    private PastTokens() {}

    /** How the attempt ended. */
    record Past(Attempt.End end, @Nullable String cancelReason) {
        /** A finish of the same kind was accepted before (FIN-8); else as {@link #answer}. */
        TokenAnswer answerToFinish(Attempt.End finish) {
            return end == finish ? TokenAnswer.DONE : answer();
        }

        /** CANCELED with the reason (CAN-3), or LOST. */
        TokenAnswer answer() {
            return end == Attempt.End.CANCELED ? TokenAnswer.canceled(requireNonNull(cancelReason)) : TokenAnswer.LOST;
        }
    }

    static Past past(ResultSet row) throws SQLException {
        return new Past(
                Attempt.End.valueOf(row.getString("o_ending")), Columns.reasonOf(row.getString("o_cancel_reason")));
    }

    static Map<JobToken, Past> find(Handle handle, Collection<JobToken> tokens) {
        Map<JobToken, Past> found = new HashMap<>();
        handle.createQuery("SELECT * FROM <s>.past_tokens(:tokens)")
                .bind("tokens", SqlArray.uuids(Columns.tokens(tokens)))
                .map((row, context) -> Map.entry(new JobToken(Columns.uuid(row, "o_token")), past(row)))
                .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
        return found;
    }
}
