package dev.jobqueue.testkit;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobError;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
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
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store in the memory of this process: for unit tests, and the reference that the model suite compares other stores with.
 *
 * <p>Follows every rule of {@link JobStore} but keeps nothing when the process ends: it declares no capability. Made to be read, with one lock and
 * plain maps; graphs of 100,000 jobs are fine all the same. Thread-safe.
 */
public final class InMemoryJobStore implements JobStore {
    private static final Traits TRAITS = new Traits(Set.of(), 10_000, Optional.empty(), false);

    /** Everything below is guarded by it, the jobs too. */
    private final ReentrantLock lock = new ReentrantLock();

    private final StoreClock clock;
    private final MemoryJobs jobs;
    private final MemoryReads reads;

    /** When each selector was last noted, by the monotonic clock. */
    private final Map<Selector, Long> demand = new LinkedHashMap<>();

    private boolean closed;

    /** An empty store that tells the time by the clocks of this machine. */
    public InMemoryJobStore() {
        this(StoreClock.system());
    }

    /** An empty store that tells the time by this clock. */
    public InMemoryJobStore(StoreClock clock) {
        this(clock, new MemoryJobs());
    }

    private InMemoryJobStore(StoreClock clock, MemoryJobs jobs) {
        this.clock = requireNonNull(clock, "clock");
        this.jobs = jobs;
        reads = new MemoryReads(jobs);
    }

    /**
     * Closes this store and opens another one with the same jobs, as a durable store does after a restart: heartbeat ages start again at zero, the
     * running time of attempts is told by the wall clock, demand is forgotten.
     *
     * @throws JobQueueException.Closed if this store is closed already
     */
    public InMemoryJobStore reopen() {
        return call(() -> {
            closed = true;
            for (MemoryJob job : jobs.running.values()) {
                MemoryJob.Run run = runOf(job);
                Duration ran = Duration.between(run.started, now());
                run.heardNanos = clock.nanoTime();
                run.startedNanos = run.heardNanos - (ran.isNegative() ? 0 : ran.toNanos());
            }
            return new InMemoryJobStore(clock, jobs);
        });
    }

    /** Always answers, also after close. */
    @Override
    public Traits traits() {
        return TRAITS;
    }

