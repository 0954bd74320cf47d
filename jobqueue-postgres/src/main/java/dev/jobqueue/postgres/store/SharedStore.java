package dev.jobqueue.postgres.store;

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
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.Session;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The store in one schema of a database.
 *
 * <p>The frequent calls (enqueue of plain jobs, claim, success, heartbeat) are one statement that commits itself; the others are transactions that lock,
 * decide in memory and write. Thread-safe.
 */
public final class SharedStore implements JobStore {
    private final Session session;
    private final Settings settings;
    private final @Nullable ShortWays shortWays;
    private final Inserts inserts;
    private final Finishes finishes;
    private final Ends ends;
    private final Sweeps sweeps;

    /** Read by calls under way, so that close waits for them. */
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();

    private boolean closed;

    /** @param openedTick the clock for ages, now: silence before is not counted */
    public SharedStore(Session session, Settings settings, long openedTick) {
        this.session = session;
        this.settings = settings;
        shortWays = session.own() ? new ShortWays(session.schema(), settings.planned()) : null;
        inserts = new Inserts(session.own(), shortWays);
        finishes = new Finishes(session.own(), inserts, shortWays);
        ends = new Ends(session.own());
        sweeps = new Sweeps(openedTick);
    }

    /** The clock for ages, now. */
    public static long tick(Session session) {
        return session.read(handle -> handle.createQuery("SELECT <s>.tick()")
                .map((row, context) -> row.getLong(1))
                .one());
    }

    @Override
    public Traits traits() {
        return settings.traits();
    }

    // ---- one call

    private <T> T whileOpen(Supplier<T> call) {
        open.readLock().lock();
        try {
            if (closed) {
                throw new JobQueueException.Closed();
            }
            return call.get();
        } finally {
            open.readLock().unlock();
        }
    }

    private <T> T read(Function<Handle, T> statement) {
        return whileOpen(() -> session.read(statement));
    }

    /** Reads with several statements, or with one that only a plan for large tables does well. */
    private <T> T readLarge(Function<Handle, T> statements) {
        return whileOpen(() -> session.transact(statements));
    }

    /** One statement that changes something; in-transaction notification makes it two. */
    private <T> Receipt<T> changeAtOnce(Function<Handle, Receipt<T>> statement) {
        return settings.inTransaction() == null ? told(whileOpen(() -> session.call(statement))) : change(statement);
    }

    private <T> Receipt<T> change(Function<Handle, Receipt<T>> statements) {
        return told(whileOpen(() -> session.transact(handle -> {
            Receipt<T> receipt = statements.apply(handle);
            if (settings.inTransaction() != null && !receipt.changes().equals(Changes.NONE)) {
                settings.inTransaction().send(handle, receipt.changes());
            }
            return receipt;
        })));
    }

    private <T> Receipt<T> told(Receipt<T> receipt) {
        if (settings.notifier() != null) {
            settings.notifier().publish(receipt.changes());
        }
        return receipt;
    }

