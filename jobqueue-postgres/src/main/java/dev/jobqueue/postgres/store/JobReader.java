package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Reads whole jobs, each call in one statement and so in one snapshot. */
final class JobReader {
    private JobReader() {}

    static List<Optional<StoredJob>> find(Handle handle, List<JobId> ids, Set<Part> parts) {
        boolean definition = parts.contains(Part.DEFINITION);
        boolean outcomes = parts.contains(Part.DEPENDENCIES);
        Map<JobId, JobRow> rows = handle.createQuery("""
                        SELECT * FROM <s>.read_jobs(:ids, NULL, :definition, :result, :edges, :outcomes, NULL)
                        """)
                .bind("ids", SqlArray.uuids(Columns.ids(ids)))
                .bind("definition", definition)
                .bind("result", parts.contains(Part.RESULT))
                .bind("edges", definition || outcomes)
                .bind("outcomes", outcomes)
                .scanResultSet((rowSet, context) -> rows(rowSet.get()));
        Map<JobId, StoredJob> stored = new HashMap<>();
        rows.forEach((id, row) -> stored.put(id, row.stored(parts)));
        return ids.stream().map(id -> Optional.ofNullable(stored.get(id))).toList();
    }

    /** Running jobs as their workers get them. */
    static List<Optional<ClaimedJob>> running(Handle handle, List<JobToken> tokens) {
        Map<JobId, JobRow> rows = handle.createQuery("""
                        SELECT * FROM <s>.read_jobs(NULL, :tokens, true, false, true, true, :most)
                        """)
                .bind("tokens", SqlArray.uuids(Columns.tokens(tokens)))
                .bind("most", (long) ClaimedJob.MAX_RESULTS)
                .scanResultSet((rowSet, context) -> rows(rowSet.get()));
        Map<JobToken, ClaimedJob> running = byToken(rows.values());
        return tokens.stream()
                .map(token -> Optional.ofNullable(running.get(token)))
                .toList();
    }

    /** The jobs of tokens: in force, of the attempt that a job has ended with or waits after, and of earlier ones. */
    static List<Optional<JobId>> jobsOf(Handle handle, List<JobToken> tokens) {
        Map<JobToken, JobId> jobs = new HashMap<>();
        handle.createQuery("""
                        SELECT j.token, j.id FROM <s>.job j WHERE j.state = 'RUNNING' AND j.token = ANY (:tokens)
                        UNION ALL
                        SELECT j.token, j.id FROM <s>.job j WHERE j.ending IS NOT NULL AND j.token = ANY (:tokens)
                        UNION ALL
                        SELECT a.token, a.job_id FROM <s>.attempt a WHERE a.token = ANY (:tokens)
                        """)
                .bind("tokens", SqlArray.uuids(Columns.tokens(tokens)))
                .map((row, context) -> Map.entry(new JobToken(Columns.uuid(row, "token")), Columns.id(row, "id")))
                .forEach(entry -> jobs.put(entry.getKey(), entry.getValue()));
        return tokens.stream()
                .map(token -> Optional.ofNullable(jobs.get(token)))
                .toList();
    }

    /** Running jobs by id as their workers get them; those that do not run are left out. */
    static Map<JobToken, ClaimedJob> claimed(Handle handle, Collection<JobId> ids) {
        Map<JobId, JobRow> rows = handle.createQuery("""
                        SELECT * FROM <s>.read_jobs(:ids, NULL, true, false, true, true, :most)
                        """)
                .bind("ids", SqlArray.uuids(Columns.ids(ids)))
                .bind("most", (long) ClaimedJob.MAX_RESULTS)
                .scanResultSet((rowSet, context) -> rows(rowSet.get()));
        return byToken(rows.values());
    }

    private static Map<JobToken, ClaimedJob> byToken(Collection<JobRow> rows) {
        Map<JobToken, ClaimedJob> byToken = new HashMap<>();
        for (JobRow row : rows) {
            if (row.state == JobState.RUNNING && row.token != null) {
                byToken.put(row.token, row.claimed());
            }
        }
        return byToken;
    }

    private static Map<JobId, JobRow> rows(ResultSet set) throws SQLException {
        Map<JobId, JobRow> rows = new LinkedHashMap<>();
        while (set.next()) {
            JobId id = Columns.id(set, "o_id");
            switch (set.getString("o_row")) {
                case "JOB" -> rows.put(id, new JobRow(set));
                case "ATTEMPT" -> requireNonNull(rows.get(id)).addAttempt(set);
                case "EDGE" -> requireNonNull(rows.get(id)).addEdge(set);
                default -> throw new IllegalStateException("unknown row of read_jobs");
            }
        }
        rows.values().forEach(JobRow::complete);
        return rows;
    }
}
