package dev.jobqueue.testkit;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
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
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Forwards every call to another store: the base for stores that differ from it in a few calls, as those broken on purpose that the kit is tested with.
 *
 * <p>As thread-safe as the other store.
 */
public class DelegatingJobStore implements JobStore {
    private final JobStore delegate;

    /** Forwards to this store, and closes it when closed. */
    public DelegatingJobStore(JobStore delegate) {
        this.delegate = requireNonNull(delegate, "delegate");
    }

    /** The store that calls go to. */
    protected final JobStore delegate() {
        return delegate;
    }

    @Override
    public Traits traits() {
        return delegate.traits();
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        return delegate.insert(graphs);
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return delegate.claim(request);
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        return delegate.claim(id, slot);
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return delegate.finish(requests);
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return delegate.heartbeat(tokens);
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        return delegate.report(reports);
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return delegate.cancel(requests);
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return delegate.finishPending(requests);
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return delegate.expire(request);
    }

    @Override
    public List<StaleJob> stale(Duration olderThan, int max) {
        return delegate.stale(olderThan, max);
    }

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return delegate.find(ids, parts);
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return delegate.running(tokens);
    }

    @Override
    public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
        return delegate.jobsOf(tokens);
    }

    @Override
    public Answer<Page<JobId>> dependents(JobId id, Page.Request page) {
        return delegate.dependents(id, page);
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        return delegate.closure(id, max);
    }

    @Override
    public Page<JobId> list(JobQuery query, Page.Request page) {
        return delegate.list(query, page);
    }

    @Override
    public List<JobCount> counts() {
        return delegate.counts();
    }

    @Override
    public void pause(PauseScope scope) {
        delegate.pause(scope);
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return delegate.resume(scope);
    }

    @Override
    public Set<PauseScope> paused() {
        return delegate.paused();
    }

    @Override
    public void demand(List<Selector> selectors) {
        delegate.demand(selectors);
    }

    @Override
    public Optional<Duration> sinceDemand(TypeChannel pair) {
        return delegate.sinceDemand(pair);
    }

    @Override
    public List<Boolean> ready(List<Selector> selectors) {
        return delegate.ready(selectors);
    }

    @Override
    public int prune(Duration limit, int max) {
        return delegate.prune(limit, max);
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        return delegate.delete(id);
    }

    @Override
    public Subscription subscribe(Consumer<Changes> listener) {
        return delegate.subscribe(listener);
    }

    @Override
    public void close() {
        delegate.close();
    }
}
