package dev.jobqueue.postgres.store;

import dev.jobqueue.JobId;
import dev.jobqueue.postgres.sql.SqlArray;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * The jobs above those that end, locked.
 *
 * <p>Which ones these are is found without locks, in one statement whatever the depth; then they are locked in one ordered statement, and looked for again
 * with a newer snapshot, until nothing new appears: an edge can only appear above a job that is not locked yet.
 *
 * <p>Those that will fail are locked as jobs that end, after the first pass; the others only as rows that change, so that an enqueue that names one as a
 * dependency does not stand in the way.
 */
final class Dependents {
    /**
     * An edge, seen from the dependency.
     *
     * @param position the lowest position at which it is required
     */
    record Edge(LiveJob dependency, LiveJob dependent, boolean required, int position) {}

    private record Found(JobId dependency, JobId dependent, boolean required, int position) {}

    private final Map<JobId, List<Edge>> up = new HashMap<>();
    private final Map<JobId, List<Edge>> down = new HashMap<>();

    /** The edges to this job from jobs that were BLOCKED. */
    List<Edge> of(LiveJob dependency) {
        return up.getOrDefault(dependency.id, List.of());
    }

    /** The required dependency at the lowest position that has failed or was canceled. */
    LiveJob failedDependency(LiveJob job) {
        return down.getOrDefault(job.id, List.of()).stream()
                .filter(edge -> edge.required() && edge.dependency().failedOrCanceled())
                .min(Comparator.comparingInt(Edge::position))
                .map(Edge::dependency)
                .orElseThrow(() -> new IllegalStateException(job + " has no failed dependency"));
    }

    /**
     * Finds and locks what follows.
     *
     * @param ending jobs that end, locked; those among them that may fail or be canceled are in {@code failing} too
     * @param jobs all locked jobs by id; what is locked here is added
     */
    static Dependents lock(
            Handle handle,
            Collection<LiveJob> ending,
            Collection<LiveJob> failing,
            Map<JobId, LiveJob> jobs,
            Instant now) {
        Dependents dependents = new Dependents();
        Set<JobId> ends = ids(ending);
        Set<JobId> fails = ids(failing);
        Set<JobId> locked = new HashSet<>(jobs.keySet());
        Set<JobId> notLockedToEnd = new LinkedHashSet<>();
        while (!ends.isEmpty()) {
            List<Found> found = find(handle, ends);
            Set<JobId> doomed = doomed(handle, found, ends, fails);
            if (!doomed.isEmpty()) {
                ends.addAll(doomed);
                fails.addAll(doomed);
                notLockedToEnd.addAll(doomed);
                continue;
            }
            Set<JobId> unlocked = new LinkedHashSet<>(notLockedToEnd);
            found.forEach(edge -> unlocked.add(edge.dependent()));
            unlocked.removeAll(locked);
            if (unlocked.isEmpty() && notLockedToEnd.isEmpty()) {
                dependents.take(found, jobs);
                break;
            }
            // Those that are not BLOCKED any more are not locked, and not found again.
            lock(handle, unlocked, now).forEach(job -> jobs.put(job.id, job));
            locked.addAll(unlocked);
            lockToEnd(handle, notLockedToEnd);
            notLockedToEnd.clear();
        }
        return dependents;
    }

    /** What {@link #lock} would lock now if all of these failed. */
    static Set<JobId> above(Handle handle, Set<JobId> failing) {
        Set<JobId> ends = new LinkedHashSet<>(failing);
        List<Found> found = find(handle, ends);
        Set<JobId> doomed = doomed(handle, found, ends, ends);
        Set<JobId> above = new LinkedHashSet<>();
        if (!doomed.isEmpty()) {
            ends.addAll(doomed);
            found = find(handle, ends);
        }
        found.forEach(edge -> above.add(edge.dependent()));
        return above;
    }

    private static Set<JobId> ids(Collection<LiveJob> jobs) {
        Set<JobId> ids = new LinkedHashSet<>();
        jobs.forEach(job -> ids.add(job.id));
        return ids;
    }

