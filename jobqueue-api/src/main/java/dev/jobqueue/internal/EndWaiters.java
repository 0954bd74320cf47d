package dev.jobqueue.internal;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.spi.Changes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Threads that wait for a job to end (QRY-6). One lock, never held across a call to the store. */
final class EndWaiters {
    private final class Waiter {
        final Condition condition = lock.newCondition();
        boolean signaled;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<JobId, List<Waiter>> waiters = new HashMap<>();
    /** Read without the lock by {@link #changed}; raised before the first look at the job. */
    private final AtomicInteger waiting = new AtomicInteger();

    private boolean closed;

    /**
     * Asks until there is an answer or the time is up: once at once, and again after each change that names the job.
     *
     * @param ask empty while the job is unfinished
     */
    <T> Optional<T> await(JobId id, Duration timeout, Supplier<Optional<T>> ask) throws InterruptedException {
        long start = System.nanoTime();
        long nanos = timeout.compareTo(Duration.ofDays(36_500)) > 0 ? Long.MAX_VALUE : timeout.toNanos();
        Waiter waiter = new Waiter();
        add(id, waiter);
        try {
            while (true) {
                Optional<T> answer = ask.get();
                if (answer.isPresent() || !awaitSignal(waiter, start, nanos)) {
                    return answer;
                }
            }
        } finally {
            remove(id, waiter);
        }
    }

    private boolean awaitSignal(Waiter waiter, long start, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!waiter.signaled) {
                long left = nanos - (System.nanoTime() - start);
                if (left <= 0) {
                    return false;
                }
                waiter.condition.awaitNanos(left);
            }
            waiter.signaled = false;
            requireOpen();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void add(JobId id, Waiter waiter) {
        lock.lock();
        try {
            requireOpen();
            waiting.incrementAndGet();
            waiters.computeIfAbsent(id, key -> new ArrayList<>(1)).add(waiter);
        } finally {
            lock.unlock();
        }
    }

    private void remove(JobId id, Waiter waiter) {
        lock.lock();
        try {
            waiting.decrementAndGet();
            waiters.computeIfPresent(id, (key, list) -> {
                list.remove(waiter);
                return list.isEmpty() ? null : list;
            });
        } finally {
            lock.unlock();
        }
    }

    /** Wakes those who wait for a job that ended. */
    void changed(Changes changes) {
        if (waiting.get() == 0 || (changes.ended().isEmpty() && !changes.anything())) {
            return;
        }
        lock.lock();
        try {
            if (changes.anything()) {
                waiters.values().forEach(this::signal);
            } else {
                changes.ended().forEach(id -> signal(waiters.getOrDefault(id, List.of())));
            }
        } finally {
            lock.unlock();
        }
    }

    private void signal(List<Waiter> list) {
        for (Waiter waiter : list) {
            waiter.signaled = true;
            waiter.condition.signal();
        }
    }

    /** Whose end is waited for now. */
    List<JobId> ids() {
        lock.lock();
        try {
            return List.copyOf(waiters.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all waiters with {@link JobQueueException.Closed}. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiters.values().forEach(this::signal);
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
