package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.postgres.sql.Failures;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Removes finished jobs. What to remove is decided in memory; then the jobs and their dependencies are locked, and in a new statement it is made sure that
 * no edge to them has been committed meanwhile.
 */
final class Removal {
    /** How many jobs below those asked for are read with them. */
    private static final int READ_AHEAD = 1_000;

    private final Handle handle;
    private final Map<JobId, Node> nodes = new HashMap<>();

    Removal(Handle handle) {
        this.handle = handle;
    }

    /** A job and how many jobs depend on it that have not been chosen. */
    private static final class Node {
        final JobId id;
        final long seq;
        final boolean finished;
        /** The finish time; far away for a job that stays because its worker may still ask for the cancel. */
        final Instant at;

        final List<JobId> dependencies;
        long dependents;

        Node(JobId id, long seq, boolean finished, Instant at, List<JobId> dependencies, long dependents) {
            this.id = id;
            this.seq = seq;
            this.finished = finished;
            this.at = at;
            this.dependencies = dependencies;
            this.dependents = dependents;
        }
    }

    // ---- prune

    /** See {@link dev.jobqueue.spi.JobStore#prune}. */
    int prune(Duration limit, int max) {
        Instant now = Locks.now(handle);
        Instant latest = latest(now, limit);
        PriorityQueue<Node> oldest =
                new PriorityQueue<>(Comparator.comparing((Node node) -> node.at).thenComparingLong(node -> node.seq));
        read(oldest(latest, max));
        nodes.values().stream()
                .filter(node -> node.dependents == 0 && node.finished)
                .forEach(oldest::add);
        Set<JobId> chosen = new LinkedHashSet<>();
        while (chosen.size() < max && !oldest.isEmpty()) {
            Node node = oldest.remove();
            if (node.at.isAfter(latest)) {
                break;
            }
            chosen.add(node.id);
            readBelow(node, oldest);
            for (JobId id : node.dependencies) {
                Node dependency = node(id);
                dependency.dependents--;
                if (dependency.dependents == 0 && dependency.finished) {
                    oldest.add(dependency);
                }
            }
        }
        return remove(chosen, true);
    }

    /** Reads the dependencies of a job and, since that takes a statement, those of jobs that will come soon. */
    private void readBelow(Node node, Collection<Node> soon) {
        Set<JobId> unread = new LinkedHashSet<>(unread(node.dependencies));
        if (unread.isEmpty()) {
            return;
        }
        for (Node next : soon) {
            if (unread.size() >= READ_AHEAD) {
                break;
            }
            unread.addAll(unread(next.dependencies));
        }
        read(unread);
    }

    private List<JobId> unread(Collection<JobId> ids) {
        return ids.stream().filter(id -> !nodes.containsKey(id)).toList();
    }

    private static Instant latest(Instant now, Duration limit) {
        Instant epoch = Instant.EPOCH.minusSeconds(1);
        return limit.compareTo(Duration.between(epoch, now)) > 0 ? epoch : now.minus(limit);
    }

    private Node node(JobId id) {
        Node node = nodes.get(id);
        if (node == null) {
            throw new Failures.RunAgain("job " + id + " was removed meanwhile");
        }
        return node;
    }

    private List<JobId> oldest(Instant latest, int max) {
        return handle.createQuery("""
                        SELECT j.id FROM <s>.job j
                        WHERE j.state >= 'SUCCEEDED' AND NOT j.needed AND j.finished <= :latest::timestamptz
                          AND (j.ending = 'CANCELED' AND j.finished > <s>.wall_time() - interval '1 hour') IS NOT TRUE
                        ORDER BY j.finished, j.seq
                        LIMIT :max
                        FOR UPDATE SKIP LOCKED
                        """)
                .bind("latest", latest.toString())
                .bind("max", max)
                .map((row, context) -> Columns.id(row, "id"))
                .list();
    }

