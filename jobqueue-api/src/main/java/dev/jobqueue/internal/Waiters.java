package dev.jobqueue.internal;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads and futures that wait for jobs.
 *
 * <p>Waiters with an equal selector form one first-in-first-out group. A group has at most one claim in flight, made by one of its waiters, for as many
 * jobs as the group wants: neither a herd nor a claim for each waiter. It claims when a waiter joins, when a change names one of
 * its pairs, when the next due time comes, and when the last claim said that there is more. A signal during a claim makes it claim again. The first
 * waiter of a group watches the clock for it; a waiter that leaves wakes the next one. Over a store whose calls are combined, a claim waits for a moment
 * for as many waiters as the last one served, as in {@link Combiner}.
 *
 * <p>Who asks a store that groups calls by itself, while nobody waits for the same, makes a claim of his own first: there is a job for everybody then,
 * most likely, and a claim that sets out alone would let the others miss the force of its group.
 *
 * <p>A waiter with a thread claims in that thread. Futures have a few threads together, which are started by the first of them: these claim for them, watch
 * the clock, and complete them.
 *
 * <p>One lock for everything, never held across a call to the store.
 */
final class Waiters {
    private static final Logger LOG = LoggerFactory.getLogger(Waiters.class);

    /** A process notes what it asks for at most this often (QRY-4). */
    private static final long DEMAND_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NEVER = Long.MAX_VALUE;

    /** One claim of each group is under way at most, and a claim is short. */
    private static final int FUTURE_THREADS = 4;

    /**
     * A job of a claim.
     *
     * @param sentNanos when the claim was sent, by {@link System#nanoTime}: its heartbeat is no older than that
     */
    record Taken(ClaimedJob job, long sentNanos) {}

    private static final class Group {
        final Selector selector;
        final Deque<Waiter> waiters = new ArrayDeque<>();
        boolean claiming;
        boolean signaled;
        /** When the next scheduled job is due. */
        long dueAt = NEVER;
        /** Not before this time after a failed claim. */
        long retryAt;

        int failures;
        /** How many waiters the last claim served. */
        int expected;
        /** Until then a claim waits for as many as the last one served. */
        long gatherUntil = System.nanoTime();
        /** Slots of claims whose outcome is unknown: the next claim repeats them (DEQ-13). */
        final List<ClaimSlot> unsettled = new ArrayList<>();
        /** When the first of these slots was sent. */
        long unsettledSince;

        Group(Selector selector) {
            this.selector = selector;
        }

        void unsettled(List<ClaimSlot> slots, long sentNanos) {
            if (unsettled.isEmpty()) {
                unsettledSince = sentNanos;
            }
            slots.forEach(slot -> unsettled.add(slot.again()));
        }
    }

    private final JobStore store;
    private final long gatherNanos;
    private final Consumer<List<ClaimedJob>> release;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Selector, Group> groups = new HashMap<>();
    /** Read without the lock by {@link #changed}: a joiner raises it before its first claim, so a change either sees it or is seen by the claim. */
    private final AtomicInteger waiting = new AtomicInteger();

    /** The last group that all have left: some may come back together. */
    private @Nullable Group lastLeft;

    /** Of the futures; there are none before the first of these. */
    private @Nullable ScheduledThreadPoolExecutor threads;

    private boolean closed;
    private volatile long demandAt = System.nanoTime() - DEMAND_NANOS;

    /**
     * Nobody waits yet.
     *
     * @param gather how long a claim waits for those whom it expects, as in {@link Combiner}
     * @param release gives back jobs whose waiter has gone, and announces them
     */
    Waiters(JobStore store, Duration gather, Consumer<List<ClaimedJob>> release) {
        this.store = store;
        gatherNanos = gather.toNanos();
        this.release = release;
    }

    /** One claim without waiting; an unknown outcome is settled with the same tokens (DEQ-13). */
    List<Taken> takeNow(DequeueRequest request, String worker) {
        long sent = System.nanoTime();
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
        JobToken.create(Math.min(request.max(), store.traits().maxBatch()))
                .forEach(token -> slots.add(new ClaimSlot(token, worker, true)));
        return new ClaimRequest(request.selector(), slots);
    }