    // ---- enqueue

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        if (graphs.isEmpty()) {
            return new Receipt<>(List.of(), Changes.NONE);
        }
        if (inserts.simple(graphs)) {
            @Nullable Receipt<Answer<List<Enqueued>>> receipt = insertSimple(graphs);
            if (receipt != null) {
                return receipt;
            }
        }
        return change(handle -> inserts.insertHere(handle, graphs));
    }

    private @Nullable Receipt<Answer<List<Enqueued>>> insertSimple(List<List<NewJob>> graphs) {
        Receipt<Answer<List<Enqueued>>> none = new Receipt<>(List.of(), Changes.NONE);
        Receipt<Answer<List<Enqueued>>> receipt = changeAtOnce(handle -> {
            Receipt<Answer<List<Enqueued>>> stored = inserts.insertSimple(handle, graphs);
            return stored == null ? none : stored;
        });
        return receipt.items().isEmpty() ? null : receipt;
    }

    // ---- claim

    @Override
    public Claimed claim(ClaimRequest request) {
        return whileOpen(() -> {
            Claims.Taken taken = session.call(handle -> Claims.claim(handle, request, shortWays));
            Map<JobToken, ClaimedJob> completed = taken.incomplete().isEmpty()
                    ? Map.of()
                    : behindACommit(() -> session.read(handle -> JobReader.claimed(handle, taken.incomplete())));
            return taken.answer(request, completed);
        });
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        return whileOpen(() -> {
            Answer<JobToken> answer = session.call(handle -> Claims.claim(handle, id, slot));
            if (answer instanceof Answer.Refused<JobToken> refused) {
                return refused.cast();
            }
            List<Optional<ClaimedJob>> running =
                    behindACommit(() -> session.read(handle -> JobReader.running(handle, List.of(slot.token()))));
            // Ended in the moment between the two, by a cancel or a sweep.
            return running.get(0)
                    .map(Answer::accepted)
                    .orElseGet(() -> Answer.refused(Answer.Reason.NOT_PENDING, id, JobState.RUNNING));
        });
    }

    /** A read after the claim has been committed: if it fails the claim has to be repeated with its tokens. */
    private static <T> T behindACommit(Supplier<T> read) {
        try {
            return read.get();
        } catch (JobQueueException.StoreUnavailable e) {
            throw new JobQueueException.OutcomeUnknown("jobs were claimed but could not be read: " + e.getMessage(), e);
        }
    }

    // ---- calls by token

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        if (requests.isEmpty()) {
            return new Receipt<>(List.of(), Changes.NONE);
        }
        return Finishes.simple(requests)
                ? changeAtOnce(handle -> finishes.succeed(handle, requests))
                : change(handle -> finishes.finish(handle, requests));
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return tokens.isEmpty()
                ? List.of()
                : whileOpen(() -> session.call(handle -> Heartbeats.heartbeat(handle, tokens)));
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        return reports.isEmpty()
                ? List.of()
                : whileOpen(() -> session.call(handle -> Heartbeats.report(handle, reports)));
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return read(handle -> JobReader.running(handle, tokens));
    }

    @Override
    public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
        return readLarge(handle -> JobReader.jobsOf(handle, tokens));
    }

    // ---- ends from outside

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return requests.isEmpty()
                ? new Receipt<>(List.of(), Changes.NONE)
                : change(handle -> ends.cancel(handle, requests));
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return change(handle -> ends.finishPending(handle, requests));
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return change(handle -> sweeps.expire(handle, request));
    }

    @Override
    public List<StaleJob> stale(Duration olderThan, int max) {
        return readLarge(handle -> sweeps.stale(handle, olderThan, max));
    }

    // ---- reading

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return read(handle -> JobReader.find(handle, ids, parts));
    }

    @Override
    public Answer<Page<JobId>> dependents(JobId id, Page.Request page) {
        return readLarge(handle -> Lists.dependents(handle, id, page));
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        return readLarge(handle -> Closures.closure(handle, id, max));
    }

    @Override
    public Page<JobId> list(JobQuery query, Page.Request page) {
        return readLarge(handle -> Lists.list(handle, query, page));
    }

    @Override
    public List<JobCount> counts() {
        return readLarge(Lists::counts);
    }

    // ---- pauses and demand

    @Override
    public void pause(PauseScope scope) {
        change(handle -> {
            Pauses.pause(handle, scope);
            return new Receipt<>(List.of(), Changes.NONE);
        });
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return change(handle -> Pauses.resume(handle, scope));
    }

    @Override
    public Set<PauseScope> paused() {
        return read(Pauses::paused);
    }

    @Override
    public void demand(List<Selector> selectors) {
        whileOpen(() -> session.call(handle -> Pauses.demand(handle, selectors)));
    }

    @Override
    public Optional<Duration> sinceDemand(TypeChannel pair) {
        return read(handle -> Pauses.sinceDemand(handle, pair));
    }

    @Override
    public List<Boolean> ready(List<Selector> selectors) {
        List<Integer> numbers = new ArrayList<>();
        List<String> types = new ArrayList<>();
        List<@Nullable String> channels = new ArrayList<>();
        for (int i = 0; i < selectors.size(); i++) {
            Selector selector = selectors.get(i);
            for (TypeName type : selector.types()) {
                for (String channel : selector.channels().isEmpty() ? ANY_CHANNEL : selector.channels()) {
                    numbers.add(i);
                    types.add(type.toString());
                    channels.add(channel.isEmpty() ? null : channel);
                }
            }
        }
        Set<Integer> ready = new HashSet<>(read(handle -> Lists.ready(handle, numbers, types, channels)));
        List<Boolean> answers = new ArrayList<>(selectors.size());
        for (int i = 0; i < selectors.size(); i++) {
            answers.add(ready.contains(i));
        }
        return answers;
    }

    private static final Set<String> ANY_CHANNEL = Set.of("");

    // ---- removal

    @Override
    public int prune(Duration limit, int max) {
        return whileOpen(() -> session.transact(handle -> new Removal(handle).prune(limit, max)));
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        return whileOpen(() -> session.transact(handle -> new Removal(handle).delete(id)));
    }

    // ---- listeners, close

    @Override
    public Subscription subscribe(Consumer<Changes> listener) {
        return whileOpen(() -> {
            if (settings.listener() == null) {
                return () -> {};
            }
            Runnable end = settings.listener().subscribe(listener);
            return end::run;
        });
    }

    @Override
    public void close() {
        open.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            open.writeLock().unlock();
        }
        if (settings.listener() != null) {
            settings.listener().close();
        }
        if (settings.notifier() != null) {
            settings.notifier().close();
        }
    }
}
