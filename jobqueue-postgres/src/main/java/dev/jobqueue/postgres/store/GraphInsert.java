package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.Failures;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoreRules;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * One insert of graphs with dependencies or unique keys: lock and read what they name, decide in memory, write.
 *
 * <p>Dependencies are locked FOR KEY SHARE: that waits for whoever ends one of them and keeps it from ending until this insert is committed, but lets claims
 * pass. So what is counted here as unfinished is counted down later, by someone who sees the new edge (DEP-5).
 */
final class GraphInsert {
    private static final int MOST_ROWS = 10_000;
    private static final long MOST_BYTES = 32 << 20;

    /** A job that an edge may lead to, stored or about to be. */
    private record Target(
            JobId id,
            JobState state,
            @Nullable JobError error,
            @Nullable String cancelReason) {
        boolean failedOrCanceled() {
            return state == JobState.FAILED || state == JobState.CANCELED;
        }
    }

    private record UniqueKey(TypeChannel pair, String key) {}

    /** A job to write. */
    private record Planned(
            NewJob item,
            JobState state,
            int waitingFor,
            List<Dependency> edges,
            @Nullable JobError error) {}

    private final Handle handle;
    private final Map<JobId, Target> known = new HashMap<>();
    private final Map<JobId, Job<RawJson>> definitions = new HashMap<>();
    private final Map<UniqueKey, JobId> holders = new HashMap<>();
    private final List<Planned> planned = new ArrayList<>();
    private final ChangeLog changes = new ChangeLog();

    GraphInsert(Handle handle) {
        this.handle = handle;
    }

    static TypeChannel pair(Job<RawJson> job) {
        return new TypeChannel(job.type(), job.options().channel());
    }

    private static Optional<UniqueKey> key(Job<RawJson> job) {
        return job.options().uniqueKey().map(key -> new UniqueKey(pair(job), key));
    }

    Changes changes() {
        return changes.changes();
    }

    // ---- read

    /** Locks and reads all that these graphs name and that is stored. */
    void load(List<List<NewJob>> graphs) {
        Set<JobId> ids = new LinkedHashSet<>();
        Set<JobId> named = new LinkedHashSet<>();
        Set<UniqueKey> keys = new LinkedHashSet<>();
        for (List<NewJob> graph : graphs) {
            for (NewJob item : graph) {
                ids.add(item.job().id());
                named.add(item.job().id());
                item.job().dependencies().forEach(dependency -> named.add(dependency.id()));
                key(item.job()).ifPresent(keys::add);
            }
        }
        if (!keys.isEmpty()) {
            named.addAll(findHolders(List.copyOf(keys)));
        }
        lock(named);
        List<JobId> stored = ids.stream().filter(known::containsKey).toList();
        if (!stored.isEmpty()) {
            JobReader.find(handle, stored, Set.of(Part.DEFINITION))
                    .forEach(found -> found.flatMap(job -> job.definition())
                            .ifPresent(definition -> definitions.put(definition.id(), definition)));
        }
    }

    /** A key that nobody holds now may be taken by the time of the insert, which then finds it in its way. */
    private List<JobId> findHolders(List<UniqueKey> keys) {
        return handle.createQuery("""
                        SELECT h.id
                        FROM unnest(:types, :channels, :keys) k (type, channel, unique_key)
                        CROSS JOIN LATERAL (
                            SELECT j.id FROM <s>.job j
                            WHERE j.unique_key IS NOT NULL AND j.state < 'SUCCEEDED'
                              AND j.type = k.type AND j.channel = k.channel AND j.unique_key = k.unique_key
                            OFFSET 0) h
                        """)
                .bind(
                        "types",
                        SqlArray.texts(keys.stream()
                                .map(k -> k.pair().type().toString())
                                .toList()))
                .bind(
                        "channels",
                        SqlArray.texts(
                                keys.stream().map(k -> k.pair().channel()).toList()))
                .bind("keys", SqlArray.texts(keys.stream().map(UniqueKey::key).toList()))
                .map((row, context) -> Columns.id(row, "id"))
                .list();
    }

