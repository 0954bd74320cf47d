package dev.jobqueue.postgres;

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
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.signal.Signals;
import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.postgres.sql.Session;
import dev.jobqueue.postgres.store.Settings;
import dev.jobqueue.postgres.store.SharedStore;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.spi.Traits.Capability;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The queue over the shared store, and writers beside it. */
final class SharedJobQueue implements PostgresJobQueue {
    /** A transaction of a caller: nothing is combined, nobody waits on it. */
    private static final Traits WRITER = new Traits(
            Set.of(Capability.SHARED, Capability.TRANSACTIONAL), PostgresJobStore.MAX_BATCH, Optional.empty(), false);

    private final JobQueue queue;
    private final Database database;
    private final PostgresQueueOptions options;

    SharedJobQueue(JobQueue queue, Database database, PostgresQueueOptions options) {
        this.queue = queue;
        this.database = database;
        this.options = options;
    }

    @Override
    public JobWriter in(Connection connection) {
        Session session = database.in(connection);
        Signals signals = options.notification() == Notification.IN_TRANSACTION
                ? new Signals(session.read(handle -> Signals.channel(handle, options.schema())), "")
                : null;
        JobStore store = new SharedStore(session, new Settings(WRITER, false, signals, null, null), 0);
        return new Writer(JobQueue.on(store, options.queue()));
    }

    private record Writer(JobQueue queue) implements JobWriter {
        @Override
        public Enqueued enqueue(JobRequest<?, ?> request) {
            return queue.enqueue(request);
        }

        @Override
        public List<Enqueued> enqueueAll(List<? extends JobRequest<?, ?>> requests) {
            return queue.enqueueAll(requests);
        }

        @Override
        public TokenAnswer finish(JobToken token, JobOutcome outcome, List<? extends JobRequest<?, ?>> followUps) {
            return queue.finish(token, outcome, followUps);
        }

        @Override
        public void cancel(JobId id, String reason) {
            queue.cancel(id, reason);
        }

        @Override
        public int cancelGraph(JobId id, String reason) {
            return queue.cancelGraph(id, reason);
        }
    }

    // ---- all else as it is

    @Override
    public QueueOptions options() {
        return queue.options();
    }

    @Override
    public Enqueued enqueue(JobRequest<?, ?> request) {
        return queue.enqueue(request);
    }

    @Override
    public List<Enqueued> enqueueAll(List<? extends JobRequest<?, ?>> requests) {
        return queue.enqueueAll(requests);
    }

    @Override
    public List<RunningJob<RawJson, RawJson>> dequeueBatch(DequeueRequest request) throws InterruptedException {
        return queue.dequeueBatch(request);
    }

    @Override
    public CompletableFuture<List<RunningJob<RawJson, RawJson>>> dequeueAsync(DequeueRequest request) {
        return queue.dequeueAsync(request);
    }

    @Override
    public <A, R> RunningJob<A, R> dequeue(JobType<A, R> type, JobId id) {
        return queue.dequeue(type, id);
    }

    @Override
    public Optional<RunningJob<RawJson, RawJson>> running(JobToken token) {
        return queue.running(token);
    }

    @Override
    public Optional<JobId> jobOf(JobToken token) {
        return queue.jobOf(token);
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return queue.heartbeat(tokens);
    }

    @Override
    public TokenAnswer report(JobToken token, RawJson progress) {
        return queue.report(token, progress);
    }

    @Override
    public TokenAnswer finish(JobToken token, JobOutcome outcome, List<? extends JobRequest<?, ?>> followUps) {
        return queue.finish(token, outcome, followUps);
    }

    @Override
    public List<TokenAnswer> finishAll(Map<JobToken, JobOutcome> outcomes) {
        return queue.finishAll(outcomes);
    }

    @Override
    public List<FinishAnswer> finishAll(List<JobFinish> finishes) {
        return queue.finishAll(finishes);
    }

    @Override
    public List<StaleJob> stale(Duration olderThan) {
        return queue.stale(olderThan);
    }

    @Override
    public void cancel(JobId id, String reason) {
        queue.cancel(id, reason);
    }

    @Override
    public int cancelGraph(JobId id, String reason) {
        return queue.cancelGraph(id, reason);
    }

    @Override
    public void finishPending(JobId id, JobOutcome outcome) {
        queue.finishPending(id, outcome);
    }

    @Override
    public TypeName jobType(JobId id) {
        return queue.jobType(id);
    }

    @Override
    public <A> Job<A> job(JobType<A, ?> type, JobId id) {
        return queue.job(type, id);
    }

    @Override
    public Job<RawJson> job(JobId id) {
        return queue.job(id);
    }

    @Override
    public <R> JobStatus<R> status(JobType<?, R> type, JobId id) {
        return queue.status(type, id);
    }

    @Override
    public JobStatus<RawJson> status(JobId id) {
        return queue.status(id);
    }

    @Override
    public <R> Optional<JobStatus<R>> await(JobType<?, R> type, JobId id, Duration timeout)
            throws InterruptedException {
        return queue.await(type, id, timeout);
    }

    @Override
    public Optional<JobStatus<RawJson>> await(JobId id, Duration timeout) throws InterruptedException {
        return queue.await(id, timeout);
    }

    @Override
    public JobGraph graph(JobId id) {
        return queue.graph(id);
    }

    @Override
    public Page<JobId> dependents(JobId id, Page.Request page) {
        return queue.dependents(id, page);
    }

    @Override
    public Page<JobStatus<RawJson>> list(JobQuery query, Page.Request page) {
        return queue.list(query, page);
    }

    @Override
    public List<JobCount> counts() {
        return queue.counts();
    }

    @Override
    public Explanation explain(JobId id) {
        return queue.explain(id);
    }

    @Override
    public void pause(PauseScope scope) {
        queue.pause(scope);
    }

    @Override
    public void resume(PauseScope scope) {
        queue.resume(scope);
    }

    @Override
    public Set<PauseScope> paused() {
        return queue.paused();
    }

    @Override
    public List<JobId> expire(int max) {
        return queue.expire(max);
    }

    @Override
    public int prune(Duration olderThan, int max) {
        return queue.prune(olderThan, max);
    }

    @Override
    public int delete(JobId id) {
        return queue.delete(id);
    }

    @Override
    public void wake() {
        queue.wake();
    }

    @Override
    public void close() {
        queue.close();
    }
}