    /** Reads these jobs and some below them. OFFSET keeps the planner from reading all edges in an order that suits DISTINCT. */
    private void read(Collection<JobId> ids) {
        List<JobId> unread = unread(ids);
        if (unread.isEmpty()) {
            return;
        }
        handle.createQuery("""
                        WITH RECURSIVE below (id) AS (
                            SELECT x.id FROM unnest(:ids) x (id)
                            UNION
                            SELECT d.dependency_id
                            FROM below b
                            CROSS JOIN LATERAL (SELECT e.dependency_id FROM <s>.edge e WHERE e.job_id = b.id OFFSET 0) d),
                        part AS (SELECT id FROM below LIMIT :most)
                        SELECT j.id, j.seq, j.state >= 'SUCCEEDED' AS finished,
                               CASE WHEN j.ending = 'CANCELED' AND j.finished > <s>.wall_time() - interval '1 hour'
                                    THEN timestamptz '9999-12-31' ELSE coalesce(j.finished, timestamptz '9999-12-31') END AS at,
                               (SELECT array_agg(DISTINCT x.dependency_id)
                                FROM (SELECT e.dependency_id FROM <s>.edge e WHERE e.job_id = s.id OFFSET 0) x) AS ids,
                               (SELECT count(DISTINCT x.job_id)
                                FROM (SELECT e.job_id FROM <s>.edge e WHERE e.dependency_id = s.id OFFSET 0) x) AS dependents
                        FROM part s
                        CROSS JOIN LATERAL (SELECT * FROM <s>.job x WHERE x.id = s.id OFFSET 0) j
                        """)
                .bind("ids", StepWriter.ids(unread))
                .bind("most", Math.max(READ_AHEAD, unread.size()))
                .map((row, context) -> read(row))
                .forEach(node -> nodes.putIfAbsent(node.id, node));
    }

    private static Node read(ResultSet row) throws SQLException {
        List<JobId> dependencies = new ArrayList<>();
        for (UUID id : Closures.uuids(row.getArray("ids"))) {
            dependencies.add(new JobId(id));
        }
        return new Node(
                Columns.id(row, "id"),
                row.getLong("seq"),
                row.getBoolean("finished"),
                requireNonNull(Columns.time(row, "at")),
                dependencies,
                row.getLong("dependents"));
    }

    // ---- delete

    /** See {@link dev.jobqueue.spi.JobStore#delete}. */
    Answer<Integer> delete(JobId id) {
        read(List.of(id));
        Node root = nodes.get(id);
        if (root == null) {
            return Answer.refused(Reason.NOT_FOUND, id);
        }
        if (root.dependents > 0) {
            JobId dependent = firstDependent(id);
            return Answer.refused(
                    Reason.STILL_NEEDED,
                    dependent,
                    "job " + id + " cannot be deleted: job " + dependent + " depends on it");
        }
        Set<JobId> chosen = new LinkedHashSet<>();
        NavigableMap<Long, Node> work = new TreeMap<>(Map.of(root.seq, root));
        while (!work.isEmpty()) {
            Node node = work.pollLastEntry().getValue();
            if (node.dependents > 0) {
                continue;
            }
            if (!node.finished) {
                return Answer.refused(
                        Reason.STILL_NEEDED,
                        node.id,
                        "job " + id + " cannot be deleted: job " + node.id + " is unfinished");
            }
            chosen.add(node.id);
            read(node.dependencies);
            for (JobId each : node.dependencies) {
                Node dependency = node(each);
                dependency.dependents--;
                work.put(dependency.seq, dependency);
            }
        }
        if (remove(chosen, false) < chosen.size()) {
            throw new Failures.RunAgain("a dependent was enqueued meanwhile");
        }
        return Answer.accepted(chosen.size());
    }

    private JobId firstDependent(JobId id) {
        return handle.createQuery("""
                        SELECT e.job_id FROM <s>.edge e WHERE e.dependency_id = :id ORDER BY e.job_seq LIMIT 1
                        """)
                .bind("id", id.value())
                .map((row, context) -> Columns.id(row, "job_id"))
                .findOne()
                .orElseThrow(() -> new Failures.RunAgain("the dependent of job " + id + " was removed meanwhile"));
    }

    // ---- both