    // ---- insert

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        return each(graphs, this::insertGraph);
    }

    private Answer<List<Enqueued>> insertGraph(MemoryStep step, List<NewJob> graph) {
        List<Enqueued> answers = new ArrayList<>(graph.size());
        Map<JobId, JobId> holders = new HashMap<>();
        for (NewJob item : graph) {
            Job<RawJson> given = item.job();
            MemoryJob stored = jobs.get(given.id());
            if (stored != null) {
                if (!StoreRules.sameContent(stored.definition, given)) {
                    return Answer.refused(Reason.INVALID, given.id(), StoreRules.otherContentMessage(given.id()));
                }
                answers.add(new Enqueued(given.id(), false, stored.state()));
                continue;
            }
            MemoryJob holder = jobs.keyHolder(given);
            if (holder != null) {
                holders.put(given.id(), holder.id());
                answers.add(new Enqueued(holder.id(), false, holder.state()));
                continue;
            }
            for (Dependency dependency : given.dependencies()) {
                if (jobs.get(dependency.id()) == null && !holders.containsKey(dependency.id())) {
                    return Answer.refused(
                            Reason.INVALID,
                            given.id(),
                            StoreRules.unknownDependencyMessage(given.id(), dependency.id()));
                }
            }
            MemoryJob job = step.add(item, StoreRules.edges(given.dependencies(), id -> holders.getOrDefault(id, id)));
            answers.add(new Enqueued(job.id(), true, job.state()));
        }
        return Answer.accepted(answers);
    }

    // ---- claim

    @Override
    public Claimed claim(ClaimRequest request) {
        return call(() -> {
            List<ClaimedJob> claimed = new ArrayList<>();
            List<ClaimSlot> free = new ArrayList<>();
            for (ClaimSlot slot : request.slots()) {
                MemoryJob held = jobs.running(slot.token());
                if (held != null) {
                    claimed.add(reads.claimed(held));
                } else if (jobs.withToken(slot.token()) == null) {
                    free.add(slot);
                }
            }
            MemoryStep step = step();
            for (ClaimSlot slot : free) {
                MemoryJob next = jobs.firstReady(request.selector());
                if (next == null) {
                    break;
                }
                step.start(next, slot);
                claimed.add(reads.claimed(next));
            }
            Optional<Duration> nextDue = jobs.scheduled.values().stream()
                    .filter(job -> request.selector().matches(job.pair))
                    .findFirst()
                    .map(job -> Duration.between(step.now, requireNonNull(job.life.due)));
            return new Claimed(claimed, jobs.firstReady(request.selector()) != null, nextDue);
        });
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        return call(() -> {
            MemoryJob job = jobs.get(id);
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, id);
            }
            if (jobs.running(slot.token()) != job) {
                if (job.state() != JobState.READY || jobs.withToken(slot.token()) != null) {
                    return Answer.refused(Reason.NOT_PENDING, id, job.state());
                }
                if (jobs.paused(job.pair)) {
                    return Answer.refused(Reason.PAUSED, id);
                }
                step().start(job, slot);
            }
            return Answer.accepted(reads.claimed(job));
        });
    }

    // ---- calls by token

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return each(requests, (step, request) -> {
            MemoryJob job = jobs.running(request.token());
            if (job == null) {
                return Answer.accepted(reads.repeated(request) ? TokenAnswer.DONE : reads.notRunning(request.token()));
            }
            finish(step, job, request);
            Answer<List<Enqueued>> followUps = insertGraph(step, request.followUps());
            return followUps instanceof Answer.Refused<List<Enqueued>> refused
                    ? refused.cast()
                    : Answer.accepted(TokenAnswer.DONE);
        });
    }

    private static void finish(MemoryStep step, MemoryJob job, FinishRequest request) {
        if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
            step.endAttempt(job, Attempt.End.SUCCEEDED, null);
            step.end(job, JobState.SUCCEEDED, succeeded.result(), null);
        } else if (request.outcome() instanceof JobOutcome.Failed failed) {
            step.endAttempt(job, Attempt.End.FAILED, failed.error());
            retryOrFail(step, job, failed.error(), failed.result().orElse(null), request.jitter());
        } else if (request.outcome() instanceof JobOutcome.Released released) {
            step.endAttempt(job, Attempt.End.RELEASED, null);
            step.putBack(job, released.delay());
        }
    }

    /** What follows a failure that is counted already (FIN-3). */
    private static void retryOrFail(
            MemoryStep step, MemoryJob job, JobError error, @Nullable RawJson result, double jitter) {
        Optional<Duration> wait = StoreRules.retryAfter(job.definition.options(), job.life.failures, error, jitter);
        if (wait.isPresent()) {
            step.putBack(job, wait.get());
        } else {
            step.end(job, JobState.FAILED, result, error);
        }
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return call(() -> tokens.stream().map(token -> hear(token, null)).toList());
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        return call(() -> reports.stream()
                .map(report -> hear(report.token(), report.progress()))
                .toList());
    }

    private TokenAnswer hear(JobToken token, @Nullable RawJson progress) {
        MemoryJob job = jobs.running(token);
        if (job == null) {
            return reads.notRunning(token);
        }
        MemoryJob.Run run = runOf(job);
        run.heardNanos = clock.nanoTime();
        if (progress != null) {
            run.progress = progress;
        }
        return TokenAnswer.CONTINUE;
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return call(() -> tokens.stream()
                .map(token -> Optional.ofNullable(jobs.running(token)).map(reads::claimed))
                .toList());
    }

    @Override
    public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
        return call(() -> tokens.stream()
                .map(token -> Optional.ofNullable(jobs.withToken(token)).map(MemoryJob::id))
                .toList());
    }

    // ---- ends from outside

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return each(requests, (step, request) -> {
            MemoryJob job = jobs.get(request.id());
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, request.id());
            }
            if (job.state() == JobState.CANCELED) {
                return Answer.accepted(0);
            }
            if (job.finished()) {
                return Answer.refused(Reason.ALREADY_FINISHED, request.id(), job.state());
            }
            Set<MemoryJob> canceled = request.graph() ? jobs.neededOnlyBy(job) : Set.of(job);
            step.cancel(canceled, request.reason());
            return Answer.accepted(canceled.size());
        });
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return each(requests, (step, request) -> {
            MemoryJob job = jobs.get(request.id());
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, request.id());
            }
            if (job.state() == JobState.RUNNING) {
                return Answer.refused(Reason.NOT_PENDING, request.id(), job.state());
            }
            if (job.finished()) {
                return Answer.refused(Reason.ALREADY_FINISHED, request.id(), job.state());
            }
            if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
                step.end(job, JobState.SUCCEEDED, succeeded.result(), null);
            } else if (request.outcome() instanceof JobOutcome.Failed failed) {
                step.end(job, JobState.FAILED, failed.result().orElse(null), failed.error());
            } else {
                throw new IllegalArgumentException("a pending job cannot be released: " + request.id());
            }
            return Answer.accepted(job.state());
        });
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return call(() -> {
            MemoryStep step = step();
            List<JobId> expired = new ArrayList<>();
            for (MemoryJob job : List.copyOf(jobs.running.values())) {
                if (expired.size() == request.max()) {
                    break;
                }
                Optional<Duration> timeout = job.definition.options().timeout();
                if (silence(job).compareTo(request.limit()) > 0) {
                    loseHeartbeat(step, job, request.limit());
                } else if (timeout.isPresent()
                        && ran(job).compareTo(timeout.get().plus(request.limit())) > 0) {
                    JobError error = StoreRules.timedOut(timeout.get());
                    step.endAttempt(job, Attempt.End.TIMED_OUT, error);
                    retryOrFail(step, job, error, null, request.jitter());
                } else {
                    continue;
                }
                expired.add(job.id());
            }
            return new Receipt<>(expired, step.changes());
        });
    }

    private static void loseHeartbeat(MemoryStep step, MemoryJob job, Duration limit) {
        JobError error = StoreRules.heartbeatLost(runOf(job).worker, limit);
        boolean recovers = StoreRules.recovers(job.definition.options(), job.life.recoveries);
        step.endAttempt(job, Attempt.End.HEARTBEAT_LOST, error);
        if (recovers) {
            step.putBack(job, Duration.ZERO);
        } else {
            step.end(job, JobState.FAILED, null, error);
        }
    }

    @Override
    public List<StaleJob> stale(Duration olderThan, int max) {
        return call(() -> jobs.running.values().stream()
                .filter(job -> silence(job).compareTo(olderThan) > 0)
                .map(job -> new StaleJob(job.id(), job.pair.type(), runOf(job).worker, silence(job)))
                .sorted(Comparator.comparing(StaleJob::silence).reversed())
                .limit(max)
                .toList());
    }

    private Duration silence(MemoryJob job) {
        return Duration.ofNanos(clock.nanoTime() - runOf(job).heardNanos);
    }

    private Duration ran(MemoryJob job) {
        return Duration.ofNanos(clock.nanoTime() - runOf(job).startedNanos);
    }

    private static MemoryJob.Run runOf(MemoryJob job) {
        return requireNonNull(job.life.run, "run");
    }

    // ---- reads

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return call(() -> ids.stream()
                .map(id -> Optional.ofNullable(jobs.get(id)).map(job -> reads.stored(job, parts)))
                .toList());
    }

    @Override
    public Answer<Page<JobId>> dependents(JobId id, Page.Request page) {
        return call(() -> {
            MemoryJob job = jobs.get(id);
            return job == null
                    ? Answer.refused(Reason.NOT_FOUND, id)
                    : Answer.accepted(MemoryReads.page(job.dependents, page));
        });
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        return call(() -> {
            MemoryJob job = jobs.get(id);
            if (job == null) {
                return Answer.refused(Reason.NOT_FOUND, id);
            }
            NavigableMap<Position, MemoryJob> closure = jobs.closure(job, max);
            return closure.size() > max
                    ? Answer.refused(Reason.TOO_LARGE, id, StoreRules.tooLargeMessage(id, max))
                    : Answer.accepted(closure.values().stream().map(reads::node).toList());
        });
    }

    @Override
    public Page<JobId> list(JobQuery query, Page.Request page) {
        return call(() -> MemoryReads.page(jobs.list(query), page));
    }

    @Override
    public List<JobCount> counts() {
        return call(() -> {
            List<JobCount> counts = new ArrayList<>();
            jobs.lists.forEach((query, list) ->
                    query.state().ifPresent(state -> counts.add(new JobCount(query.pair(), state, list.size()))));
            return counts;
        });
    }

    // ---- pauses and demand

    @Override
    public void pause(PauseScope scope) {
        call(() -> jobs.paused.add(scope));
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return call(() -> {
            jobs.paused.remove(scope);
            return new Receipt<>(List.of(), new Changes(jobs.readyCounts(scope), Set.of(), List.of(), false));
        });
    }

    @Override
    public Set<PauseScope> paused() {
        return call(() -> Set.copyOf(jobs.paused));
    }

    @Override
    public void demand(List<Selector> selectors) {
        call(() -> {
            selectors.forEach(selector -> demand.put(selector, clock.nanoTime()));
            return demand.values().removeIf(noted -> sinceNoted(noted).compareTo(StoreRules.DEMAND_IS_KEPT) > 0);
        });
    }

    @Override
    public Optional<Duration> sinceDemand(TypeChannel pair) {
        return call(() -> demand.entrySet().stream()
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
        return call(() -> selectors.stream()
                .map(selector -> jobs.firstReady(selector) != null)
                .toList());
    }

    // ---- removal

    @Override
    public int prune(Duration limit, int max) {
        return call(() -> {
            List<MemoryJob> passed = new ArrayList<>();
            int removed = 0;
            while (removed < max) {
                var oldest = jobs.removable.firstEntry();
                if (oldest == null || sinceFinish(oldest.getValue()).compareTo(limit) < 0) {
                    break;
                }
                MemoryJob job = oldest.getValue();
                if (sinceFinish(job).compareTo(StoreRules.CANCELED_IS_TOLD) < 0 && wasCanceledWhileRunning(job)) {
                    jobs.removable.remove(oldest.getKey());
                    passed.add(job);
                } else {
                    jobs.remove(job);
                    removed++;
                }
            }
            passed.forEach(jobs::putIntoOrders);
            return removed;
        });
    }

    private Duration sinceFinish(MemoryJob job) {
        return Duration.between(requireNonNull(job.life.finished), now());
    }

    private static boolean wasCanceledWhileRunning(MemoryJob job) {
        List<MemoryJob.Past> past = job.life.past;
        return !past.isEmpty() && past.get(past.size() - 1).attempt().end().equals(Optional.of(Attempt.End.CANCELED));
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        return call(() -> {
            MemoryJob root = jobs.get(id);
            if (root == null) {
                return Answer.refused(Reason.NOT_FOUND, id);
            }
            if (!root.dependents.isEmpty()) {
                JobId dependent = root.dependents.firstEntry().getValue().id();
                return Answer.refused(
                        Reason.STILL_NEEDED,
                        dependent,
                        "job " + id + " cannot be deleted: job " + dependent + " depends on it");
            }
            NavigableMap<Position, MemoryJob> deleted = new TreeMap<>();
            NavigableMap<Position, MemoryJob> work = new TreeMap<>(Map.of(root.bySeq(), root));
            while (!work.isEmpty()) {
                MemoryJob job = work.pollLastEntry().getValue();
                if (deleted.keySet().containsAll(job.dependents.keySet())) {
                    if (!job.finished()) {
                        return Answer.refused(
                                Reason.STILL_NEEDED,
                                job.id(),
                                "job " + id + " cannot be deleted: job " + job.id() + " is " + job.state());
                    }
                    deleted.put(job.bySeq(), job);
                    jobs.dependencies(job).forEach(dependency -> work.put(dependency.bySeq(), dependency));
                }
            }
            deleted.descendingMap().values().forEach(jobs::remove);
            return Answer.accepted(deleted.size());
        });
    }

    // ---- listeners, close

    /** Every change passes through this store, so the listener is never called. */
    @Override
    public Subscription subscribe(Consumer<Changes> listener) {
        requireNonNull(listener, "listener");
        return call(() -> () -> {});
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    // ---- one call at a time

    private <I, A extends Answer<?>> Receipt<A> each(List<I> items, BiFunction<MemoryStep, I, A> answer) {
        return call(() -> {
            MemoryStep all = step();
            List<A> answers = new ArrayList<>(items.size());
            for (I item : items) {
                MemoryStep step = step();
                A given = answer.apply(step, item);
                if (given instanceof Answer.Refused) {
                    step.undo();
                }
                all.merge(step);
                answers.add(given);
            }
            return new Receipt<>(answers, all.changes());
        });
    }

    private <T> T call(Supplier<T> body) {
        lock.lock();
        try {
            if (closed) {
                throw new JobQueueException.Closed();
            }
            promote();
            return body.get();
        } finally {
            lock.unlock();
        }
    }

    /** Scheduled jobs whose time has come are READY for every call (DEQ-14). */
    private void promote() {
        MemoryStep step = step();
        Position end = new Position(step.now.toEpochMilli(), Long.MAX_VALUE);
        List.copyOf(jobs.scheduled.headMap(end, true).values()).forEach(step::promote);
    }

    private MemoryStep step() {
        return new MemoryStep(jobs, now(), clock.nanoTime());
    }

    private Instant now() {
        return clock.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
