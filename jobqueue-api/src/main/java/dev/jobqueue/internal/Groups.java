package dev.jobqueue.internal;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All groups of waiters: who joins and who leaves, whose turn it is to claim, and whom a change wakes. Claims of a {@link Group} are made here, in the thread of
 * one of its waiters.
 *
 * <p>One lock for everything, never held across a call to the store.
 */
final class Groups {
    private final JobStore store;
    private final LongSupplier nanoTime;
    private final Demand demand;
    private final long gatherNanos;
    private final Consumer<List<ClaimedJob>> release;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Selector, Group> groups = new HashMap<>();
    /** Read without the lock by {@link #changed}: a joiner sets it before its first claim, so a change either sees it or is seen by the claim. */
    private volatile boolean inUse;

    /** The last group that all have left: some may come back together. */
    private @Nullable Group lastLeft;

    private boolean closed;

    /**
     * Nobody waits yet.
     *
     * @param gatherNanos how long a claim waits for those whom it expects
     * @param release gives back jobs whose waiter has gone, and announces them
     */
    Groups(JobStore store, LongSupplier nanoTime, Demand demand, long gatherNanos, Consumer<List<ClaimedJob>> release) {
        this.store = store;
        this.nanoTime = nanoTime;
        this.demand = demand;
        this.gatherNanos = gatherNanos;
        this.release = release;
    }

    /**
     * Somebody waits from now on.
     *
     * @param unknown slots of a claim of his own whose outcome is unknown, sent at this time
     */
    void join(Waiter waiter, List<ClaimSlot> unknown, long sentNanos) {
        lock.lock();
        try {
            requireOpen();
            groups.computeIfAbsent(waiter.selector, this::newGroup)
                    .join(waiter, unknown, sentNanos, nanoTime.getAsLong());
            inUse = true;
        } finally {
            lock.unlock();
        }
    }

    private Group newGroup(Selector selector) {
        int expected = lastLeft != null && lastLeft.selector.equals(selector) ? lastLeft.expected() : 0;
        return new Group(selector, store.traits().maxBatch(), gatherNanos, expected);
    }

    /** Claims for the group of this waiter or gives up, if it is time; how long to wait for the next step, 0 for not at all. */
    long step(Waiter waiter) {
        Group group;
        Group.Claim claim;
        lock.lock();
        try {
            group = groups.get(waiter.selector);
            if (group == null || !waiter.waiting) {
                return 0;
            }
            requireOpen();
            long now = nanoTime.getAsLong();
            if (waiter.tried && waiter.left(now) <= 0) {
                waiter.requireReached();
                remove(group, waiter);
                return 0;
            }
            if (!group.mayClaim(now)) {
                return group.pause(waiter, now);
            }
            claim = group.claim(now);
        } finally {
            lock.unlock();
        }
        claim(group, claim);
        return 0;
    }

    private void claim(Group group, Group.Claim claim) {
        Claimed claimed;
        try {
            demand.note(group.selector, nanoTime.getAsLong());
            claimed = store.claim(new ClaimRequest(group.selector, claim.slots()));
        } catch (RuntimeException e) {
            update(group, now -> group.failed(claim, e, now));
            return;
        } catch (Error e) {
            update(group, now -> group.abandoned());
            throw e;
        }
        List<Taken> unwanted = new ArrayList<>();
        update(group, now -> unwanted.addAll(group.succeeded(claim, claimed, now)));
        giveBack(unwanted);
    }

    private void update(Group group, LongConsumer update) {
        lock.lock();
        try {
            update.accept(nanoTime.getAsLong());
            forgetIfUnused(group);
        } finally {
            lock.unlock();
        }
    }

    /** Somebody waits no more, if he still does. */
    void leave(Waiter waiter) {
        lock.lock();
        try {
            Group group = groups.get(waiter.selector);
            if (group != null && waiter.waiting) {
                remove(group, waiter);
            }
        } finally {
            lock.unlock();
        }
    }

    private void remove(Group group, Waiter waiter) {
        group.leave(waiter);
        forgetIfUnused(group);
    }

    private void forgetIfUnused(Group group) {
        if (group.isUnused()) {
            groups.remove(group.selector, group);
            inUse = !groups.isEmpty();
            lastLeft = group;
        }
    }

    /** Gives jobs to those who wait for the same, what nobody wants back to the store. */
    void passOn(Selector selector, List<Taken> jobs) {
        List<Taken> unwanted = jobs;
        lock.lock();
        try {
            Group group = groups.get(selector);
            if (group != null) {
                unwanted = group.give(jobs);
                forgetIfUnused(group);
            }
        } finally {
            lock.unlock();
        }
        giveBack(unwanted);
    }

    private void giveBack(List<Taken> jobs) {
        if (!jobs.isEmpty()) {
            release.accept(jobs.stream().map(Taken::job).toList());
        }
    }

    /** Something changed: groups that it concerns claim again. */
    void changed(Changes changes) {
        if (!inUse || (changes.ready().isEmpty() && changes.scheduled().isEmpty() && !changes.anything())) {
            return;
        }
        lock.lock();
        try {
            for (Group group : groups.values()) {
                if (concerns(changes, group.selector)) {
                    group.signal();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean concerns(Changes changes, Selector selector) {
        return changes.anything()
                || changes.ready().keySet().stream().anyMatch(selector::matches)
                || changes.scheduled().stream().anyMatch(selector::matches);
    }

    /** A poll found jobs for these selectors. */
    void found(List<Selector> selectors) {
        lock.lock();
        try {
            for (Selector selector : selectors) {
                Group group = groups.get(selector);
                if (group != null) {
                    group.signal();
                }
            }
        } finally {
            lock.unlock();
        }
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

    boolean nobodyWaits(Selector selector) {
        lock.lock();
        try {
            return !groups.containsKey(selector);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all waiters with {@link JobQueueException.Closed}. */
    void close() {
        lock.lock();
        try {
            closed = true;
            groups.values().forEach(Group::wakeAll);
        } finally {
            lock.unlock();
        }
    }

    /** Does something that no close comes before or between. */
    void whileOpen(Runnable action) {
        lock.lock();
        try {
            requireOpen();
            action.run();
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new JobQueueException.Closed();
        }
    }
}