    private List<Taken> claim(ClaimRequest claim, long sentNanos) {
        noteDemand(List.of(claim.selector()));
        return taken(store.claim(claim), sentNanos);
    }

    private static List<Taken> taken(Claimed claimed, long sentNanos) {
        return claimed.jobs().stream().map(job -> new Taken(job, sentNanos)).toList();
    }

    /** Waits for jobs; empty if the timeout has passed. */
    List<Taken> take(DequeueRequest request, String worker) throws InterruptedException {
        long start = System.nanoTime();
        List<ClaimSlot> unsettled = List.of();
        if (!store.traits().combine() && nobodyWaits(request.selector())) {
            ClaimRequest claim = claimOf(request, worker);
            try {
                List<Taken> jobs = claim(claim, start);
                if (!jobs.isEmpty()) {
                    return unlessInterrupted(request.selector(), jobs);
                }
            } catch (JobQueueException.OutcomeUnknown e) {
                unsettled = claim.slots();
            } catch (JobQueueException.StoreUnavailable e) {
                LOG.debug("a claim has failed; the next one follows", e);
            }
        }
        long timeout = timeoutOf(request);
        Waiter waiter = new ThreadWaiter(mostOf(request), worker);
        Group group = join(request.selector(), waiter, unsettled, start);
        try {
            await(group, waiter, start, timeout);
            return List.copyOf(waiter.got);
        } catch (InterruptedException | RuntimeException e) {
            leave(group, waiter);
            throw e;
        } finally {
            waiting.decrementAndGet();
        }
    }

    private int mostOf(DequeueRequest request) {
        return Math.min(request.max(), store.traits().maxBatch());
    }

    private static long timeoutOf(DequeueRequest request) {
        return request.timeout().map(Waiters::saturatedNanos).orElse(NEVER);
    }

    /**
     * As {@link #take} and {@link #takeNow}, without a thread that waits. Who ends the future in another way does not wait any more.
     *
     * @param result makes the value of the future
     */
    <T> CompletableFuture<T> takeAsync(DequeueRequest request, String worker, Function<List<Taken>, T> result) {
        long start = System.nanoTime();
        long timeout = timeoutOf(request);
        FutureWaiter<T> waiter;
        lock.lock();
        try {
            requireOpen();
            waiter = new FutureWaiter<>(
                    request.selector(), mostOf(request), worker, start, timeout, result, threads(), this::turn);
            if (timeout <= 0) {
                threads().execute(() -> takeNow(request, worker, waiter));
                return waiter.future;
            }
            var unused = join(request.selector(), waiter, List.of(), start);
        } finally {
            lock.unlock();
        }
        var unusedToo = waiter.future.whenComplete((value, failure) -> ended(waiter));
        waiter.wake();
        return waiter.future;
    }

