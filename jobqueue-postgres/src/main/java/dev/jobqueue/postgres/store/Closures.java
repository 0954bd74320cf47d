package dev.jobqueue.postgres.store;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import dev.jobqueue.spi.StoreRules;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A job and what is below it: one statement, whatever the shape of the graph. OFFSET 0 keeps the planner from reading all edges anew for every level.
 */
final class Closures {
    private Closures() {}

    private record Row(long seq, JobGraph.Node node) {}

    static Answer<List<JobGraph.Node>> closure(Handle handle, JobId root, int max) {
        List<Row> rows = handle.createQuery("""
                        WITH RECURSIVE below (id) AS (
                            SELECT j.id FROM <s>.job j WHERE j.id = :root
                            UNION
                            SELECT d.dependency_id
                            FROM below b
                            CROSS JOIN LATERAL (SELECT e.dependency_id FROM <s>.edge e WHERE e.job_id = b.id OFFSET 0) d),
                        part AS (SELECT id FROM below LIMIT :most),
                        clock AS (SELECT <s>.wall_time() AS now)
                        SELECT j.id, j.seq, j.type,
                               CASE WHEN j.state = 'SCHEDULED' AND j.due <= c.now THEN 'READY' ELSE j.state::text END AS state,
                               d.ids, d.required
                        FROM clock c
                        CROSS JOIN part s
                        CROSS JOIN LATERAL (SELECT * FROM <s>.job x WHERE x.id = s.id OFFSET 0) j
                        CROSS JOIN LATERAL (
                            SELECT array_agg(e.dependency_id ORDER BY e.position) AS ids, array_agg(e.required ORDER BY e.position) AS required
                            FROM <s>.edge e WHERE e.job_id = s.id) d
                        """)
                .bind("root", root.value())
                .bind("most", max + 1L)
                .map((row, context) -> new Row(row.getLong("seq"), node(row)))
                .list();
        if (rows.isEmpty()) {
            return Answer.refused(Reason.NOT_FOUND, root);
        }
        if (rows.size() > max) {
            return Answer.refused(Reason.TOO_LARGE, root, StoreRules.tooLargeMessage(root, max));
        }
        return Answer.accepted(rows.stream()
                .sorted(Comparator.comparingLong(Row::seq))
                .map(Row::node)
                .toList());
    }

    private static JobGraph.Node node(ResultSet row) throws SQLException {
        UUID[] ids = uuids(row.getArray("ids"));
        Array required = row.getArray("required");
        Boolean[] flags = required == null ? new Boolean[0] : (Boolean[]) required.getArray();
        List<Dependency> dependencies = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            dependencies.add(new Dependency(new JobId(ids[i]), flags[i]));
        }
        return new JobGraph.Node(
                Columns.id(row, "id"),
                TypeName.parse(row.getString("type")),
                JobState.valueOf(row.getString("state")),
                dependencies);
    }

    static UUID[] uuids(@Nullable Array array) throws SQLException {
        return array == null ? new UUID[0] : (UUID[]) array.getArray();
    }

    private record Below(JobId id, long seq, boolean finished, Set<JobId> dependents) {}

    /** The job and every unfinished one below it whose unfinished dependents are all among these (CAN-5). */
    static List<JobId> neededOnlyBy(Handle handle, JobId root) {
        List<Below> below = new ArrayList<>(handle.createQuery("""
                        WITH RECURSIVE below (id) AS (
                            SELECT j.id FROM <s>.job j WHERE j.id = :root
                            UNION
                            SELECT d.dependency_id
                            FROM below b
                            CROSS JOIN LATERAL (SELECT e.dependency_id FROM <s>.edge e WHERE e.job_id = b.id OFFSET 0) d)
                        SELECT j.id, j.seq, j.state >= 'SUCCEEDED' AS finished, d.ids
                        FROM below b
                        CROSS JOIN LATERAL (SELECT * FROM <s>.job x WHERE x.id = b.id OFFSET 0) j
                        CROSS JOIN LATERAL (
                            SELECT array_agg(DISTINCT u.job_id) AS ids
                            FROM (SELECT e.job_id FROM <s>.edge e
                                  WHERE e.dependency_id = b.id AND j.state < 'SUCCEEDED'
                                    AND (SELECT x.state < 'SUCCEEDED' FROM <s>.job x WHERE x.id = e.job_id)
                                  OFFSET 0) u) d
                        """)
                .bind("root", root.value())
                .map((row, context) -> below(row))
                .list());
        below.sort(Comparator.comparingLong(Below::seq).reversed());
        Set<JobId> needed = new LinkedHashSet<>();
        for (Below job : below) {
            if (job.id().equals(root) || (!job.finished() && needed.containsAll(job.dependents()))) {
                needed.add(job.id());
            }
        }
        return List.copyOf(needed);
    }

    private static Below below(ResultSet row) throws SQLException {
        Set<JobId> dependents = new HashSet<>();
        for (UUID id : uuids(row.getArray("ids"))) {
            dependents.add(new JobId(id));
        }
        return new Below(Columns.id(row, "id"), row.getLong("seq"), row.getBoolean("finished"), dependents);
    }
}
