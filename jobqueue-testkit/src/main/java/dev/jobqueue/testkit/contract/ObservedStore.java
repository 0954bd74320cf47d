package dev.jobqueue.testkit.contract;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TokenAnswer;
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
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Notes which jobs were given to a store and which tokens it handed out, for {@link StoreCheck}; counts claims, and keeps what the last receipt says of
 * changes. Thread-safe.
 */
final class ObservedStore extends DelegatingJobStore {
    private final Set<JobId> ids;
    private final Set<JobToken> tokens;
    private final AtomicInteger claims = new AtomicInteger();
    private volatile int lastSlots;
    private volatile Changes lastChanges = Changes.NONE;
    private volatile boolean closed;

    /** Goes on with the notes of {@code before}, which was a store of the same data. */
    ObservedStore(JobStore store, @Nullable ObservedStore before) {
        super(store);
        ids = before == null ? ConcurrentHashMap.newKeySet() : before.ids;
        tokens = before == null ? ConcurrentHashMap.newKeySet() : before.tokens;
    }

    /** The jobs that may be stored. */
    Set<JobId> ids() {
        return ids;
    }

    /** The tokens that may be in force. */
    Set<JobToken> tokens() {
        return tokens;
    }

    /** How many claims by selector there were. */
    int claims() {
        return claims.get();
    }

    /** How many jobs the last claim by selector asked for. */
    int lastSlots() {
        return lastSlots;
    }

    /** What the last receipt tells waiters. */
    Changes lastChanges() {
        return lastChanges;
    }

    private <T> Receipt<T> noted(Receipt<T> receipt) {
        lastChanges = receipt.changes();
        return receipt;
    }

    boolean closed() {
        return closed;
    }

    /** The store as it came from the fixture. */
    JobStore unwrapped() {
        return delegate();
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        graphs.forEach(this::note);
        return noted(super.insert(graphs));
    }

    private void note(List<NewJob> jobs) {
        jobs.forEach(j -> ids.add(j.job().id()));
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        claims.incrementAndGet();
        lastSlots = request.slots().size();
        for (ClaimSlot slot : request.slots()) {
            tokens.add(slot.token());
        }
        return super.claim(request);
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        tokens.add(slot.token());
        return super.claim(id, slot);
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        requests.forEach(r -> note(r.followUps()));
        return noted(super.finish(requests));
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return noted(super.cancel(requests));
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return noted(super.finishPending(requests));
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return noted(super.expire(request));
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return noted(super.resume(scope));
    }

    @Override
    public void close() {
        closed = true;
        super.close();
    }
}
