package dev.jobqueue.internal;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Explanation;
import dev.jobqueue.FinishAnswer;
import dev.jobqueue.Job;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobFinish;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The queue over any store: checks arguments, combines and repeats calls, lets threads and futures wait, decodes, and turns refusals into exceptions. */
public final class StoreJobQueue implements JobQueue {
    private static final Logger LOG = LoggerFactory.getLogger(StoreJobQueue.class);
    private static final int MAX_GRAPH = 1_000_000;

    private final JobStore store;
    private final QueueOptions options;
    private final Checks checks;
    private final Waiters waiters;
    private final EndWaiters endWaiters = new EndWaiters();
    private final JobStore.Subscription subscription;
    private final @Nullable Poller poller;
    private final AtomicBoolean closed = new AtomicBoolean();

    private final Combiner<List<NewJob>, Answer<List<Enqueued>>> inserts;
    private final Combiner<FinishRequest, Answer<TokenAnswer>> finishes;
    private final Combiner<CancelRequest, Answer<Integer>> cancels;
    private final Combiner<JobToken, TokenAnswer> heartbeats;
    private final Combiner<ProgressReport, TokenAnswer> reports;

    /** See {@link JobQueue#on(JobStore, QueueOptions)}. */
    public StoreJobQueue(JobStore store, QueueOptions options) {
        this.store = store;
        this.options = options;
        checks = new Checks(options);
        waiters = new Waiters(store, System::nanoTime, Combiner.GATHER, this::release);
        inserts = combiner(StoreJobQueue::weight, graphs -> announced(() -> store.insert(graphs)));
        finishes = combiner(StoreJobQueue::weight, all -> announced(() -> store.finish(all)));
        cancels = combiner(request -> 100, all -> announced(() -> store.cancel(all)));
        heartbeats = combiner(token -> 100, store::heartbeat);
        reports = combiner(report -> report.progress().size(), store::report);
        subscription = store.subscribe(this::changed);
        poller = store.traits()
                .pollInterval()
                .map(interval -> new Poller(store, interval, waiters, endWaiters))
                .orElse(null);
    }

    private <I, O> Combiner<I, O> combiner(ToLongFunction<I> weigher, Function<List<I>, List<O>> call) {
        Traits traits = store.traits();
        return new Combiner<>(traits.combine(), traits.maxBatch(), weigher, Combiner.PATIENCE, Combiner.GATHER, call);
    }

    private static long weight(List<NewJob> graph) {
        long weight = 0;
        for (NewJob job : graph) {
            weight += 200
                    + job.job().args().size()
                    + 50L * job.job().dependencies().size();
        }
        return weight;
    }

    private static long weight(FinishRequest request) {
        long result = request.outcome() instanceof JobOutcome.Succeeded succeeded
                ? succeeded.result().size()
                : 1_000;
        return 100 + result + weight(request.followUps());
    }

    /** What an unknown outcome has changed comes in no receipt, also not in that of the call that settles it: then everybody looks (DEQ-5, QRY-6). */
    private <T> List<T> announced(Supplier<Receipt<T>> call) {
        Receipt<T> receipt;
        try {
            receipt = call.get();
        } catch (JobQueueException.OutcomeUnknown e) {
            changed(Changes.ANYTHING);
            throw e;
        }
        changed(receipt.changes());
        return receipt.items();
    }

    private void changed(Changes changes) {
        waiters.changed(changes);
        endWaiters.changed(changes);
    }

    @Override
    public QueueOptions options() {
        return options;
    }

    // ---- enqueue

    @Override
    public Enqueued enqueue(JobRequest<?, ?> request) {
        return enqueueAll(List.of(request)).get(0);
    }

    @Override
    public List<Enqueued> enqueueAll(List<? extends JobRequest<?, ?>> requests) {
        requireOpen();
        if (requests.isEmpty()) {
            return List.of();
        }
        List<NewJob> graph = checks.graph(requests);
        List<JobId> ids = graph.size() == 1 ? List.of(graph.get(0).job().id()) : idsOf(graph);
        Answer<List<Enqueued>> answer = Answers.settleable(
                ids, List.of(), () -> inserts.call(List.of(graph)).get(0));
        return inOrderOf(requests, graph, Answers.valueOf(answer));
    }

