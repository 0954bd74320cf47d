package dev.jobqueue.internal;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads and futures that wait for jobs, each in the {@link Group} of its selector.
 *
 * <p>A waiter with a thread claims in that thread. Futures have a few threads together: these claim for them, watch the clock, and complete them.
 *
 * <p>Who asks a store that groups calls by itself, while nobody waits for the same, makes a claim of his own first: there is a job for everybody then,
 * most likely, and a claim that sets out alone would let the others miss the force of its group.
 */
final class Waiters {
    private static final Logger LOG = LoggerFactory.getLogger(Waiters.class);

    /** One claim of each group is under way at most, and a claim is short. */
    private static final int FUTURE_THREADS = 4;

    private final JobStore store;
    private final LongSupplier nanoTime;
    private final Groups groups;
    private final Polls polls;
    private final Demand demand;
    /** Starts none before the first future. */
    private final ScheduledThreadPoolExecutor threads = threads();

    /**
     * Nobody waits yet.
     *
     * @param nanoTime the clock of the process, as {@link System#nanoTime}
     * @param gather how long a claim over a store whose calls are combined waits for those whom it expects, as in {@link Combiner}
     * @param release gives back jobs whose waiter has gone, and announces them
     */
    Waiters(JobStore store, LongSupplier nanoTime, Duration gather, Consumer<List<ClaimedJob>> release) {
        this.store = store;
        this.nanoTime = nanoTime;
        demand = new Demand(store, this::selectors, nanoTime.getAsLong());
        polls = new Polls(store, Combiner.PATIENCE, gather);
        groups = new Groups(store, nanoTime, demand, store.traits().combine() ? gather.toNanos() : 0, release);
    }

    private static ScheduledThreadPoolExecutor threads() {
        ScheduledThreadPoolExecutor threads = new ScheduledThreadPoolExecutor(
                FUTURE_THREADS,
                task -> {
                    Thread thread = new Thread(task, "jobqueue-dequeue");
                    thread.setDaemon(true);
                    return thread;
                },
                // After the close there is nobody left to wake.
                new ThreadPoolExecutor.DiscardPolicy());
        threads.setRemoveOnCancelPolicy(true);
        threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return threads;
    }

    /** One claim, or a part of one that others make now too, without waiting for jobs; an unknown outcome is settled with the same tokens (DEQ-13). */
    List<Taken> takeNow(DequeueRequest request, String worker) {
        long sent = nanoTime.getAsLong();
        ClaimRequest claim = claimOf(request, worker);
        try {
            return claim(claim, sent);
        } catch (JobQueueException.OutcomeUnknown e) {
            List<JobToken> tokens = claim.slots().stream().map(ClaimSlot::token).toList();
            return Answers.settleable(List.of(), tokens, () -> claim(claim.again(), sent));
        }
    }

    private ClaimRequest claimOf(DequeueRequest request, String worker) {
        List<ClaimSlot> slots = new ArrayList<>();
        JobToken.create(mostOf(request)).forEach(token -> slots.add(new ClaimSlot(token, worker, true)));
        return new ClaimRequest(request.selector(), slots);
    }

    private int mostOf(DequeueRequest request) {
        return Math.min(request.max(), store.traits().maxBatch());
    }

    private List<Taken> claim(ClaimRequest claim, long sentNanos) {
        demand.note(claim.selector(), nanoTime.getAsLong());
        return polls.claim(claim).stream().map(job -> new Taken(job, sentNanos)).toList();
    }

    /** Waits for jobs; empty if the timeout has passed. */
    List<Taken> take(DequeueRequest request, String worker) throws InterruptedException {
        Selector selector = request.selector();
        long start = nanoTime.getAsLong();
        List<ClaimSlot> unknown = List.of();
        if (!store.traits().combine() && groups.nobodyWaits(selector)) {
            ClaimRequest claim = claimOf(request, worker);
            try {
                List<Taken> jobs = claim(claim, start);
                if (!jobs.isEmpty()) {
                    return unlessInterrupted(selector, jobs);
                }
            } catch (JobQueueException.OutcomeUnknown e) {
                unknown = claim.slots();
            } catch (JobQueueException.StoreUnavailable e) {
                LOG.debug("a claim has failed; the next one follows", e);
            }
        }
        Waiter waiter = new ThreadWaiter(selector, mostOf(request), worker, start, timeoutOf(request));
        groups.join(waiter, unknown, start);
        try {
            return await(waiter);
        } catch (InterruptedException | RuntimeException | Error e) {
            groups.leave(waiter);
            groups.passOn(selector, waiter.got);
            throw e;
        }
    }