    /** Each edge from a BLOCKED job to one of these. LATERAL and OFFSET keep the planner from reading all edges, or all blocked jobs. */
    private static List<Found> find(Handle handle, Set<JobId> ends) {
        return handle.createQuery("""
                        SELECT n.id AS dependency_id, d.job_id, d.required, d.position
                        FROM unnest(:ends) n (id)
                        CROSS JOIN LATERAL (
                            SELECT u.job_id, bool_or(u.required) AS required, min(u.position) AS position
                            FROM (SELECT e.job_id, e.required, e.position FROM <s>.edge e
                                  WHERE e.dependency_id = n.id
                                    AND (SELECT x.state = 'BLOCKED' FROM <s>.job x WHERE x.id = e.job_id)
                                  OFFSET 0) u
                            GROUP BY u.job_id) d
                        """)
                .bind("ends", SqlArray.uuids(Columns.ids(ends)))
                .map((row, context) -> found(row))
                .list();
    }

    private static Found found(ResultSet row) throws SQLException {
        return new Found(
                Columns.id(row, "dependency_id"),
                Columns.id(row, "job_id"),
                row.getBoolean("required"),
                row.getInt("position"));
    }

    /** Those that fail because something fails and are not among those that end yet; found in one statement, whatever the depth. */
    private static Set<JobId> doomed(Handle handle, List<Found> found, Set<JobId> ends, Set<JobId> fails) {
        Set<JobId> from = new LinkedHashSet<>();
        for (Found edge : found) {
            if (edge.required() && fails.contains(edge.dependency()) && !ends.contains(edge.dependent())) {
                from.add(edge.dependency());
            }
        }
        if (from.isEmpty()) {
            return Set.of();
        }
        Set<JobId> doomed = new LinkedHashSet<>(handle.createQuery("""
                        WITH RECURSIVE failed (id) AS (
                            SELECT f.id FROM unnest(:from) f (id)
                            UNION
                            SELECT d.job_id
                            FROM failed f
                            CROSS JOIN LATERAL (
                                SELECT e.job_id FROM <s>.edge e
                                WHERE e.dependency_id = f.id AND e.required
                                  AND (SELECT x.state = 'BLOCKED' FROM <s>.job x WHERE x.id = e.job_id)
                                OFFSET 0) d)
                        SELECT f.id FROM failed f
                        """)
                .bind("from", SqlArray.uuids(Columns.ids(from)))
                .map((row, context) -> Columns.id(row, "id"))
                .list());
        doomed.removeAll(ends);
        return doomed;
    }

    private static List<LiveJob> lock(Handle handle, Set<JobId> ids, Instant now) {
        return handle.createQuery("SELECT " + LiveJob.COLUMNS + """
                        FROM <s>.job j
                        WHERE j.id = ANY (:ids) AND j.state::text = 'BLOCKED'
                        ORDER BY j.seq
                        FOR NO KEY UPDATE
                        """)
                .bind("ids", SqlArray.uuids(Columns.ids(ids)))
                .map((row, context) -> new LiveJob(row, now))
                .list();
    }

    private static void lockToEnd(Handle handle, Set<JobId> ids) {
        handle.createQuery("""
                        SELECT j.id FROM <s>.job j WHERE j.id = ANY (:ids) ORDER BY j.seq FOR UPDATE
                        """)
                .bind("ids", SqlArray.uuids(Columns.ids(ids)))
                .map((row, context) -> true)
                .list();
    }

    private void take(List<Found> found, Map<JobId, LiveJob> jobs) {
        for (Found each : found) {
            LiveJob dependency = jobs.get(each.dependency());
            LiveJob dependent = jobs.get(each.dependent());
            if (dependency != null && dependent != null) {
                Edge edge = new Edge(dependency, dependent, each.required(), each.position());
                up.computeIfAbsent(dependency.id, id -> new ArrayList<>(1)).add(edge);
                down.computeIfAbsent(dependent.id, id -> new ArrayList<>(1)).add(edge);
            }
        }
    }
}
