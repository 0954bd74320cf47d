package dev.jobqueue.internal;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Waiters with an equal selector, first in, first out, and what their claims depend on.
 *
 * <p>A group has at most one claim in flight, for as many jobs as it wants: neither a herd nor a claim for each waiter. It claims when a waiter joins, when it
 * is signaled, when the next due time comes, and when the last claim said that there is more. A signal during a claim makes it claim again. After a failure it
 * tries again with backoff. The first waiter watches the clock for it. A claim waits for a moment for as many waiters as the last one served, as in
 * {@link Combiner}.
 *
 * <p>It only decides: it asks no store, and is told the time. Everything here is guarded by the lock of {@link Groups}.
 */
final class Group {
    private static final long NEVER = Waiter.NEVER;
    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * A claim for all who wait.
     *
     * @param counted who waited when it was made, also where there was no room for them
     * @param owners for whom each token was sent; nobody for a repeated one that is not wanted any more
     * @param repeated how many of the slots, from the first on, had been sent before
     * @param sentNanos when the first of the slots was sent
     */
    record Claim(
            List<ClaimSlot> slots, List<Waiter> counted, Map<JobToken, Waiter> owners, int repeated, long sentNanos) {}

    final Selector selector;
    private final int maxBatch;
    private final long gatherNanos;
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private boolean claiming;
    private boolean signaled;
    /** When the next scheduled job is due. */
    private long dueAt = NEVER;

    private int failures;
    /** Not before this time after a failed claim. */
    private long retryAt;
    /** How many waiters the last claim served. */
    private int expected;
    /** Until then a claim waits for as many as the last one served. */
    private long gatherUntil;
    /** Slots of claims whose outcome is unknown: the next claim repeats them (DEQ-13). */
    private final List<ClaimSlot> unsettled = new ArrayList<>();
    /** When the first of these slots was sent. */
    private long unsettledSince;

    /**
     * Nobody is in it yet.
     *
     * @param expected how many are likely to join at once
     */
    Group(Selector selector, int maxBatch, long gatherNanos, int expected) {
        this.selector = selector;
        this.maxBatch = maxBatch;
        this.gatherNanos = gatherNanos;
        this.expected = expected;
    }

    int expected() {
        return expected;
    }

    /** Nobody needs what it knows. */
    boolean isUnused() {
        return waiters.isEmpty() && !claiming && unsettled.isEmpty();
    }

    /**
     * Somebody waits, behind all others.
     *
     * @param unknown slots of a claim of his own whose outcome is unknown, sent at this time
     */
    void join(Waiter waiter, List<ClaimSlot> unknown, long sentNanos, long now) {
        if (waiters.isEmpty()) {
            gatherUntil = now + gatherNanos;
        }
        waiters.addLast(waiter);
        unsettled(unknown, sentNanos);
        signaled = true;
    }

    private void unsettled(List<ClaimSlot> slots, long sentNanos) {
        if (unsettled.isEmpty()) {
            unsettledSince = sentNanos;
        }
        slots.forEach(slot -> unsettled.add(slot.again()));
    }

    /** Somebody does not wait any more. */
    void leave(Waiter waiter) {
        waiter.waiting = false;
        waiters.remove(waiter);
        wakeFirst();
    }

    /** There may be a job. */
    void signal() {
        signaled = true;
        wakeFirst();
    }

    void wakeAll() {
        waiters.forEach(Waiter::wake);
    }

    /** Who claims looks himself when he is back. */
    private void wakeFirst() {
        Waiter first = waiters.peekFirst();
        if (first != null && !claiming) {
            first.wake();
        }
    }

    boolean mayClaim(long now) {
        return !claiming && untilClaim(now) <= 0;
    }

    /** How long this waiter may wait until he looks again, if nobody wakes him. */
    long pause(Waiter waiter, long now) {
        long left = waiter.left(now);
        waiter.overdue = left <= 0;
        long pause = waiter.overdue ? NEVER : left;
        if (waiters.peekFirst() == waiter) {
            pause = Math.min(pause, Demand.INTERVAL_NANOS);
            if (!claiming) {
                pause = Math.min(pause, untilClaim(now));
            }
        }
        return pause;
    }