    private ScheduledThreadPoolExecutor threads() {
        ScheduledThreadPoolExecutor there = threads;
        if (there == null) {
            there = new ScheduledThreadPoolExecutor(
                    FUTURE_THREADS,
                    task -> {
                        Thread thread = new Thread(task, "jobqueue-dequeue");
                        thread.setDaemon(true);
                        return thread;
                    },
                    // After the close there is nobody left to wake.
                    new ThreadPoolExecutor.DiscardPolicy());
            there.setRemoveOnCancelPolicy(true);
            there.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
            threads = there;
        }
        return there;
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

    /** What {@link #await} does between two waits. Turns of a waiter are one after the other. */
    private <T> void turn(FutureWaiter<T> waiter) {
        renewDemandIfDue();
        try {
            while (waiter.waiting) {
                long wake = step(waiter);
                if (wake > 0 && waiter.waiting) {
                    waiter.wakeAfter(wake);
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

    private long step(FutureWaiter<?> waiter) {
        lock.lock();
        try {
            return waiter.waiting
                    ? step(requireNonNull(groups.get(waiter.selector)), waiter, waiter.start, waiter.timeout)
                    : 0;
        } finally {
            lock.unlock();
        }
    }

    private <T> void complete(FutureWaiter<T> waiter) {
        throwFailure(waiter);
        if (!waiter.future.complete(waiter.value())) {
            passOn(waiter.selector, new ArrayList<>(waiter.got));
        }
    }

    /** The future is complete, whoever has done it. What was got for it already goes to others in its last turn. */
    private void ended(FutureWaiter<?> waiter) {
        waiting.decrementAndGet();
        lock.lock();
        try {
            if (waiter.waiting) {
                remove(requireNonNull(groups.get(waiter.selector)), waiter);
            }
        } finally {
            lock.unlock();
        }
        waiter.wake();
    }

    private boolean nobodyWaits(Selector selector) {
        lock.lock();
        try {
            return !groups.containsKey(selector);
        } finally {
            lock.unlock();
        }
    }

    private List<Taken> unlessInterrupted(Selector selector, List<Taken> jobs) throws InterruptedException {
        if (Thread.interrupted()) {
            passOn(selector, new ArrayList<>(jobs));
            throw new InterruptedException();
        }
        return jobs;
    }

    private Group join(Selector selector, Waiter waiter, List<ClaimSlot> unsettled, long sentNanos) {
        lock.lock();
        try {
            requireOpen();
            Group group = groups.computeIfAbsent(selector, this::newGroup);
            if (group.waiters.isEmpty()) {
                gather(group);
            }
            group.waiters.addLast(waiter);
            group.unsettled(unsettled, sentNanos);
            group.signaled = true;
            waiting.incrementAndGet();
            return group;
        } finally {
            lock.unlock();
        }
    }

    private Group newGroup(Selector selector) {
        Group group = new Group(selector);
        if (lastLeft != null && lastLeft.selector.equals(selector)) {
            group.expected = lastLeft.expected;
        }
        return group;
    }

    private void gather(Group group) {
        if (store.traits().combine()) {
            group.gatherUntil = System.nanoTime() + gatherNanos;
        }
    }

    /**
     * Returns when the waiter has got jobs or its time is up; then it is out of its group. A waiter who was served by another thread goes without the lock:
     * else all who are served together would pass through it one by one.
     */
    private void await(Group group, Waiter waiter, long start, long timeout) throws InterruptedException {
        while (waiter.waiting) {
            long wake;
            lock.lock();
            try {
                wake = waiter.waiting ? step(group, waiter, start, timeout) : 0;
            } finally {
                lock.unlock();
            }
            if (wake > 0 && waiter.waiting) {
                LockSupport.parkNanos(this, wake);
                renewDemandIfDue();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        throwFailure(waiter);
    }

    private static void throwFailure(Waiter waiter) {
        if (waiter.failed) {
            throw Answers.copy(requireNonNull(waiter.lastFailure));
        }
    }

    /** Claims for the group or gives up, with the lock held; how long to wait for the next step, 0 for none. */
    private long step(Group group, Waiter waiter, long start, long timeout) {
        requireOpen();
        long now = System.nanoTime();
        long left = timeout == NEVER ? NEVER : timeout - (now - start);
        if (left <= 0 && waiter.tried) {
            if (!waiter.reached && waiter.lastFailure != null) {
                throw unreached(waiter.lastFailure);
            }
            remove(group, waiter);
            return 0;
        }
        long gathering = group.waiters.size() < group.expected ? group.gatherUntil - now : 0;
        if (!group.claiming && mayClaim(group, now) && gathering <= 0) {
            claim(group);
            return 0;
        }
        waiter.overdue = left <= 0;
        long wake = waiter.overdue ? NEVER : left;
        if (group.waiters.peekFirst() == waiter) {
            wake = Math.min(wake, DEMAND_NANOS);
            if (!group.claiming) {
                wake = Math.min(wake, gathering > 0 ? gathering : untilNextClaim(group, now));
            }
        }
        return wake;
    }

    private static boolean mayClaim(Group group, long now) {
        boolean wanted = group.signaled || (group.dueAt != NEVER && now - group.dueAt >= 0);
        return wanted && (group.failures == 0 || now - group.retryAt >= 0);
    }

    private static long untilNextClaim(Group group, long now) {
        long wake = group.dueAt == NEVER ? NEVER : Math.max(1, group.dueAt - now);
        return group.failures > 0 ? Math.min(wake, Math.max(1, group.retryAt - now)) : wake;
    }

    /** Makes one claim for the whole group in this thread. Called and left with the lock held, which is given up meanwhile. */
    private void claim(Group group) {
        group.claiming = true;
        group.signaled = false;
        group.dueAt = NEVER;
        Map<JobToken, Waiter> owners = new HashMap<>();
        int most = store.traits().maxBatch();
        int repeated = Math.min(most, group.unsettled.size());
        List<ClaimSlot> slots = new ArrayList<>(group.unsettled.subList(0, repeated));
        List<Waiter> counted = new ArrayList<>();
        int wanted = 0;
        for (Waiter waiter : group.waiters) {
            wanted = Math.min(most, wanted + waiter.wanted);
        }
        List<JobToken> tokens = JobToken.create(Math.max(0, wanted - slots.size()));
        int next = 0;
        for (Waiter waiter : group.waiters) {
            counted.add(waiter);
            for (int i = 0; i < waiter.wanted && next < most; i++, next++) {
                if (next == slots.size()) {
                    slots.add(new ClaimSlot(tokens.get(next - repeated), waiter.worker, true));
                }
                owners.put(slots.get(next).token(), waiter);
            }
        }
        long sent = System.nanoTime();
        long first = repeated == 0 ? sent : group.unsettledSince;
        lock.unlock();
        @Nullable Claimed claimed = null;
        @Nullable RuntimeException failure = null;
        try {
            noteDemand(List.of(group.selector));
            claimed = store.claim(new ClaimRequest(group.selector, slots));
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            lock.lock();
            group.claiming = false;
        }
        if (claimed != null) {
            group.unsettled.subList(0, repeated).clear();
            succeeded(group, counted, owners, claimed, first);
            gather(group);
        } else if (failure != null) {
            if (failure instanceof JobQueueException.OutcomeUnknown) {
                group.unsettled(slots.subList(repeated, slots.size()), first);
            }
            failed(group, counted, failure);
        }
        wakeHead(group);
        forgetIfUnused(group);
    }

    private void succeeded(
            Group group, List<Waiter> counted, Map<JobToken, Waiter> owners, Claimed claimed, long sent) {
        group.failures = 0;
        group.signaled |= claimed.more();
        claimed.nextDue().ifPresent(due -> group.dueAt = System.nanoTime() + saturatedNanos(due));
        for (Waiter waiter : counted) {
            waiter.reached = true;
            tried(waiter);
        }
        List<Taken> ownerless = new ArrayList<>();
        for (Taken job : taken(claimed, sent)) {
            Waiter owner = owners.get(job.job().token());
            if (owner != null && owner.waiting) {
                owner.got.add(job);
            } else {
                ownerless.add(job);
            }
        }
        handOut(group, ownerless);
        group.expected = serve(group);
        if (!ownerless.isEmpty()) {
            lock.unlock();
            try {
                giveBack(ownerless);
            } finally {
                lock.lock();
            }
        }
    }

    private static void tried(Waiter waiter) {
        waiter.tried = true;
        if (waiter.overdue) {
            waiter.wake();
        }
    }

    /** Gives jobs without an owner to waiters that still want some; what nobody wants stays in the list. */
    private static void handOut(Group group, List<Taken> ownerless) {
        for (Waiter waiter : group.waiters) {
            while (!ownerless.isEmpty() && waiter.waiting && waiter.got.size() < waiter.wanted) {
                waiter.got.add(ownerless.remove(0));
            }
        }
    }

    /** Lets every waiter go that has a job; how many. */
    private static int serve(Group group) {
        int before = group.waiters.size();
        group.waiters.removeIf(waiter -> {
            if (waiter.got.isEmpty()) {
                return false;
            }
            waiter.waiting = false;
            waiter.wake();
            return true;
        });
        return before - group.waiters.size();
    }

    private static void failed(Group group, List<Waiter> counted, RuntimeException failure) {
        boolean temporary = failure instanceof JobQueueException.StoreUnavailable
                || failure instanceof JobQueueException.OutcomeUnknown;
        for (Waiter waiter : counted) {
            waiter.lastFailure = failure;
            tried(waiter);
            if (!temporary && waiter.waiting) {
                waiter.failed = true;
                waiter.waiting = false;
                group.waiters.remove(waiter);
                waiter.wake();
            }
        }
        group.signaled = true;
        group.retryAt =
                System.nanoTime() + Math.min(LAST_RETRY_NANOS, FIRST_RETRY_NANOS << Math.min(10, group.failures++));
    }

    /** Takes out a waiter who does not want anything any more; what he got goes to others. */
    private void leave(Group group, Waiter waiter) {
        lock.lock();
        try {
            remove(group, waiter);
        } finally {
            lock.unlock();
        }
        passOn(group.selector, new ArrayList<>(waiter.got));
    }

    /** Gives jobs to those who wait, what nobody wants back to the store. */
    private void passOn(Selector selector, List<Taken> ownerless) {
        lock.lock();
        try {
            Group group = groups.get(selector);
            if (group != null) {
                handOut(group, ownerless);
                var unused = serve(group);
                forgetIfUnused(group);
            }
        } finally {
            lock.unlock();
        }
        if (!ownerless.isEmpty()) {
            giveBack(ownerless);
        }
    }

    private void remove(Group group, Waiter waiter) {
        waiter.waiting = false;
        group.waiters.remove(waiter);
        wakeHead(group);
        forgetIfUnused(group);
    }

    private void forgetIfUnused(Group group) {
        if (group.waiters.isEmpty() && !group.claiming && group.unsettled.isEmpty()) {
            groups.remove(group.selector, group);
            lastLeft = group;
        }
    }

    private void giveBack(List<Taken> jobs) {
        release.accept(jobs.stream().map(Taken::job).toList());
    }

    private static void wakeHead(Group group) {
        Waiter head = group.waiters.peekFirst();
        if (head != null && !group.claiming) {
            head.wake();
        }
    }

    /** Something changed: groups that it concerns claim again, each by its first waiter. */
    void changed(Changes changes) {
        if (waiting.get() == 0
                || (changes.ready().isEmpty() && changes.scheduled().isEmpty() && !changes.anything())) {
            return;
        }
        lock.lock();
        try {
            for (Group group : groups.values()) {
                if (concerns(changes, group.selector)) {
                    signal(group);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** A poll found jobs for these selectors. */
    void found(List<Selector> selectors) {
        lock.lock();
        try {
            for (Selector selector : selectors) {
                Group group = groups.get(selector);
                if (group != null) {
                    signal(group);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static void signal(Group group) {
        group.signaled = true;
        wakeHead(group);
    }

    private static boolean concerns(Changes changes, Selector selector) {
        if (changes.anything()) {
            return true;
        }
        for (TypeChannel pair : changes.ready().keySet()) {
            if (selector.matches(pair)) {
                return true;
            }
        }
        for (TypeChannel pair : changes.scheduled()) {
            if (selector.matches(pair)) {
                return true;
            }
        }
        return false;
    }

    /** What is waited for now. */
    List<Selector> selectors() {
        lock.lock();
        try {
            return List.copyOf(groups.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all waiters with {@link JobQueueException.Closed}. */
    void close() {
        lock.lock();
        try {
            closed = true;
            groups.values().forEach(group -> group.waiters.forEach(Waiter::wake));
            if (threads != null) {
                threads.shutdown();
            }
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new JobQueueException.Closed();
        }
    }

    private void noteDemand(List<Selector> selectors) {
        long now = System.nanoTime();
        if (now - demandAt >= DEMAND_NANOS) {
            demandAt = now;
            List<Selector> all = new ArrayList<>(selectors());
            all.addAll(selectors);
            store.demand(all);
        }
    }

    /** For a waiter that waits for long. */
    private void renewDemandIfDue() {
        if (System.nanoTime() - demandAt < DEMAND_NANOS) {
            return;
        }
        try {
            noteDemand(List.of());
        } catch (JobQueueException e) {
            demandAt = System.nanoTime();
        }
    }

    private static RuntimeException unreached(RuntimeException failure) {
        return failure instanceof JobQueueException.StoreUnavailable
                ? Answers.copy(failure)
                : new JobQueueException.StoreUnavailable(
                        "no dequeue reached the store while waiting: " + failure.getMessage(), failure);
    }

    private static long saturatedNanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(NEVER - 1)) >= 0 ? NEVER - 1 : duration.toNanos();
    }
}
