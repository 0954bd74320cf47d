package dev.jobqueue.testkit.contract;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Notes which jobs were given to a store and which tokens it handed out, for {@link StoreCheck}; counts claims. Thread-safe. */
final class ObservedStore extends DelegatingJobStore {
    private final Set<JobId> ids;
    private final Set<JobToken> tokens;
    private final AtomicInteger claims = new AtomicInteger();
    private volatile int lastSlots;
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
        return super.insert(graphs);
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
        return super.finish(requests);
    }

    @Override
    public void close() {
        closed = true;
        super.close();
    }
}
