package dev.jobqueue.examples.sqlite;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** The statements. Each reads by an index that holds no finished jobs, or looks single rows up; see {@code schema.sql}. */
final class Jobs {
    private final Handle handle;

    Jobs(Handle handle) {
        this.handle = handle;
    }

    /** An attempt that is still known, and its job. */
    record Known(long job, Attempt attempt) {}

    /** A READY job in the order of claims. */
    private record Candidate(long seq, int priority) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return priority != other.priority
                    ? Integer.compare(other.priority, priority)
                    : Long.compare(seq, other.seq);
        }
    }

    // ---- one job

    Optional<Row> get(JobId id) {
        return one("SELECT * FROM job WHERE id = :id", Map.of("id", id.toString()));
    }

    boolean exists(JobId id) {
        return number("SELECT count(*) FROM job WHERE id = :id", Map.of("id", id.toString())) > 0;
    }

    Row get(long seq) {
        return one("SELECT * FROM job WHERE seq = :seq", Map.of("seq", seq)).orElseThrow();
    }

    /** The job that this token is in force for. */
    Optional<Row> running(JobToken token) {
        return one("SELECT * FROM job WHERE token = :token", Map.of("token", token.reveal()));
    }

    /** The unfinished job that holds the unique key of this one. */
    Optional<Row> keyHolder(Job<RawJson> job) {
        return job.options()
                .uniqueKey()
                .flatMap(key -> one(
                        """
                        SELECT * FROM job WHERE type = :type AND channel = :channel AND unique_key = :key AND finished IS NULL
                        """,
                        Map.of(
                                "type",
                                job.type().toString(),
                                "channel",
                                job.options().channel(),
                                "key",
                                key)));
    }

    long nextSeq() {
        return number("SELECT coalesce(max(seq), 0) + 1 FROM job", Map.of());
    }

    /** Stores a new job with its edges, whose dependencies exist. */
    void insert(Row job, List<Dependency> edges) {
        job.bindTo(handle.createUpdate("""
                        INSERT INTO job (seq, id, type, channel, priority, unique_key, state, args, given, enqueued, earliest, waiting_for, needed_by,
                            attempts, failures, recoveries)
                        VALUES (:seq, :id, :type, :channel, :priority, :unique_key, :state, :args, :given, :enqueued, :earliest, 0, 0, 0, 0, 0)
                        """)).execute();
        for (int position = 0; position < edges.size(); position++) {
            handle.createUpdate("""
                            INSERT INTO edge (dependent, position, dependency, required)
                            SELECT :seq, :position, seq, :required FROM job WHERE id = :id
                            """)
                    .bind("seq", job.seq)
                    .bind("position", position)
                    .bind("required", edges.get(position).required())
                    .bind("id", edges.get(position).id().toString())
                    .execute();
        }
        update(
                "UPDATE job SET needed_by = needed_by + 1 WHERE seq IN (SELECT dependency FROM edge WHERE dependent = :seq)",
                job.seq);
        update("""
                UPDATE job SET waiting_for = (
                    SELECT count(DISTINCT d.seq) FROM edge e JOIN job d ON d.seq = e.dependency WHERE e.dependent = :seq AND d.finished IS NULL)
                WHERE seq = :seq
                """, job.seq);
        job.waitingFor = (int) number("SELECT waiting_for FROM job WHERE seq = :seq", Map.of("seq", job.seq));
    }

    /** Writes all that can have changed. */
    void save(Row job) {
        job.bindTo(handle.createUpdate("""
                        UPDATE job SET state = :state, unblocked = :unblocked, due = :due, ready = :ready, finished = :finished, attempts = :attempts,
                            failures = :failures, recoveries = :recoveries, token = :token, progress = :progress, result = :result, error = :error,
                            cancel_reason = :cancel_reason
                        WHERE seq = :seq
                        """)).execute();
    }

    /** Removes a job that no job depends on. */
    void remove(long seq) {
        update(
                "UPDATE job SET needed_by = needed_by - 1 WHERE seq IN (SELECT dependency FROM edge WHERE dependent = :seq)",
                seq);
        update("DELETE FROM edge WHERE dependent = :seq", seq);
        update("DELETE FROM attempt WHERE job = :seq", seq);
        update("DELETE FROM job WHERE seq = :seq", seq);
    }

    // ---- attempts

    void insertAttempt(Row job, JobToken token, Attempt attempt) {
        handle.createUpdate("INSERT INTO attempt (job, number, token, state) VALUES (:job, :number, :token, :state)")
                .bind("job", job.seq)
                .bind("number", attempt.number())
                .bind("token", token.reveal())
                .bind("state", Json.write(attempt))
                .execute();
    }

    /** Writes the end of an attempt, and forgets those beyond the last {@link Attempt#KEPT}. */
    void endAttempt(Row job, Attempt attempt) {
        handle.createUpdate("UPDATE attempt SET state = :state WHERE job = :job AND number = :number")
                .bind("job", job.seq)
                .bind("number", attempt.number())
                .bind("state", Json.write(attempt))
                .execute();
        handle.createUpdate("DELETE FROM attempt WHERE job = :job AND number <= :number")
                .bind("job", job.seq)
                .bind("number", attempt.number() - Attempt.KEPT)
                .execute();
    }

    List<Attempt> attempts(Row job) {
        return query("SELECT state FROM attempt WHERE job = :job ORDER BY number", Map.of("job", job.seq))
                .map((row, context) -> Json.read(row.getString("state"), Attempt.class))
                .list();
    }

    Optional<Known> attempt(JobToken token) {
        return query("SELECT job, state FROM attempt WHERE token = :token", Map.of("token", token.reveal()))
                .map((row, context) ->
                        new Known(row.getLong("job"), Json.required(row.getString("state"), Attempt.class)))
                .findOne();
    }

    // ---- what follows the end of a job

    /** BLOCKED jobs that require this one. */
    List<Row> requiring(Row dependency) {
        return rows("""
                SELECT * FROM job WHERE state = 'BLOCKED' AND seq IN (SELECT dependent FROM edge WHERE dependency = :seq AND required)
                """, Map.of("seq", dependency.seq));
    }

    /** The required dependency at the lowest position that has failed or was canceled. */
    Optional<Row> failedDependency(Row job) {
        return one("""
                SELECT d.* FROM edge e JOIN job d ON d.seq = e.dependency
                WHERE e.dependent = :seq AND e.required AND d.state IN ('FAILED', 'CANCELED') ORDER BY e.position LIMIT 1
                """, Map.of("seq", job.seq));
    }

    /** Counts a dependency down that has ended, once for each dependent. */
    void countDown(Row ended) {
        update("""
                UPDATE job SET waiting_for = waiting_for - 1
                WHERE state = 'BLOCKED' AND seq IN (SELECT dependent FROM edge WHERE dependency = :seq)
                """, ended.seq);
    }

    /** BLOCKED jobs that wait for nothing any more, in enqueue order. */
    List<Row> free() {
        return rows("SELECT * FROM job WHERE state = 'BLOCKED' AND waiting_for = 0 ORDER BY seq", Map.of());
    }

    // ---- claims

    /** SCHEDULED jobs whose time has come are READY for every call (DEQ-14). */
    void promote(Instant now) {
        handle.createUpdate("UPDATE job SET state = 'READY', ready = due WHERE state = 'SCHEDULED' AND due <= :now")
                .bind("now", now.toEpochMilli())
                .execute();
    }

    // guide: begin claim
    /** The next jobs to claim, at most {@code max}: the heads of all wanted pairs, merged. */
    List<Row> ready(Selector selector, int max) {
        Set<PauseScope> paused = paused();
        List<Candidate> heads = new ArrayList<>();
        for (TypeChannel pair : pairs(selector, JobState.READY)) {
            if (paused.stream().noneMatch(scope -> scope.covers(pair))) {
                heads.addAll(query("""
                                SELECT seq, priority FROM job WHERE state = 'READY' AND type = :type AND channel = :channel
                                ORDER BY priority DESC, seq LIMIT :max
                                """, Map.of("type", pair.type().toString(), "channel", pair.channel(), "max", max))
                        .map((row, context) -> new Candidate(row.getLong("seq"), row.getInt("priority")))
                        .list());
            }
        }
        Collections.sort(heads);
        return heads.stream().limit(max).map(head -> get(head.seq())).toList();
    }
    // guide: end claim

    /** When the next job that matches is due. */
    Optional<Instant> nextDue(Selector selector) {
        return pairs(selector, JobState.SCHEDULED).stream()
                .map(pair -> number("""
                        SELECT coalesce(min(due), -1) FROM job WHERE state = 'SCHEDULED' AND type = :type AND channel = :channel
                        """, Map.of("type", pair.type().toString(), "channel", pair.channel())))
                .filter(due -> due >= 0)
                .map(Instant::ofEpochMilli)
                .min(Instant::compareTo);
    }

    /** The pairs that a selector names; if it takes any channel, those with a job in this state. */
    private List<TypeChannel> pairs(Selector selector, JobState state) {
        List<TypeChannel> pairs = new ArrayList<>();
        for (TypeName type : selector.types()) {
            for (String channel : selector.channels().isEmpty() ? channels(type, state) : selector.channels()) {
                pairs.add(new TypeChannel(type, channel));
            }
        }
        return pairs;
    }

    /** Jumps from channel to channel along the index, whatever the number of jobs. */
    private List<String> channels(TypeName type, JobState state) {
        String next = "SELECT min(channel) FROM job WHERE state = '" + state + "' AND type = :type";
        return query(
                        "WITH RECURSIVE c (channel) AS (" + next + " UNION ALL SELECT (" + next
                                + " AND channel > c.channel) FROM c WHERE c.channel IS NOT NULL)"
                                + " SELECT channel FROM c WHERE channel IS NOT NULL",
                        Map.of("type", type.toString()))
                .mapTo(String.class)
                .list();
    }

    Set<PauseScope> paused() {
        return new HashSet<>(query("SELECT kind, name FROM pause", Map.of())
                .map((row, context) -> Pauses.scope(row.getString("kind"), row.getString("name")))
                .list());
    }

    boolean pause(PauseScope scope) {
        return changePauses("INSERT OR IGNORE INTO pause (kind, name) VALUES (:kind, :name)", scope);
    }

    boolean resume(PauseScope scope) {
        return changePauses("DELETE FROM pause WHERE kind = :kind AND name = :name", scope);
    }

    private boolean changePauses(String sql, PauseScope scope) {
        return handle.createUpdate(sql)
                        .bind("kind", Pauses.kind(scope))
                        .bind("name", Pauses.name(scope))
                        .execute()
                > 0;
    }

    Map<TypeChannel, Integer> readyCounts() {
        Map<TypeChannel, Integer> counts = new HashMap<>();
        query("SELECT type, channel, count(*) AS jobs FROM job WHERE state = 'READY' GROUP BY type, channel", Map.of())
                .map((row, context) -> counts.put(
                        new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel")),
                        row.getInt("jobs")))
                .list();
        return counts;
    }

    // ---- removal

    /** The job that finished first, by {@code until}, and that nobody needs; one that was canceled while it ran only if that is long ago (CAN-3). */
    Optional<Row> oldestRemovable(Instant until, Instant canceledUntil) {
        return one("""
                SELECT * FROM job j WHERE finished IS NOT NULL AND needed_by = 0 AND finished <= :until
                AND (finished <= :canceledUntil OR NOT EXISTS (
                    SELECT 1 FROM attempt WHERE job = j.seq AND number = j.attempts AND json_extract(state, '$.end') = 'CANCELED'))
                ORDER BY finished, seq LIMIT 1
                """, Map.of("until", until.toEpochMilli(), "canceledUntil", canceledUntil.toEpochMilli()));
    }

    // ---- dependencies

    /** The edges in effect, by position. */
    List<Dependency> edges(Row job) {
        return query("""
                        SELECT d.id, e.required FROM edge e JOIN job d ON d.seq = e.dependency WHERE e.dependent = :seq ORDER BY e.position
                        """, Map.of("seq", job.seq))
                .map((row, context) -> new Dependency(JobId.parse(row.getString("id")), row.getBoolean("required")))
                .list();
    }

    /** The outcomes at the edges in effect, by position. */
    List<DependencyOutcome<RawJson>> outcomes(Row job, boolean results) {
        return query("""
                        SELECT d.id, d.type, d.state, d.error, CASE WHEN :results THEN d.result END AS result, e.required
                        FROM edge e JOIN job d ON d.seq = e.dependency WHERE e.dependent = :seq ORDER BY e.position
                        """, Map.of("seq", job.seq, "results", results))
                .map((row, context) -> new DependencyOutcome<>(
                        JobId.parse(row.getString("id")),
                        TypeName.parse(row.getString("type")),
                        row.getBoolean("required"),
                        JobState.valueOf(row.getString("state")),
                        Optional.ofNullable(Row.raw(row, "result")),
                        Optional.ofNullable(Json.read(row.getString("error"), JobError.class))))
                .list();
    }

    /** The size of the results of all dependencies, each once. */
    long resultBytes(Row job) {
        return number("""
                SELECT coalesce(sum(length(result)), 0) FROM job WHERE seq IN (SELECT dependency FROM edge WHERE dependent = :seq)
                """, Map.of("seq", job.seq));
    }

    /** The job and what is below it, in enqueue order, but no more than {@code max} of them. */
    List<Row> closure(Row root, int max) {
        return rows("""
                WITH RECURSIVE below (seq) AS (
                    SELECT :seq UNION SELECT e.dependency FROM edge e JOIN below b ON e.dependent = b.seq LIMIT :max)
                SELECT * FROM job WHERE seq IN (SELECT seq FROM below) ORDER BY seq
                """, Map.of("seq", root.seq, "max", max));
    }

    Set<Long> dependencies(long job) {
        return numbers("SELECT DISTINCT dependency FROM edge WHERE dependent = :seq", job);
    }

    Set<Long> dependents(long job) {
        return numbers("SELECT DISTINCT dependent FROM edge WHERE dependency = :seq", job);
    }

    Set<Long> unfinishedDependents(long job) {
        return numbers("""
                SELECT DISTINCT d.seq FROM edge e JOIN job d ON d.seq = e.dependent WHERE e.dependency = :seq AND d.finished IS NULL
                """, job);
    }

    // ---- in general

    List<Row> rows(String sql, Map<String, ?> values) {
        return query(sql, values).map((row, context) -> new Row(row)).list();
    }

    Optional<Row> one(String sql, Map<String, ?> values) {
        return query(sql, values).map((row, context) -> new Row(row)).findOne();
    }

    Query query(String sql, Map<String, ?> values) {
        return handle.createQuery(sql).bindMap(values);
    }

    private long number(String sql, Map<String, ?> values) {
        return query(sql, values).mapTo(Long.class).one();
    }

    private Set<Long> numbers(String sql, long seq) {
        return new HashSet<>(query(sql, Map.of("seq", seq)).mapTo(Long.class).list());
    }

    private void update(String sql, long seq) {
        handle.createUpdate(sql).bind("seq", seq).execute();
    }
}