    private List<Taken> unlessInterrupted(Selector selector, List<Taken> jobs) throws InterruptedException {
        if (Thread.interrupted()) {
            groups.passOn(selector, jobs);
            throw new InterruptedException();
        }
        return jobs;
    }

    private static long timeoutOf(DequeueRequest request) {
        return request.timeout().map(Group::saturatedNanos).orElse(Waiter.NEVER);
    }

    /**
     * Returns when the waiter has got jobs or its time is up; then it is out of its group. A waiter who was served by another thread goes without a step:
     * else all who are served together would pass through the lock one by one.
     */
    private List<Taken> await(Waiter waiter) throws InterruptedException {
        while (waiter.waiting) {
            long pause = groups.step(waiter);
            if (pause > 0 && waiter.waiting) {
                LockSupport.parkNanos(this, pause);
                demand.renew(nanoTime.getAsLong());
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return waiter.jobs();
    }

    /**
     * As {@link #take} and {@link #takeNow}, without a thread that waits. Who ends the future in another way does not wait any more.
     *
     * @param result makes the value of the future
     */
    <T> CompletableFuture<T> takeAsync(DequeueRequest request, String worker, Function<List<Taken>, T> result) {
        long start = nanoTime.getAsLong();
        long timeout = timeoutOf(request);
        FutureWaiter<T> waiter = new FutureWaiter<>(
                request.selector(), mostOf(request), worker, start, timeout, result, threads, this::turn);
        if (timeout <= 0) {
            groups.whileOpen(() -> threads.execute(() -> takeNow(request, worker, waiter)));
        } else {
            groups.join(waiter, List.of(), start);
            var unused = waiter.future.whenComplete((value, failure) -> ended(waiter));
            waiter.wake();
        }
        return waiter.future;
    }

    private <T> void takeNow(DequeueRequest request, String worker, FutureWaiter<T> waiter) {
        try {
            if (!waiter.future.isDone()) {
                waiter.got.addAll(takeNow(request, worker));
                complete(waiter);
            }
        } catch (RuntimeException | Error e) {
            waiter.future.completeExceptionally(e);
        }
    }

    /** What {@link #await} does between two pauses. Turns of a waiter are one after the other. */
    private <T> void turn(FutureWaiter<T> waiter) {
        demand.renew(nanoTime.getAsLong());
        try {
            while (waiter.waiting) {
                long pause = groups.step(waiter);
                if (pause > 0 && waiter.waiting) {
                    waiter.wakeAfter(pause);
                    return;
                }
            }
            waiter.end();
            complete(waiter);
        } catch (RuntimeException | Error e) {
            waiter.end();
            waiter.future.completeExceptionally(e);
            // If it is still in its group, the end of its future takes it out.
        }
    }

    private <T> void complete(FutureWaiter<T> waiter) {
        if (!waiter.future.complete(waiter.value())) {
            groups.passOn(waiter.selector, waiter.got);
        }
    }

    /** The future is complete, whoever has done it. What was got for it already goes to others in its last turn. */
    private void ended(FutureWaiter<?> waiter) {
        groups.leave(waiter);
        waiter.wake();
    }

    /** Something changed: who waits for it claims again. */
    void changed(Changes changes) {
        groups.changed(changes);
    }

    /** A poll found jobs for these selectors. */
    void found(List<Selector> selectors) {
        groups.found(selectors);
    }

    /** What is waited for now. */
    List<Selector> selectors() {
        return groups.selectors();
    }

    /** Wakes all waiters with {@link JobQueueException.Closed}. */
    void close() {
        groups.close();
        threads.shutdown();
    }
}
