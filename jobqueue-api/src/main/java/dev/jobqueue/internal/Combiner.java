package dev.jobqueue.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Combines concurrent calls into one. The first caller goes at once in its own thread; those who arrive meanwhile share the next call, which the first of
 * them makes. So nothing waits when idle. A call that takes long, such as a finish that fails a hundred thousand dependents, holds nobody up: the next one
 * then sets out beside it.
 *
 * <p>Callers who were served together come back together, but one is first. He waits for as many as shared the last call, for a moment: else he would go
 * alone, and the others would wait for him.
 *
 * <p>A failure of a combined call reaches every caller as an exception of its own. A large item travels alone. Callers wait without regard to
 * interrupts, because their item may already be under way. Thread-safe.
 */
final class Combiner<I, O> {
    /** Items above this weight travel alone, and a call takes no more than this together. */
    static final long MAX_WEIGHT = 1 << 20;

    /** Time enough for threads that were woken together to come back, and little beside a call to a store. */
    static final Duration GATHER = Duration.ofNanos(500_000);

    /** A call to a store seldom takes longer, so most calls are still combined. */
    static final Duration PATIENCE = Duration.ofMillis(10);

    private static final class Entry<I, O> {
        final List<I> items;
        final long weight;
        final Thread caller = Thread.currentThread();
        final long since = System.nanoTime();
        volatile boolean leads;
        volatile boolean done;
        List<O> answers = List.of();

        @Nullable
        RuntimeException failure;

        Entry(List<I> items, long weight) {
            this.items = items;
            this.weight = weight;
        }
    }

    private final Function<List<I>, List<O>> call;
    private final ToLongFunction<I> weigher;
    private final int maxItems;
    private final boolean enabled;
    private final long patienceNanos;
    private final long gatherNanos;

    private final ReentrantLock lock = new ReentrantLock();

    /** Only the first may lead. */
    private final Deque<Entry<I, O>> waiting = new ArrayDeque<>();

    /** How many calls are under way or about to be. */
    private int underWay;

    /** How many callers shared the last call. */
    private int expected;

    /**
     * Combines calls of this.
     *
     * @param patience how long the first who waits lets a call run before he goes beside it
     * @param gather how long the one who is to make a call waits for those whom he expects
     */
    Combiner(
            boolean enabled,
            int maxItems,
            ToLongFunction<I> weigher,
            Duration patience,
            Duration gather,
            Function<List<I>, List<O>> call) {
        this.enabled = enabled;
        this.maxItems = maxItems;
        this.weigher = weigher;
        this.patienceNanos = patience.toNanos();
        this.gatherNanos = gather.toNanos();
        this.call = call;
    }

    /** The answers to these items, in order. */
    List<O> call(List<I> items) {
        if (!enabled) {
            return call.apply(items);
        }
        Entry<I, O> entry = new Entry<>(items, items.stream().mapToLong(weigher).sum());
        lock.lock();
        try {
            waiting.addLast(entry);
            if (underWay == 0) {
                leadNext();
            } else if (waiting.getFirst().leads && waiting.size() >= expected) {
                LockSupport.unpark(waiting.getFirst().caller);
            }
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (!entry.leads && !entry.done) {
            LockSupport.parkNanos(this, patienceNanos);
            interrupted |= Thread.interrupted();
            if (System.nanoTime() - entry.since >= patienceNanos) {
                goBeside(entry);
            }
        }
        if (entry.leads) {
            interrupted |= gather();
            lead();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (entry.failure != null) {
            throw entry.failure;
        }
        return entry.answers;
    }

    /** Waits for those who are likely to come now; whether an interrupt came meanwhile. */
    private boolean gather() {
        boolean interrupted = false;
        long until = System.nanoTime() + gatherNanos;
        while (expectsMore()) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                break;
            }
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
        }
        return interrupted;
    }

    private boolean expectsMore() {
        lock.lock();
        try {
            return waiting.size() < expected;
        } finally {
            lock.unlock();
        }
    }

    private void lead() {
        List<Entry<I, O>> batch = takeBatch();
        List<I> items = new ArrayList<>();
        batch.forEach(e -> items.addAll(e.items));
        try {
            List<O> answers = call.apply(items);
            int from = 0;
            for (Entry<I, O> entry : batch) {
                entry.answers = answers.subList(from, from + entry.items.size());
                from += entry.items.size();
            }
        } catch (RuntimeException e) {
            batch.forEach(entry -> entry.failure = batch.size() == 1 ? e : Answers.copy(e));
        } finally {
            handOver();
            for (Entry<I, O> entry : batch) {
                entry.done = true;
                LockSupport.unpark(entry.caller);
            }
        }
    }

    /** The leader's entry and as many behind it as fit. */
    private List<Entry<I, O>> takeBatch() {
        lock.lock();
        try {
            List<Entry<I, O>> batch = new ArrayList<>();
            int items = 0;
            long weight = 0;
            while (!waiting.isEmpty()) {
                Entry<I, O> next = waiting.getFirst();
                items += next.items.size();
                weight += next.weight;
                if (!batch.isEmpty() && (items > maxItems || weight > MAX_WEIGHT)) {
                    break;
                }
                batch.add(waiting.removeFirst());
            }
            expected = batch.size();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void handOver() {
        lock.lock();
        try {
            underWay--;
            leadNext();
        } finally {
            lock.unlock();
        }
    }

    private void goBeside(Entry<I, O> entry) {
        lock.lock();
        try {
            if (waiting.peekFirst() == entry) {
                leadNext();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets the first who waits make a call, unless he is about to. */
    private void leadNext() {
        Entry<I, O> next = waiting.peekFirst();
        if (next != null && !next.leads) {
            underWay++;
            next.leads = true;
            LockSupport.unpark(next.caller);
        }
    }
}
