package dev.jobqueue.examples.sqlite;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobError;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.StoreRules;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.spi.Traits.Capability;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A durable store in one SQLite file, for one process. Made to be read: every call is one transaction under one lock. Thread-safe.
 *
 * <p>Wrap it with {@code JobQueue.on(store)}.
 */
public final class SqliteJobStore implements JobStore {
    // guide: begin traits
    private static final Traits TRAITS = new Traits(
            Set.of(Capability.DURABLE), // and neither SHARED nor TRANSACTIONAL
            1_000, // items in one call
            Optional.empty(), // no poll: every change passes through this object
            true); // the queue shall combine calls: one forced commit for many
    // guide: end traits

    private final StoreClock clock;
    private final Database database;
    private final Jobs jobs;

    /** Guarded by the lock of the database, as is {@link #demand}. */
    private final Ages ages;

    private final Map<Selector, Long> demand = new HashMap<>();

    private SqliteJobStore(Database database, StoreClock clock) {
        this.database = database;
        this.clock = clock;
        jobs = new Jobs(database.handle());
        ages = new Ages(clock);
    }

    /**
     * Opens the store in this file, which is made if it does not exist. Running jobs keep their token and get one limit of grace (HB-5).
     *
     * @throws dev.jobqueue.JobQueueException.StoreUnavailable if it is open already, here or in another process
     */
    public static SqliteJobStore open(Path file, StoreClock clock) {
        SqliteJobStore store = new SqliteJobStore(Database.open(file), requireNonNull(clock, "clock"));
        store.call(step -> {
            for (Row job : store.runningJobs()) {
                JobToken token = requireNonNull(job.token);
                Instant started =
                        store.jobs.attempt(token).orElseThrow().attempt().started();
                store.ages.start(token, Duration.between(started, step.now));
            }
            return store;
        });
        return store;
    }

    @Override
    public Traits traits() {
        return TRAITS;
    }

    // ---- insert

