package dev.jobqueue.fs.engine;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.RealDisk;
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
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** The store in a directory: hands each call to the writer and reads bytes for its answer. */
public final class DirectoryStore implements JobStore {
    private static final Traits TRAITS = new Traits(Set.of(Traits.Capability.DURABLE), 10_000, Optional.empty(), false);

    private final Engine engine;
    private final Writer writer;
    private final JobReader reader;
    private final Demand demand;
    private final SpareBlock spareBlock = new SpareBlock();
    private final ReentrantLock closing = new ReentrantLock();
    private volatile boolean closed;

    private DirectoryStore(Engine engine, Demand demand) {
        this.engine = engine;
        this.writer = engine.writer;
        this.reader = engine.reader;
        this.demand = demand;
    }

    /**
     * Opens a directory, which is made if it does not exist.
     *
     * @throws JobQueueException.StoreUnavailable if it cannot be used, or another queue has it open
     * @throws JobQueueException.Corrupt if it is damaged
     */
    public static DirectoryStore open(Path directory, Settings settings) {
        try {
            return open(RealDisk.take(directory), settings);
        } catch (IOException e) {
            throw Engine.unavailable(e);
        }
    }

    /** Opens a directory through any way to files; for tests. */
    public static DirectoryStore open(Disk disk, Settings settings) {
        try {
            return new DirectoryStore(Engine.open(disk, settings), new Demand(settings.clock()));
        } catch (IOException e) {
            throw Engine.unavailable(e);
        }
    }

    /** The parts; for tests. */
    Engine engine() {
        return engine;
    }

    /** Writes a checkpoint and compacts, now; for tests. */
    public void upkeepNow() throws IOException {
        engine.upkeepNow();
    }

    /** All that is kept in memory, as text in enqueue order; for tests. */
    public String dump() {
        return Look.ask(writer, core -> Dump.of(core.index));
    }

    @Override
    public Traits traits() {
        return TRAITS;
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        return InsertOperation.call(writer, reader, spareBlock, graphs);
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return ClaimOperation.call(writer, reader, request);
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        return ClaimJobOperation.call(writer, reader, id, slot);
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return FinishOperation.call(writer, reader, requests);
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return AliveOperation.heartbeat(writer, reader, tokens);
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        return AliveOperation.report(writer, reader, reports);
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return CancelOperation.call(writer, requests);
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return PendingFinishOperation.call(writer, requests);
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return ExpireOperation.call(writer, request);
    }

    @Override
    public List<StaleJob> stale(Duration olderThan, int max) {
        return Look.ask(writer, core -> Questions.stale(core, olderThan, max));
    }

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return Look.ask(
                writer,
                core -> Questions.find(core, ids, parts),
                found -> found.stream()
                        .map(snapshot -> snapshot.map(s -> reader.stored(s, parts)))
                        .toList());
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return Look.ask(
                writer,
                core -> Questions.running(core, tokens),
                found -> found.stream()
                        .map(claim -> claim.map(c -> reader.claimed(List.of(c)).get(0)))
                        .toList());
    }

    @Override
    public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
        return Look.ask(writer, core -> Questions.jobsOf(core, tokens));
    }

    @Override
    public Answer<Page<JobId>> dependents(JobId id, Page.Request page) {
        return Look.ask(writer, core -> Questions.dependents(core, id, page));
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        Answer<List<Questions.Node>> answer = Look.ask(writer, core -> Questions.closure(core, id, max));
        if (answer instanceof Answer.Accepted<List<Questions.Node>> accepted) {
            return Answer.accepted(
                    accepted.value().stream().map(Questions.Node::read).toList());
        }
        return ((Answer.Refused<List<Questions.Node>>) answer).cast();
    }

    @Override
    public Page<JobId> list(JobQuery query, Page.Request page) {
        return Look.ask(writer, core -> Questions.list(core, query, page));
    }

    @Override
    public List<JobCount> counts() {
        return Look.ask(writer, Questions::counts);
    }

    @Override
    public void pause(PauseScope scope) {
        PauseOperation.pause(writer, scope);
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return PauseOperation.resume(writer, scope);
    }

    @Override
    public Set<PauseScope> paused() {
        return Look.ask(writer, core -> Set.copyOf(core.index.paused()));
    }

    @Override
    public void demand(List<Selector> selectors) {
        requireOpen();
        demand.note(selectors);
    }

    @Override
    public Optional<Duration> sinceDemand(TypeChannel pair) {
        requireOpen();
        return demand.since(pair);
    }

    private void requireOpen() {
        if (closed) {
            throw new JobQueueException.Closed();
        }
    }

    @Override
    public List<Boolean> ready(List<Selector> selectors) {
        List<List<TypeChannel>> keys = new ArrayList<>(selectors.size());
        selectors.forEach(selector -> keys.add(Matching.keys(selector)));
        return Look.ask(writer, core -> Questions.ready(core, selectors, keys));
    }

    @Override
    public int prune(Duration limit, int max) {
        return PruneOperation.call(writer, limit, max);
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        return DeleteOperation.call(writer, id);
    }

    /** Never calls the listener: every change passes through this process. */
    @Override
    public Subscription subscribe(Consumer<Changes> listener) {
        requireOpen();
        return () -> {};
    }

    @Override
    public void close() {
        closing.lock();
        try {
            if (!closed) {
                closed = true;
                engine.close();
            }
        } finally {
            closing.unlock();
        }
    }
}