    private static List<JobId> idsOf(List<NewJob> graph) {
        List<JobId> ids = new ArrayList<>(graph.size());
        graph.forEach(job -> ids.add(job.job().id()));
        return ids;
    }

    private static List<Enqueued> inOrderOf(
            List<? extends JobRequest<?, ?>> requests, List<NewJob> graph, List<Enqueued> enqueued) {
        if (inSameOrder(requests, graph)) {
            return enqueued;
        }
        Map<JobId, Enqueued> byId = new HashMap<>(graph.size() * 2);
        for (int i = 0; i < graph.size(); i++) {
            byId.put(graph.get(i).job().id(), enqueued.get(i));
        }
        List<Enqueued> ordered = new ArrayList<>(requests.size());
        for (JobRequest<?, ?> request : requests) {
            ordered.add(byId.get(request.id()));
        }
        return ordered;
    }

    private static boolean inSameOrder(List<? extends JobRequest<?, ?>> requests, List<NewJob> graph) {
        for (int i = 0; i < graph.size(); i++) {
            if (!graph.get(i).job().id().equals(requests.get(i).id())) {
                return false;
            }
        }
        return true;
    }

    // ---- dequeue

    @Override
    public List<RunningJob<RawJson, RawJson>> dequeueBatch(DequeueRequest request) throws InterruptedException {
        requireOpen();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        String worker = workerOf(request);
        boolean once = request.timeout()
                .map(timeout -> timeout.isZero() || timeout.isNegative())
                .orElse(false);
        return running(once ? waiters.takeNow(request, worker) : waiters.take(request, worker));
    }

    @Override
    public CompletableFuture<List<RunningJob<RawJson, RawJson>>> dequeueAsync(DequeueRequest request) {
        return waiters.takeAsync(request, workerOf(request), this::running);
    }

    private String workerOf(DequeueRequest request) {
        return request.worker().orElse(options.worker());
    }

    private List<RunningJob<RawJson, RawJson>> running(List<Taken> jobs) {
        List<RunningJob<RawJson, RawJson>> running = new ArrayList<>(jobs.size());
        jobs.forEach(taken -> running.add(StoreRunningJob.of(this, taken.job(), OptionalLong.of(taken.sentNanos()))));
        return running;
    }

    @Override
    public <A, R> RunningJob<A, R> dequeue(JobType<A, R> type, JobId id) {
        type.requireCovers(id, jobType(id));
        ClaimSlot slot = new ClaimSlot(JobToken.create(), options.worker());
        OptionalLong sent = OptionalLong.of(System.nanoTime());
        Answer<ClaimedJob> answer;
        try {
            answer = store.claim(id, slot);
        } catch (JobQueueException.OutcomeUnknown e) {
            answer = Answers.settleable(List.of(id), List.of(slot.token()), () -> store.claim(id, slot));
        }
        return StoreRunningJob.of(this, Answers.valueOf(answer), sent).as(type);
    }

    /** Gives back jobs that nobody took. */
    private void release(List<ClaimedJob> jobs) {
        List<FinishRequest> requests = new ArrayList<>(jobs.size());
        for (ClaimedJob job : jobs) {
            requests.add(new FinishRequest(job.token(), new JobOutcome.Released(Duration.ZERO), 0, List.of()));
        }
        try {
            finishes.call(requests);
        } catch (JobQueueException e) {
            LOG.warn("{} jobs could not be released; their heartbeats will end the attempts", jobs.size(), e);
        }
    }

    // ---- running jobs

    @Override
    public Optional<RunningJob<RawJson, RawJson>> running(JobToken token) {
        requireOpen();
        return store.running(List.of(token)).get(0).map(job -> StoreRunningJob.of(this, job, OptionalLong.empty()));
    }

    @Override
    public Optional<JobId> jobOf(JobToken token) {
        requireOpen();
        return store.jobsOf(List.of(token)).get(0);
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        requireOpen();
        Checks.list(tokens.size(), "tokens");
        return tokens.isEmpty() ? List.of() : heartbeats.call(tokens);
    }

