package dev.jobqueue.postgres.store;

import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.ProgressReport;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Signs of life of running attempts. */
final class Heartbeats {
    private Heartbeats() {}

    static List<TokenAnswer> heartbeat(Handle handle, List<JobToken> tokens) {
        Map<JobToken, TokenAnswer> answers = handle.createQuery("SELECT * FROM <s>.hear(:tokens, NULL)")
                .bind("tokens", SqlArray.uuids(Columns.tokens(tokens)))
                .scanResultSet((rowSet, context) -> answers(rowSet.get()));
        return tokens.stream()
                .map(token -> answers.getOrDefault(token, TokenAnswer.LOST))
                .toList();
    }

    static List<TokenAnswer> report(Handle handle, List<ProgressReport> reports) {
        Map<JobToken, String> last = new LinkedHashMap<>();
        reports.forEach(report -> last.put(report.token(), report.progress().toString()));
        Map<JobToken, TokenAnswer> answers = handle.createQuery("SELECT * FROM <s>.hear(:tokens, :progress)")
                .bind("tokens", SqlArray.uuids(Columns.tokens(last.keySet())))
                .bind("progress", SqlArray.texts(last.values()))
                .scanResultSet((rowSet, context) -> answers(rowSet.get()));
        return reports.stream()
                .map(report -> answers.getOrDefault(report.token(), TokenAnswer.LOST))
                .toList();
    }

    private static Map<JobToken, TokenAnswer> answers(ResultSet row) throws SQLException {
        Map<JobToken, TokenAnswer> answers = new HashMap<>();
        while (row.next()) {
            answers.put(
                    new JobToken(Columns.uuid(row, "o_token")),
                    row.getString("o_row").equals("RUNNING")
                            ? TokenAnswer.CONTINUE
                            : PastTokens.past(row).answer());
        }
        return answers;
    }
}