    // guide: begin insert
    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        return each(graphs, this::insertGraph);
    }

    private Answer<List<Enqueued>> insertGraph(Step step, List<NewJob> graph) {
        List<Enqueued> answers = new ArrayList<>(graph.size());
        Map<JobId, JobId> holders = new HashMap<>();
        for (NewJob item : graph) {
            Job<RawJson> given = item.job();
            Optional<Row> stored = jobs.get(given.id());
            if (stored.isPresent()) {
                if (!StoreRules.sameContent(stored.get().definition(), given)) {
                    return Answer.refused(Reason.INVALID, given.id(), StoreRules.otherContentMessage(given.id()));
                }
                answers.add(new Enqueued(given.id(), false, stored.get().state));
                continue;
            }
            Optional<Row> holder = jobs.keyHolder(given);
            if (holder.isPresent()) {
                holders.put(given.id(), holder.get().id);
                answers.add(new Enqueued(holder.get().id, false, holder.get().state));
                continue;
            }
            for (Dependency dependency : given.dependencies()) {
                if (!holders.containsKey(dependency.id()) && !jobs.exists(dependency.id())) {
                    return Answer.refused(
                            Reason.INVALID,
                            given.id(),
                            StoreRules.unknownDependencyMessage(given.id(), dependency.id()));
                }
            }
            Row job = step.add(item, StoreRules.edges(given.dependencies(), id -> holders.getOrDefault(id, id)));
            answers.add(new Enqueued(job.id, true, job.state));
        }
        return Answer.accepted(answers);
    }
    // guide: end insert

    // ---- claim

    @Override
    public Claimed claim(ClaimRequest request) {
        return call(step -> {
            List<ClaimedJob> claimed = new ArrayList<>();
            List<ClaimSlot> free = new ArrayList<>();
            for (ClaimSlot slot : request.slots()) {
                Optional<Row> held = jobs.running(slot.token());
                if (held.isPresent()) {
                    claimed.add(claimed(held.get()));
                } else if (jobs.attempt(slot.token()).isEmpty()) {
                    free.add(slot);
                }
            }
            List<Row> ready = jobs.ready(request.selector(), free.size() + 1);
            int taken = Math.min(free.size(), ready.size());
            for (int i = 0; i < taken; i++) {
                claimed.add(start(step, ready.get(i), free.get(i)));
            }
            Optional<Duration> nextDue = jobs.nextDue(request.selector()).map(due -> Duration.between(step.now, due));
            return new Claimed(claimed, ready.size() > taken, nextDue);
        });
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        return call(step -> {
            Row job = jobs.get(id).orElse(null);
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, id);
            }
            if (slot.token().equals(job.token)) {
                return Answer.accepted(claimed(job));
            }
            if (job.state != JobState.READY || jobs.attempt(slot.token()).isPresent()) {
                return Answer.refused(Reason.NOT_PENDING, id, job.state);
            }
            return jobs.paused().stream().anyMatch(scope -> scope.covers(job.pair))
                    ? Answer.refused(Reason.PAUSED, id)
                    : Answer.accepted(start(step, job, slot));
        });
    }

    private ClaimedJob start(Step step, Row job, ClaimSlot slot) {
        step.start(job, slot);
        ages.start(slot.token(), Duration.ZERO);
        return claimed(job);
    }

    /** The running attempt of a job as its worker gets it. */
    private ClaimedJob claimed(Row job) {
        boolean resultsIncluded = jobs.resultBytes(job) <= ClaimedJob.MAX_RESULTS;
        return new ClaimedJob(
                job.definition(),
                requireNonNull(job.token),
                job.attempts,
                jobs.outcomes(job, resultsIncluded),
                resultsIncluded);
    }

    // ---- calls by token

    // guide: begin finish
    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return each(requests, (step, request) -> {
            Optional<Row> running = jobs.running(request.token());
            if (running.isEmpty()) {
                return Answer.accepted(repeated(request) ? TokenAnswer.DONE : notRunning(request.token()));
            }
            finish(step, running.get(), request);
            Answer<List<Enqueued>> followUps = insertGraph(step, request.followUps());
            return followUps instanceof Answer.Refused<List<Enqueued>> refused
                    ? refused.cast() // takes the finish back as well
                    : Answer.accepted(TokenAnswer.DONE);
        });
    }
    // guide: end finish

    private static void finish(Step step, Row job, FinishRequest request) {
        if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
            step.endAttempt(job, Attempt.End.SUCCEEDED, null);
            step.end(job, JobState.SUCCEEDED, succeeded.result(), null);
        } else if (request.outcome() instanceof JobOutcome.Failed failed) {
            step.endAttempt(job, Attempt.End.FAILED, failed.error());
            step.retryOrFail(job, failed.error(), failed.result().orElse(null), request.jitter());
        } else if (request.outcome() instanceof JobOutcome.Released released) {
            step.endAttempt(job, Attempt.End.RELEASED, null);
            step.putBack(job, released.delay());
        }
    }

    /** Whether the attempt ended with a finish of the same kind (FIN-8). */
    private boolean repeated(FinishRequest request) {
        return endOf(request.token()).equals(Optional.of(StoreRules.endOf(request.outcome())));
    }

    private Optional<Attempt.End> endOf(JobToken token) {
        return jobs.attempt(token).flatMap(known -> known.attempt().end());
    }

    /** CANCELED if a cancel ended the attempt (CAN-3), else LOST. */
    private TokenAnswer notRunning(JobToken token) {
        return endOf(token).equals(Optional.of(Attempt.End.CANCELED))
                ? TokenAnswer.canceled(requireNonNull(
                        jobs.get(jobs.attempt(token).orElseThrow().job()).cancelReason))
                : TokenAnswer.LOST;
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return call(step -> tokens.stream().map(token -> hear(token, null)).toList());
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        return call(step -> reports.stream()
                .map(report -> hear(report.token(), report.progress()))
                .toList());
    }

    private TokenAnswer hear(JobToken token, @Nullable RawJson progress) {
        Optional<Row> running = jobs.running(token);
        if (running.isEmpty()) {
            return notRunning(token);
        }
        ages.hear(token);
        if (progress != null) {
            running.get().progress = progress;
            jobs.save(running.get());
        }
        return TokenAnswer.CONTINUE;
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return call(step -> tokens.stream()
                .map(token -> jobs.running(token).map(this::claimed))
                .toList());
    }

    @Override
    public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
        return call(step -> tokens.stream()
                .map(token -> jobs.attempt(token).map(known -> jobs.get(known.job()).id))
                .toList());
    }

    // ---- ends from outside

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return each(requests, (step, request) -> {
            Row job = jobs.get(request.id()).orElse(null);
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, request.id());
            }
            if (job.state == JobState.CANCELED) {
                return Answer.accepted(0);
            }
            if (job.state.finished()) {
                return Answer.refused(Reason.ALREADY_FINISHED, request.id(), job.state);
            }
            List<Row> canceled = request.graph() ? neededOnlyBy(job) : List.of(job);
            step.cancel(canceled, request.reason());
            return Answer.accepted(canceled.size());
        });
    }

    /** The job and every unfinished one below it whose unfinished dependents are all among these (CAN-5). */
    private List<Row> neededOnlyBy(Row root) {
        List<Row> needed = new ArrayList<>();
        Set<Long> seqs = new HashSet<>();
        List<Row> closure = jobs.closure(root, Integer.MAX_VALUE);
        for (int i = closure.size() - 1; i >= 0; i--) {
            Row job = closure.get(i);
            if (job.seq == root.seq
                    || (!job.state.finished() && seqs.containsAll(jobs.unfinishedDependents(job.seq)))) {
                needed.add(job);
                seqs.add(job.seq);
            }
        }
        return needed;
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return each(requests, (step, request) -> {
            Row job = jobs.get(request.id()).orElse(null);
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, request.id());
            }
            if (job.state == JobState.RUNNING || job.state.finished()) {
                Reason reason = job.state.finished() ? Reason.ALREADY_FINISHED : Reason.NOT_PENDING;
                return Answer.refused(reason, request.id(), job.state);
            }
            if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
                step.end(job, JobState.SUCCEEDED, succeeded.result(), null);
            } else if (request.outcome() instanceof JobOutcome.Failed failed) {
                step.end(job, JobState.FAILED, failed.result().orElse(null), failed.error());
            }
            return Answer.accepted(job.state);
        });
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return call(step -> {
            List<JobId> expired = new ArrayList<>();
            for (Row job : runningJobs()) {
                JobToken token = requireNonNull(job.token);
                Optional<Duration> timeout = job.options().timeout();
                if (ages.silence(token).compareTo(request.limit()) > 0) {
                    loseHeartbeat(step, job, request.limit());
                } else if (timeout.isPresent()
                        && ages.ran(token).compareTo(timeout.get().plus(request.limit())) > 0) {
                    JobError error = StoreRules.timedOut(timeout.get());
                    step.endAttempt(job, Attempt.End.TIMED_OUT, error);
                    step.retryOrFail(job, error, null, request.jitter());
                } else {
                    continue;
                }
                expired.add(job.id);
                if (expired.size() == request.max()) {
                    break;
                }
            }
            return new Receipt<>(expired, step.changes());
        });
    }

    private void loseHeartbeat(Step step, Row job, Duration limit) {
        JobError error = StoreRules.heartbeatLost(worker(job), limit);
        boolean recovers = StoreRules.recovers(job.options(), job.recoveries);
        step.endAttempt(job, Attempt.End.HEARTBEAT_LOST, error);
        if (recovers) {
            step.putBack(job, Duration.ZERO);
        } else {
            step.end(job, JobState.FAILED, null, error);
        }
    }

    private String worker(Row running) {
        return jobs.attempt(requireNonNull(running.token))
                .orElseThrow()
                .attempt()
                .worker();
    }

    private List<Row> runningJobs() {
        return jobs.rows("SELECT * FROM job WHERE state = 'RUNNING' ORDER BY seq", Map.of());
    }

    @Override
    public List<StaleJob> stale(Duration olderThan, int max) {
        return call(step -> runningJobs().stream()
                .map(job -> new StaleJob(job.id, job.pair.type(), worker(job), ages.silence(requireNonNull(job.token))))
                .filter(job -> job.silence().compareTo(olderThan) > 0)
                .sorted(Comparator.comparing(StaleJob::silence).reversed())
                .limit(max)
                .toList());
    }

    // ---- reads

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return call(step -> ids.stream()
                .map(id -> jobs.get(id).map(job -> stored(job, parts)))
                .toList());
    }

    private StoredJob stored(Row job, Set<Part> parts) {
        List<DependencyOutcome<RawJson>> dependencies =
                parts.contains(Part.DEPENDENCIES) ? jobs.outcomes(job, true) : List.of();
        JobStatus<RawJson> status = new JobStatus<>(
                job.id,
                job.pair.type(),
                job.pair.channel(),
                job.state,
                job.times(),
                job.failures,
                job.recoveries,
                jobs.attempts(job),
                Optional.ofNullable(job.progress),
                parts.contains(Part.RESULT) ? Optional.ofNullable(job.result) : Optional.empty(),
                Optional.ofNullable(job.error),
                Optional.ofNullable(job.cancelReason),
                dependencies);
        return new StoredJob(
                status, parts.contains(Part.DEFINITION) ? Optional.of(job.definition()) : Optional.empty());
    }

    @Override
    public Answer<Page<JobId>> dependents(JobId id, Page.Request page) {
        return call(step -> {
            Optional<Row> job = jobs.get(id);
            return job.isEmpty()
                    ? Answer.refused(Reason.NOT_FOUND, id)
                    : Answer.accepted(Pages.of(
                            jobs,
                            page,
                            "0",
                            "job WHERE seq IN (SELECT dependent FROM edge WHERE dependency = :dependency)",
                            Map.of("dependency", job.get().seq)));
        });
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        return call(step -> {
            Optional<Row> root = jobs.get(id);
            if (root.isEmpty()) {
                return Answer.refused(Reason.NOT_FOUND, id);
            }
            List<Row> closure = jobs.closure(root.get(), max + 1);
            return closure.size() > max
                    ? Answer.refused(Reason.TOO_LARGE, id, StoreRules.tooLargeMessage(id, max))
                    : Answer.accepted(closure.stream()
                            .map(job -> new JobGraph.Node(job.id, job.pair.type(), job.state, jobs.edges(job)))
                            .toList());
        });
    }

    @Override
    public Page<JobId> list(JobQuery query, Page.Request page) {
        return call(step -> {
            Map<String, Object> values = new HashMap<>();
            values.put("type", query.pair().type().toString());
            values.put("channel", query.pair().channel());
            query.state().ifPresent(state -> values.put("state", state.name()));
            String pair = "job WHERE type = :type AND channel = :channel AND finished ";
            return query.state().isPresent()
                    ? Pages.of(jobs, page, "0", pair + "IS NULL AND state = :state", values)
                    : Pages.of(jobs, page, "finished", pair + "IS NOT NULL", values);
        });
    }

    @Override
    public List<JobCount> counts() {
        return call(step -> jobs.query("""
                        SELECT type, channel, state, count(*) AS jobs FROM job WHERE finished IS NULL GROUP BY type, channel, state
                        """, Map.of())
                .map((row, context) -> new JobCount(
                        new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel")),
                        JobState.valueOf(row.getString("state")),
                        row.getLong("jobs")))
                .list());
    }

    // ---- pauses and demand

    @Override
    public void pause(PauseScope scope) {
        call(step -> jobs.pause(scope));
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return call(step -> {
            jobs.resume(scope);
            Set<PauseScope> paused = jobs.paused();
            Map<TypeChannel, Integer> ready = new HashMap<>(jobs.readyCounts());
            ready.keySet()
                    .removeIf(pair -> !scope.covers(pair) || paused.stream().anyMatch(s -> s.covers(pair)));
            return new Receipt<>(List.of(), new Changes(ready, Set.of(), List.of(), false));
        });
    }

    @Override
    public Set<PauseScope> paused() {
        return call(step -> jobs.paused());
    }

    @Override
    public void demand(List<Selector> selectors) {
        call(step -> {
            selectors.forEach(selector -> demand.put(selector, clock.nanoTime()));
            return demand.values().removeIf(noted -> sinceNoted(noted).compareTo(StoreRules.DEMAND_IS_KEPT) > 0);
        });
    }

    @Override
    public Optional<Duration> sinceDemand(TypeChannel pair) {
        return call(step -> demand.entrySet().stream()
                .filter(entry -> entry.getKey().matches(pair))
                .map(entry -> sinceNoted(entry.getValue()))
                .filter(since -> since.compareTo(StoreRules.DEMAND_IS_KEPT) <= 0)
                .min(Comparator.naturalOrder()));
    }

    private Duration sinceNoted(long noted) {
        return Duration.ofNanos(clock.nanoTime() - noted);
    }

    @Override
    public List<Boolean> ready(List<Selector> selectors) {
        return call(step -> selectors.stream()
                .map(selector -> !jobs.ready(selector, 1).isEmpty())
                .toList());
    }

    // ---- removal

    @Override
    public int prune(Duration limit, int max) {
        return call(step -> {
            int removed = 0;
            while (removed < max) {
                Optional<Row> oldest =
                        jobs.oldestRemovable(step.now.minus(limit), step.now.minus(StoreRules.CANCELED_IS_TOLD));
                if (oldest.isEmpty()) {
                    break;
                }
                jobs.remove(oldest.get().seq);
                removed++;
            }
            return removed;
        });
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        return call(step -> {
            Row root = jobs.get(id).orElse(null);
            if (root == null) {
                return Answer.refused(Reason.NOT_FOUND, id);
            }
            TreeMap<Long, Row> doomed = new TreeMap<>();
            TreeSet<Long> work = new TreeSet<>(Set.of(root.seq));
            while (!work.isEmpty()) {
                Row job = jobs.get(requireNonNull(work.pollLast()));
                Set<Long> dependents = jobs.dependents(job.seq);
                dependents.removeAll(doomed.keySet());
                boolean needed = !dependents.isEmpty();
                if (needed && job.seq != root.seq) {
                    continue;
                }
                if (needed || !job.state.finished()) {
                    Row inTheWay = needed ? jobs.get(new TreeSet<>(dependents).first()) : job;
                    return Answer.refused(
                            Reason.STILL_NEEDED,
                            inTheWay.id,
                            "job " + id + " cannot be deleted: job " + inTheWay.id
                                    + (needed ? " depends on it" : " is " + inTheWay.state));
                }
                doomed.put(job.seq, job);
                work.addAll(jobs.dependencies(job.seq));
            }
            doomed.descendingKeySet().forEach(jobs::remove);
            return Answer.accepted(doomed.size());
        });
    }

    // ---- listeners, close

    /** Every change passes through this store, so the listener is never called. */
    @Override
    public Subscription subscribe(Consumer<Changes> listener) {
        requireNonNull(listener, "listener");
        return call(step -> () -> {});
    }

    @Override
    public void close() {
        database.close();
    }

    // ---- one call at a time

    // guide: begin each
    /** One transaction; an item that is refused is taken back alone. */
    private <I, A extends Answer<?>> Receipt<A> each(List<I> items, BiFunction<Step, I, A> answer) {
        return call(all -> {
            List<A> answers = new ArrayList<>(items.size());
            for (I item : items) {
                database.handle().savepoint("item");
                Step step = new Step(jobs, all.now);
                A given = answer.apply(step, item);
                if (given instanceof Answer.Refused) {
                    database.handle().rollbackToSavepoint("item");
                } else {
                    database.handle().releaseSavepoint("item");
                    all.merge(step);
                }
                answers.add(given);
            }
            return new Receipt<>(answers, all.changes());
        });
    }

    private <T> T call(Function<Step, T> body) {
        Set<JobToken> over = new HashSet<>();
        return database.inTransaction(
                () -> {
                    Step step = new Step(jobs, clock.now().truncatedTo(ChronoUnit.MILLIS));
                    jobs.promote(step.now); // due jobs are READY for every call: DEQ-14
                    T answer = body.apply(step);
                    over.addAll(step.over());
                    return answer;
                },
                () -> ages.forget(over)); // not before it is certain that these attempts have ended
    }
    // guide: end each
}