    @Override
    public TokenAnswer report(JobToken token, RawJson progress) {
        requireOpen();
        ProgressReport report = new ProgressReport(token, checks.progress(progress));
        return Answers.settleable(
                List.of(), List.of(token), () -> reports.call(List.of(report)).get(0));
    }

    @Override
    public TokenAnswer finish(JobToken token, JobOutcome outcome, List<? extends JobRequest<?, ?>> followUps) {
        requireOpen();
        List<NewJob> graph = followUps.isEmpty() ? List.of() : checks.graph(followUps);
        FinishRequest request = new FinishRequest(token, checks.outcome(outcome), jitter(), graph);
        return Answers.valueOf(Answers.settleable(
                idsOf(graph),
                List.of(token),
                () -> finishes.call(List.of(request)).get(0)));
    }

    @Override
    public List<TokenAnswer> finishAll(Map<JobToken, JobOutcome> outcomes) {
        requireOpen();
        Checks.list(outcomes.size(), "outcomes");
        List<FinishRequest> requests = new ArrayList<>(outcomes.size());
        outcomes.forEach((token, outcome) ->
                requests.add(new FinishRequest(token, checks.outcome(outcome), jitter(), List.of())));
        if (requests.isEmpty()) {
            return List.of();
        }
        List<TokenAnswer> answers = new ArrayList<>(requests.size());
        Answers.settleable(List.of(), List.copyOf(outcomes.keySet()), () -> finishes.call(requests))
                .forEach(answer -> answers.add(Answers.valueOf(answer)));
        return answers;
    }

    @Override
    public List<FinishAnswer> finishAll(List<JobFinish> all) {
        requireOpen();
        Checks.list(all.size(), "finishes");
        List<FinishRequest> requests = new ArrayList<>(all.size());
        List<JobToken> tokens = new ArrayList<>(all.size());
        List<JobId> ids = new ArrayList<>();
        for (JobFinish finish : all) {
            List<NewJob> graph = finish.followUps().isEmpty() ? List.of() : checks.graph(finish.followUps());
            requests.add(new FinishRequest(finish.token(), checks.outcome(finish.outcome()), jitter(), graph));
            tokens.add(finish.token());
            ids.addAll(idsOf(graph));
        }
        if (requests.isEmpty()) {
            return List.of();
        }
        List<FinishAnswer> answers = new ArrayList<>(requests.size());
        Answers.settleable(ids, tokens, () -> finishes.call(requests))
                .forEach(answer -> answers.add(finishAnswer(answer)));
        return answers;
    }

    private static FinishAnswer finishAnswer(Answer<TokenAnswer> answer) {
        try {
            return FinishAnswer.of(Answers.valueOf(answer));
        } catch (JobQueueException.Refused e) {
            return FinishAnswer.refused(e);
        }
    }