    /** How long until the next claim, if nothing happens; zero or less for now. */
    private long untilClaim(long now) {
        long wanted = signaled ? 0 : dueAt == NEVER ? NEVER : dueAt - now;
        long retry = failures > 0 ? retryAt - now : 0;
        long gathering = waiters.size() < expected ? gatherUntil - now : 0;
        return Math.max(wanted, Math.max(retry, gathering));
    }

    /** A claim is made now. Slots to be repeated come first. */
    Claim claim(long now) {
        claiming = true;
        signaled = false;
        dueAt = NEVER;
        List<Waiter> wanting = new ArrayList<>();
        for (Waiter waiter : waiters) {
            for (int i = 0; i < waiter.wanted && wanting.size() < maxBatch; i++) {
                wanting.add(waiter);
            }
        }
        int repeated = Math.min(maxBatch, unsettled.size());
        List<ClaimSlot> slots = new ArrayList<>(unsettled.subList(0, repeated));
        for (JobToken token : JobToken.create(Math.max(0, wanting.size() - repeated))) {
            slots.add(new ClaimSlot(token, wanting.get(slots.size()).worker, true));
        }
        Map<JobToken, Waiter> owners = new HashMap<>();
        for (int i = 0; i < wanting.size(); i++) {
            owners.put(slots.get(i).token(), wanting.get(i));
        }
        return new Claim(slots, List.copyOf(waiters), owners, repeated, repeated == 0 ? now : unsettledSince);
    }

    /** The claim was answered. Hands out its jobs, first to those for whom they were claimed; gives back what nobody wants. */
    List<Taken> succeeded(Claim claim, Claimed claimed, long now) {
        claiming = false;
        failures = 0;
        signaled |= claimed.more();
        claimed.nextDue().ifPresent(due -> dueAt = now + saturatedNanos(due));
        unsettled.subList(0, claim.repeated()).clear();
        for (Waiter waiter : claim.counted()) {
            waiter.reached = true;
            waiter.tried();
        }
        List<Taken> ownerless = new ArrayList<>();
        claimed.jobs().forEach(job -> {
            Waiter owner = claim.owners().get(job.token());
            List<Taken> jobs = owner != null && owner.waiting ? owner.got : ownerless;
            jobs.add(new Taken(job, claim.sentNanos()));
        });
        int before = waiters.size();
        List<Taken> unwanted = give(ownerless);
        expected = before - waiters.size();
        gatherUntil = now + gatherNanos;
        wakeFirst();
        return unwanted;
    }

    /** The claim failed. Those whom it counted wait on, unless it failed for good. */
    void failed(Claim claim, RuntimeException failure, long now) {
        claiming = false;
        boolean unknown = failure instanceof JobQueueException.OutcomeUnknown;
        if (unknown) {
            unsettled(claim.slots().subList(claim.repeated(), claim.slots().size()), claim.sentNanos());
        }
        boolean temporary = unknown || failure instanceof JobQueueException.StoreUnavailable;
        for (Waiter waiter : claim.counted()) {
            waiter.lastFailure = failure;
            waiter.tried();
            if (!temporary && waiter.waiting) {
                waiter.failed = true;
                waiters.remove(waiter);
                waiter.letGo();
            }
        }
        signaled = true;
        retryAt = now + Math.min(LAST_RETRY_NANOS, FIRST_RETRY_NANOS << Math.min(10, failures++));
        wakeFirst();
    }

    /** Who made the claim has broken down: another one makes it. */
    void abandoned() {
        claiming = false;
        signal();
    }

    /** Gives jobs to those who want some still, in order, and lets everybody go who has one; what nobody wants. */
    List<Taken> give(List<Taken> jobs) {
        Deque<Taken> left = new ArrayDeque<>(jobs);
        waiters.removeIf(waiter -> {
            while (!left.isEmpty() && waiter.got.size() < waiter.wanted) {
                waiter.got.add(left.removeFirst());
            }
            boolean served = !waiter.got.isEmpty();
            if (served) {
                waiter.letGo();
            }
            return served;
        });
        return List.copyOf(left);
    }

    /** As many as a number holds; never {@link Waiter#NEVER}. */
    static long saturatedNanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(NEVER - 1)) >= 0 ? NEVER - 1 : duration.toNanos();
    }
}
