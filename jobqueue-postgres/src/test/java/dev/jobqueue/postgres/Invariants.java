package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.postgres.server.SharedServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** What holds in the tables whenever no transaction is under way. Each query finds jobs for which it does not. */
final class Invariants {
    private static final Map<String, String> QUERIES = new LinkedHashMap<>();

    static {
        QUERIES.put(
                "a BLOCKED job waits for as many distinct dependencies as are unfinished, and for one at least", """
                SELECT j.id FROM job j WHERE j.state = 'BLOCKED' AND j.waiting_for <> (
                    SELECT count(DISTINCT d.id) FROM edge e JOIN job d ON d.id = e.dependency_id
                    WHERE e.job_id = j.id AND d.state < 'SUCCEEDED')
                UNION ALL SELECT j.id FROM job j WHERE j.state = 'BLOCKED' AND j.waiting_for < 1
                """);
        QUERIES.put("a job that may run or runs has no unfinished dependency", """
                SELECT j.id FROM job j WHERE j.state IN ('SCHEDULED', 'READY', 'RUNNING') AND EXISTS (
                    SELECT 1 FROM edge e JOIN job d ON d.id = e.dependency_id WHERE e.job_id = j.id AND d.state < 'SUCCEEDED')
                """);
        QUERIES.put("an unfinished job has no required dependency that failed or was canceled", """
                SELECT j.id FROM job j WHERE j.state < 'SUCCEEDED' AND EXISTS (
                    SELECT 1 FROM edge e JOIN job d ON d.id = e.dependency_id
                    WHERE e.job_id = j.id AND e.required AND d.state IN ('FAILED', 'CANCELED'))
                """);
        QUERIES.put("a finished job is marked as needed exactly if an edge leads to it", """
                SELECT j.id FROM job j WHERE j.state >= 'SUCCEEDED'
                AND j.needed <> EXISTS (SELECT 1 FROM edge e WHERE e.dependency_id = j.id)
                """);
        QUERIES.put("a job comes after its dependencies, and its edges know its place", """
                SELECT j.id FROM job j JOIN edge e ON e.job_id = j.id JOIN job d ON d.id = e.dependency_id
                WHERE d.seq >= j.seq OR e.job_seq <> j.seq
                """);
        QUERIES.put("a running job has token, worker and start, and no end", """
                SELECT j.id FROM job j WHERE j.state = 'RUNNING'
                AND (j.token IS NULL OR j.worker IS NULL OR j.started IS NULL OR j.started_tick IS NULL OR j.ending IS NOT NULL)
                """);
        QUERIES.put(
                "a job that waits has no token",
                "SELECT j.id FROM job j WHERE j.state < 'RUNNING' AND (j.token IS NOT NULL OR j.ending IS NOT NULL)");
        QUERIES.put(
                "a job has a finish time exactly if it is finished, an error exactly if it failed, a reason exactly if it was canceled",
                """
                SELECT j.id FROM job j
                WHERE (j.finished IS NOT NULL) <> (j.state >= 'SUCCEEDED') OR (j.error IS NOT NULL) <> (j.state = 'FAILED')
                   OR (j.cancel_reason IS NOT NULL) <> (j.state = 'CANCELED')
                """);
        QUERIES.put("attempts have numbers in a row, below that of the job", """
                SELECT j.id FROM job j JOIN attempt a ON a.job_id = j.id
                GROUP BY j.id, j.attempt, j.state, j.ending
                HAVING max(a.number) > j.attempt OR count(*) <> max(a.number) - min(a.number) + 1 OR count(*) > 100
                """);
        QUERIES.put(
                "the list of dependencies is whole",
                "SELECT j.id FROM job j WHERE j.dependencies <> (SELECT count(*) FROM edge e WHERE e.job_id = j.id)");
    }

    private Invariants() {}

    /** Fails if the tables of this schema contradict themselves. */
    static void check(String schema) throws SQLException {
        check(SharedServer.pool(), schema);
    }

    static void check(DataSource dataSource, String schema) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SET LOCAL search_path = " + SharedServer.quoted(schema));
            for (Map.Entry<String, String> each : QUERIES.entrySet()) {
                List<String> wrong = new ArrayList<>();
                try (ResultSet row = statement.executeQuery(each.getValue() + " LIMIT 5")) {
                    while (row.next()) {
                        wrong.add(row.getString(1));
                    }
                }
                assertThat(wrong)
                        .as("jobs of which it is not true that " + each.getKey())
                        .isEmpty();
            }
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