    private static double jitter() {
        return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public List<StaleJob> stale(Duration olderThan) {
        requireOpen();
        return store.stale(Checks.age(olderThan), 10_000);
    }

    // ---- cancel and end from outside

    @Override
    public void cancel(JobId id, String reason) {
        cancel(new CancelRequest(id, Checks.cancelReason(reason), false));
    }

    @Override
    public int cancelGraph(JobId id, String reason) {
        return cancel(new CancelRequest(id, Checks.cancelReason(reason), true));
    }

    private int cancel(CancelRequest request) {
        requireOpen();
        return Answers.valueOf(Answers.settleable(
                List.of(request.id()),
                List.of(),
                () -> cancels.call(List.of(request)).get(0)));
    }

    @Override
    public void finishPending(JobId id, JobOutcome outcome) {
        requireOpen();
        PendingFinish request = new PendingFinish(id, checks.finalOutcome(outcome));
        Answers.valueOf(Answers.settleable(
                List.of(id),
                List.of(),
                () -> announced(() -> store.finishPending(List.of(request))).get(0)));
    }

    // ---- reading

    @Override
    public TypeName jobType(JobId id) {
        return find(id, Set.of()).status().type();
    }

    @Override
    public <A> Job<A> job(JobType<A, ?> type, JobId id) {
        Job<RawJson> raw = job(id);
        type.requireCovers(id, raw.type());
        return new Job<>(id, raw.type(), type.decodeArgs(raw.args()), raw.dependencies(), raw.options());
    }

    @Override
    public Job<RawJson> job(JobId id) {
        return find(id, Set.of(Part.DEFINITION)).definition().orElseThrow();
    }

    @Override
    public <R> JobStatus<R> status(JobType<?, R> type, JobId id) {
        return typed(type, status(id));
    }

    @Override
    public JobStatus<RawJson> status(JobId id) {
        return find(id, Set.of(Part.RESULT, Part.DEPENDENCIES)).status();
    }

    private static <R> JobStatus<R> typed(JobType<?, R> type, JobStatus<RawJson> raw) {
        type.requireCovers(raw.id(), raw.type());
        return raw.withResult(raw.result().flatMap(json -> Optional.ofNullable(type.decodeResult(json))));
    }

    @Override
    public <R> Optional<JobStatus<R>> await(JobType<?, R> type, JobId id, Duration timeout)
            throws InterruptedException {
        type.requireCovers(id, jobType(id));
        return await(id, timeout).map(status -> typed(type, status));
    }

    @Override
    public Optional<JobStatus<RawJson>> await(JobId id, Duration timeout) throws InterruptedException {
        return endWaiters
                .await(
                        id,
                        timeout,
                        () -> Optional.of(find(id, Set.of()))
                                .filter(job -> job.status().state().finished()))
                .map(job -> status(id));
    }

    @Override
    public JobGraph graph(JobId id) {
        requireOpen();
        return Graphs.of(id, Answers.valueOf(store.closure(id, MAX_GRAPH)));
    }

    @Override
    public Page<JobId> dependents(JobId id, Page.Request page) {
        requireOpen();
        return Answers.valueOf(store.dependents(id, page));
    }

    @Override
    public Page<JobStatus<RawJson>> list(JobQuery query, Page.Request page) {
        requireOpen();
        Page<JobId> ids = store.list(query, page);
        List<JobStatus<RawJson>> statuses = new ArrayList<>(ids.items().size());
        store.find(ids.items(), Set.of(Part.RESULT))
                .forEach(found -> found.ifPresent(job -> statuses.add(job.status())));
        return new Page<>(statuses, ids.next());
    }

    @Override
    public List<JobCount> counts() {
        requireOpen();
        return store.counts();
    }

    @Override
    public Explanation explain(JobId id) {
        requireOpen();
        return new Explainer(store).explain(id);
    }

    /** The result of a job that is finished. */
    Optional<RawJson> result(JobId id) {
        return find(id, Set.of(Part.RESULT)).status().result();
    }

    private StoredJob find(JobId id, Set<Part> parts) {
        requireOpen();
        return store.find(List.of(id), parts).get(0).orElseThrow(() -> new JobQueueException.NotFound(id));
    }

    // ---- keeping

    @Override
    public void pause(PauseScope scope) {
        requireOpen();
        store.pause(scope);
    }

    @Override
    public void resume(PauseScope scope) {
        requireOpen();
        announced(() -> store.resume(scope));
    }

    @Override
    public Set<PauseScope> paused() {
        requireOpen();
        return store.paused();
    }

    @Override
    public List<JobId> expire(int max) {
        requireOpen();
        ExpireRequest request = new ExpireRequest(options.heartbeatLimit(), Checks.max(max), jitter());
        return announced(() -> store.expire(request));
    }

    @Override
    public int prune(Duration olderThan, int max) {
        requireOpen();
        return store.prune(Checks.age(olderThan), Checks.max(max));
    }

    @Override
    public int delete(JobId id) {
        requireOpen();
        return Answers.valueOf(store.delete(id));
    }

    @Override
    public void wake() {
        requireOpen();
        changed(Changes.ANYTHING);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new JobQueueException.Closed();
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            waiters.close();
            endWaiters.close();
            subscription.close();
            if (poller != null) {
                poller.close();
            }
        }
        store.close();
    }
}
