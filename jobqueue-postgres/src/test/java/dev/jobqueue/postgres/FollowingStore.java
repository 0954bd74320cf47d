package dev.jobqueue.postgres;

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
import dev.jobqueue.testkit.DelegatingJobStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A store whose server is told the time of the test's clock before each call. */
final class FollowingStore extends DelegatingJobStore {
    private final TestClock clock;

    FollowingStore(JobStore store, TestClock clock) {
        super(store);
        this.clock = clock;
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        clock.follow();
        return super.insert(graphs);
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        clock.follow();
        return super.claim(request);
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        clock.follow();
        return super.claim(id, slot);
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        clock.follow();
        return super.finish(requests);
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        clock.follow();
        return super.heartbeat(tokens);
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        clock.follow();
        return super.report(reports);
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        clock.follow();
        return super.cancel(requests);
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        clock.follow();
        return super.finishPending(requests);
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        clock.follow();
        return super.expire(request);
    }

    @Override
    public List<StaleJob> stale(Duration olderThan, int max) {
        clock.follow();
        return super.stale(olderThan, max);
    }

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        clock.follow();
        return super.find(ids, parts);
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        clock.follow();
        return super.running(tokens);
    }

    @Override
    public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
        clock.follow();
        return super.jobsOf(tokens);
    }

    @Override
    public Answer<Page<JobId>> dependents(JobId id, Page.Request page) {
        clock.follow();
        return super.dependents(id, page);
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        clock.follow();
        return super.closure(id, max);
    }

    @Override
    public Page<JobId> list(JobQuery query, Page.Request page) {
        clock.follow();
        return super.list(query, page);
    }

    @Override
    public List<JobCount> counts() {
        clock.follow();
        return super.counts();
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        clock.follow();
        return super.resume(scope);
    }

    @Override
    public void demand(List<Selector> selectors) {
        clock.follow();
        super.demand(selectors);
    }

    @Override
    public Optional<Duration> sinceDemand(TypeChannel pair) {
        clock.follow();
        return super.sinceDemand(pair);
    }

    @Override
    public List<Boolean> ready(List<Selector> selectors) {
        clock.follow();
        return super.ready(selectors);
    }

    @Override
    public int prune(Duration limit, int max) {
        clock.follow();
        return super.prune(limit, max);
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        clock.follow();
        return super.delete(id);
    }
}
