package dev.jobqueue.testkit.broken;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** One of several openings of one store: the smallest one that is shared, though between openings of one process only. */
class SharedJobStore extends DelegatingJobStore {
    private record Listener(SharedJobStore opening, Consumer<Changes> told) {}

    /** What all openings have in common. */
    static final class Data {
        private final JobStore store;
        private final List<Listener> listeners = new CopyOnWriteArrayList<>();

        Data(JobStore store) {
            this.store = store;
        }
    }

    private final Data data;
    private volatile boolean closed;

    SharedJobStore(Data data) {
        super(data.store);
        this.data = data;
    }

    /** Which of these changes the other openings are told. */
    Changes toOthers(Changes changes) {
        return changes;
    }

    private <T> Receipt<T> told(Receipt<T> receipt) {
        Changes changes = toOthers(receipt.changes());
        data.listeners.stream()
                .filter(listener -> listener.opening != this)
                .forEach(listener -> listener.told.accept(changes));
        return receipt;
    }

    @Override
    public Traits traits() {
        Traits traits = super.traits();
        Duration pollInterval = Duration.ofMillis(20);
        return new Traits(Set.of(Capability.SHARED), traits.maxBatch(), Optional.of(pollInterval), traits.combine());
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        requireOpen();
        return told(super.insert(graphs));
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return told(super.finish(requests));
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return told(super.cancel(requests));
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return told(super.finishPending(requests));
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return told(super.expire(request));
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return told(super.resume(scope));
    }

    @Override
    public Subscription subscribe(Consumer<Changes> told) {
        Listener listener = new Listener(this, told);
        data.listeners.add(listener);
        return () -> data.listeners.remove(listener);
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        requireOpen();
        return super.claim(request);
    }

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        requireOpen();
        return super.find(ids, parts);
    }

    @Override
    public List<JobCount> counts() {
        requireOpen();
        return super.counts();
    }

    /** The data stay open for others, and so do not tell. */
    private void requireOpen() {
        if (closed) {
            throw new JobQueueException.Closed();
        }
    }

    /** The other openings go on. */
    @Override
    public void close() {
        closed = true;
        data.listeners.removeIf(listener -> listener.opening == this);
    }
}