    /**
     * Removes those that are still free, in the order in which they were chosen.
     *
     * @param skip whether jobs that somebody else has locked are left for the next time
     */
    private int remove(Set<JobId> chosen, boolean skip) {
        if (chosen.isEmpty()) {
            return 0;
        }
        Set<JobId> touched = new LinkedHashSet<>(chosen);
        chosen.forEach(id -> touched.addAll(node(id).dependencies));
        Set<JobId> locked = lock(touched, skip);
        Set<JobId> free = free(chosen, locked, Set.of());
        for (Set<JobId> needed = needed(free); !needed.isEmpty(); needed = needed(free)) {
            free = free(free, locked, needed);
        }
        if (free.isEmpty()) {
            return 0;
        }
        SqlArray ids = StepWriter.ids(List.copyOf(free));
        handle.createUpdate("DELETE FROM <s>.edge e WHERE e.job_id = ANY (:ids)")
                .bind("ids", ids)
                .execute();
        Set<JobId> freed = new HashSet<>(touched);
        freed.removeAll(free);
        if (!freed.isEmpty()) {
            handle.createUpdate("""
                            UPDATE <s>.job j SET needed = false
                            WHERE j.id = ANY (:ids) AND j.needed AND (SELECT true FROM <s>.edge e WHERE e.dependency_id = j.id LIMIT 1) IS NULL
                            """)
                    .bind("ids", StepWriter.ids(List.copyOf(freed)))
                    .execute();
        }
        return handle.createUpdate("DELETE FROM <s>.job j WHERE j.id = ANY (:ids)")
                .bind("ids", ids)
                .execute();
    }

    private Set<JobId> lock(Set<JobId> ids, boolean skip) {
        String wait = skip ? "SKIP LOCKED" : "";
        return new HashSet<>(handle.createQuery("""
                        SELECT j.id FROM <s>.job j WHERE j.id = ANY (:ids) ORDER BY j.seq FOR UPDATE
                        """ + wait)
                .bind("ids", StepWriter.ids(List.copyOf(ids)))
                .map((row, context) -> Columns.id(row, "id"))
                .list());
    }

    /** Those of the chosen jobs that are locked with all their dependencies, and that only such jobs depend on. */
    private Set<JobId> free(Set<JobId> chosen, Set<JobId> locked, Set<JobId> needed) {
        Map<JobId, Integer> dependentsLeft = new HashMap<>();
        for (JobId id : chosen) {
            for (JobId dependency : node(id).dependencies) {
                dependentsLeft.merge(dependency, 1, Integer::sum);
            }
        }
        Set<JobId> free = new LinkedHashSet<>();
        for (JobId id : chosen) {
            Node node = node(id);
            if (dependentsLeft.getOrDefault(id, 0) == 0
                    && locked.contains(id)
                    && !needed.contains(id)
                    && locked.containsAll(node.dependencies)) {
                free.add(id);
                node.dependencies.forEach(dependency -> dependentsLeft.merge(dependency, -1, Integer::sum));
            }
        }
        return free;
    }

    /** Those of these jobs that a job depends on which is not one of them: counted, since each of their edges is known. */
    private Set<JobId> needed(Set<JobId> free) {
        Map<JobId, Integer> dependents = new HashMap<>();
        for (JobId id : free) {
            node(id).dependencies.forEach(dependency -> dependents.merge(dependency, 1, Integer::sum));
        }
        Set<JobId> needed = new HashSet<>();
        if (!free.isEmpty()) {
            handle.createQuery("""
                            SELECT x.dependency_id, count(DISTINCT x.job_id) AS dependents
                            FROM (SELECT e.dependency_id, e.job_id FROM <s>.edge e WHERE e.dependency_id = ANY (:ids) OFFSET 0) x
                            GROUP BY x.dependency_id
                            """)
                    .bind("ids", StepWriter.ids(List.copyOf(free)))
                    .map((row, context) -> Map.entry(Columns.id(row, "dependency_id"), row.getInt("dependents")))
                    .forEach(entry -> {
                        if (entry.getValue() > dependents.getOrDefault(entry.getKey(), 0)) {
                            needed.add(entry.getKey());
                        }
                    });
        }
        return needed;
    }
}