    private void lock(Set<JobId> ids) {
        handle.createQuery("""
                        SELECT j.id, j.state, j.due <= <s>.wall_time() AS is_due, j.type, j.channel, j.unique_key,
                               CASE WHEN j.state >= 'FAILED' THEN j.error END AS error,
                               CASE WHEN j.state >= 'FAILED' THEN j.error_details END AS error_details,
                               j.cancel_reason
                        FROM <s>.job j
                        WHERE j.id = ANY (:ids)
                        ORDER BY j.state <> 'RUNNING', j.seq
                        FOR KEY SHARE
                        """).bind("ids", StepWriter.ids(List.copyOf(ids))).scanResultSet((rowSet, context) -> {
            ResultSet row = rowSet.get();
            while (row.next()) {
                take(row);
            }
            return true;
        });
    }

    private void take(ResultSet row) throws SQLException {
        JobState state = JobState.valueOf(row.getString("state"));
        Target target = new Target(
                Columns.id(row, "id"),
                state == JobState.SCHEDULED && row.getBoolean("is_due") ? JobState.READY : state,
                Columns.error(row, "error", "error_details"),
                Columns.reasonOf(row.getString("cancel_reason")));
        known.put(target.id(), target);
        String key = row.getString("unique_key");
        if (key != null && !state.finished()) {
            holders.put(
                    new UniqueKey(
                            new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel")), key),
                    target.id());
        }
    }

    // ---- decide

    /** Decides graph by graph; what a refused one would have stored is forgotten. */
    List<Answer<List<Enqueued>>> decide(List<List<NewJob>> graphs, Instant now) {
        List<Answer<List<Enqueued>>> answers = new ArrayList<>(graphs.size());
        for (List<NewJob> graph : graphs) {
            answers.add(new GraphPlan(now).decide(graph));
        }
        return answers;
    }

    /** What one graph adds; taken over if it is accepted. */
    private final class GraphPlan {
        private final Instant now;
        private final Map<JobId, Target> targets = new HashMap<>();
        private final Map<JobId, JobId> redirected = new HashMap<>();
        private final Map<UniqueKey, JobId> newHolders = new HashMap<>();
        private final List<Planned> jobs = new ArrayList<>();

        GraphPlan(Instant now) {
            this.now = now;
        }

        Answer<List<Enqueued>> decide(List<NewJob> graph) {
            List<Enqueued> answers = new ArrayList<>(graph.size());
            for (NewJob item : graph) {
                Job<RawJson> given = item.job();
                Target stored = target(given.id());
                if (stored != null) {
                    if (!StoreRules.sameContent(requireNonNull(definitions.get(given.id())), given)) {
                        return Answer.refused(Reason.INVALID, given.id(), StoreRules.otherContentMessage(given.id()));
                    }
                    answers.add(new Enqueued(given.id(), false, stored.state()));
                    continue;
                }
                Target holder = key(given).map(this::holder).orElse(null);
                if (holder != null) {
                    redirected.put(given.id(), holder.id());
                    answers.add(new Enqueued(holder.id(), false, holder.state()));
                    continue;
                }
                for (Dependency dependency : given.dependencies()) {
                    if (target(dependency.id()) == null && !redirected.containsKey(dependency.id())) {
                        return Answer.refused(
                                Reason.INVALID,
                                given.id(),
                                StoreRules.unknownDependencyMessage(given.id(), dependency.id()));
                    }
                }
                Target made = plan(item);
                answers.add(new Enqueued(made.id(), true, made.state()));
            }
            accept();
            return Answer.accepted(answers);
        }

        private @Nullable Target target(JobId id) {
            Target target = targets.get(id);
            return target != null ? target : known.get(id);
        }

        private @Nullable Target holder(UniqueKey key) {
            JobId holder = newHolders.getOrDefault(key, holders.get(key));
            return holder == null ? null : target(holder);
        }

        private Target plan(NewJob item) {
            Job<RawJson> given = item.job();
            List<Dependency> edges = StoreRules.edges(given.dependencies(), id -> redirected.getOrDefault(id, id));
            Set<JobId> unfinished = new HashSet<>();
            Target failed = null;
            for (Dependency edge : edges) {
                Target target = requireNonNull(target(edge.id()));
                if (!target.state().finished()) {
                    unfinished.add(target.id());
                }
                if (failed == null && edge.required() && target.failedOrCanceled()) {
                    failed = target;
                }
            }
            JobError error = failed == null
                    ? null
                    : StoreRules.dependencyFailed(failed.id(), failed.state(), failed.error(), failed.cancelReason());
            JobState state;
            if (error != null) {
                state = JobState.FAILED;
            } else if (!unfinished.isEmpty()) {
                state = JobState.BLOCKED;
            } else {
                state = GraphInsert.earliest(item, now).isAfter(now) ? JobState.SCHEDULED : JobState.READY;
            }
            Target made = new Target(given.id(), state, error, null);
            targets.put(made.id(), made);
            jobs.add(new Planned(item, state, error == null ? unfinished.size() : 0, edges, error));
            if (error == null) {
                key(given).ifPresent(key -> newHolders.put(key, made.id()));
            }
            return made;
        }

        private void accept() {
            known.putAll(targets);
            holders.putAll(newHolders);
            for (Planned job : jobs) {
                Job<RawJson> given = job.item().job();
                definitions.put(given.id(), given);
                planned.add(job);
                if (job.state() == JobState.READY) {
                    changes.ready(pair(given));
                } else if (job.state() == JobState.SCHEDULED) {
                    changes.scheduled(pair(given));
                } else if (job.state() == JobState.FAILED) {
                    changes.ended(given.id());
                }
            }
        }
    }

    private static Instant earliest(NewJob item, Instant now) {
        return now.plus(item.delay());
    }

    // ---- write

    void write(Instant now) {
        int from = 0;
        while (from < planned.size()) {
            int to = from;
            long bytes = 0;
            while (to < planned.size() && to - from < MOST_ROWS && bytes < MOST_BYTES) {
                Planned job = planned.get(to++);
                bytes += job.item().job().args().size() + 50L * job.edges().size();
            }
            writePart(planned.subList(from, to), now);
            from = to;
        }
        markNeeded();
    }

    private void writePart(List<Planned> jobs, Instant now) {
        JobColumns columns = new JobColumns();
        Times times = new Times(now);
        Edges edges = new Edges();
        for (Planned job : jobs) {
            columns.add(job.item());
            times.add(job);
            edges.add(job, columns.ids.size());
        }
        long stored = edges.bindTo(times.bindTo(columns.bindTo(handle.createQuery("""
                        WITH stored AS (
                            INSERT INTO <s>.job (id, state, priority, type, channel, args, options, timeout_ms, unique_key, dependencies, waiting_for,
                                                 enqueued, unblocked, earliest, due, ready, finished, error, error_details)
                            SELECT g.id, g.state::<s>.job_state, g.priority, g.type, g.channel, g.args::json, g.options::json, g.timeout,
                                   g.unique_key, g.dependencies, g.waiting_for, g.enqueued::timestamptz, g.unblocked::timestamptz,
                                   g.earliest::timestamptz, g.due::timestamptz, g.ready::timestamptz, g.finished::timestamptz, g.error::json,
                                   g.details::json
                            FROM unnest(:ids, :types, :channels, :priorities, :args, :options, :timeouts, :states, :keys, :dependencies, :waiting,
                                        :enqueued, :unblocked, :earliest, :due, :ready, :finished, :errors, :details)
                                 WITH ORDINALITY g (id, type, channel, priority, args, options, timeout, state, unique_key, dependencies, waiting_for,
                                                    enqueued, unblocked, earliest, due, ready, finished, error, details, n)
                            ORDER BY g.n
                            ON CONFLICT DO NOTHING
                            RETURNING seq),
                        numbers AS (SELECT array_agg(s.seq ORDER BY s.seq) AS seqs FROM stored s),
                        edges AS (
                            INSERT INTO <s>.edge (job_id, position, dependency_id, job_seq, required, given_id, given_required)
                            SELECT e.job_id, e.position, e.dependency_id, n.seqs[e.job_number], e.required, e.given_id, e.given_required
                            FROM numbers n
                            CROSS JOIN unnest(:edgeJobs, :edgeNumbers, :edgePositions, :edgeTargets, :edgeRequired, :edgeGiven, :edgeGivenRequired)
                                 e (job_id, job_number, position, dependency_id, required, given_id, given_required)
                            WHERE cardinality(n.seqs) = cardinality(:ids))
                        SELECT count(*) FROM stored
                        """))))
                .map((row, context) -> row.getLong(1))
                .one();
        if (stored < jobs.size()) {
            throw new Failures.RunAgain("an id or a unique key was taken meanwhile");
        }
    }

    /** Finished jobs that got a dependent are not looked at by prune any more. */
    private void markNeeded() {
        Set<JobId> finished = new LinkedHashSet<>();
        for (Planned job : planned) {
            for (Dependency edge : job.edges()) {
                if (requireNonNull(known.get(edge.id())).state().finished()) {
                    finished.add(edge.id());
                }
            }
        }
        if (!finished.isEmpty()) {
            SqlArray ids = StepWriter.ids(List.copyOf(finished));
            handle.createQuery("""
                            SELECT j.id FROM <s>.job j WHERE j.id = ANY (:ids) AND NOT j.needed ORDER BY j.seq FOR NO KEY UPDATE
                            """).bind("ids", ids).map((row, context) -> true).list();
            handle.createUpdate("UPDATE <s>.job j SET needed = true WHERE j.id = ANY (:ids) AND NOT j.needed")
                    .bind("ids", ids)
                    .execute();
        }
    }

    /** Columns that are decided. */
    private static final class Times {
        private final Instant now;
        private final List<String> states = new ArrayList<>();
        private final List<@Nullable String> keys = new ArrayList<>();
        private final List<Integer> dependencies = new ArrayList<>();
        private final List<Integer> waiting = new ArrayList<>();
        private final List<String> enqueued = new ArrayList<>();
        private final List<@Nullable String> unblocked = new ArrayList<>();
        private final List<@Nullable String> earliest = new ArrayList<>();
        private final List<@Nullable String> due = new ArrayList<>();
        private final List<@Nullable String> ready = new ArrayList<>();
        private final List<@Nullable String> finished = new ArrayList<>();
        private final List<@Nullable String> errors = new ArrayList<>();
        private final List<@Nullable String> details = new ArrayList<>();

        Times(Instant now) {
            this.now = now;
        }

        void add(Planned job) {
            String time = now.toString();
            JobState state = job.state();
            String earliestTime = job.item().delay().isZero()
                    ? null
                    : earliest(job.item(), now).toString();
            states.add(state.name());
            keys.add(job.item().job().options().uniqueKey().orElse(null));
            dependencies.add(job.edges().size());
            waiting.add(job.waitingFor());
            enqueued.add(time);
            unblocked.add(state == JobState.READY || state == JobState.SCHEDULED ? time : null);
            earliest.add(earliestTime);
            due.add(state == JobState.SCHEDULED ? earliestTime : null);
            ready.add(state == JobState.READY ? time : null);
            finished.add(state == JobState.FAILED ? time : null);
            errors.add(Columns.error(job.error()));
            details.add(Columns.errorDetails(job.error()));
        }

        Query bindTo(Query query) {
            return query.bind("states", SqlArray.texts(states))
                    .bind("keys", SqlArray.texts(keys))
                    .bind("dependencies", SqlArray.integers(dependencies))
                    .bind("waiting", SqlArray.integers(waiting))
                    .bind("enqueued", SqlArray.texts(enqueued))
                    .bind("unblocked", SqlArray.texts(unblocked))
                    .bind("earliest", SqlArray.texts(earliest))
                    .bind("due", SqlArray.texts(due))
                    .bind("ready", SqlArray.texts(ready))
                    .bind("finished", SqlArray.texts(finished))
                    .bind("errors", SqlArray.texts(errors))
                    .bind("details", SqlArray.texts(details));
        }
    }

    /** Columns of the edges. */
    private static final class Edges {
        private final List<UUID> jobs = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();
        private final List<Integer> positions = new ArrayList<>();
        private final List<UUID> targets = new ArrayList<>();
        private final List<Boolean> required = new ArrayList<>();
        private final List<@Nullable UUID> given = new ArrayList<>();
        private final List<Boolean> givenRequired = new ArrayList<>();

        /** @param number of the job among those of the statement, from 1 */
        void add(Planned job, int number) {
            List<Dependency> asGiven = job.item().job().dependencies();
            for (int i = 0; i < asGiven.size(); i++) {
                Dependency edge = job.edges().get(i);
                jobs.add(job.item().job().id().value());
                numbers.add(number);
                positions.add(i);
                targets.add(edge.id().value());
                required.add(edge.required());
                given.add(
                        asGiven.get(i).id().equals(edge.id())
                                ? null
                                : asGiven.get(i).id().value());
                givenRequired.add(asGiven.get(i).required());
            }
        }

        Query bindTo(Query query) {
            return query.bind("edgeJobs", SqlArray.uuids(jobs))
                    .bind("edgeNumbers", SqlArray.integers(numbers))
                    .bind("edgePositions", SqlArray.integers(positions))
                    .bind("edgeTargets", SqlArray.uuids(targets))
                    .bind("edgeRequired", SqlArray.booleans(required))
                    .bind("edgeGiven", SqlArray.uuids(given))
                    .bind("edgeGivenRequired", SqlArray.booleans(givenRequired));
        }
    }
}
