package dev.jobqueue.testkit.history;

import dev.jobqueue.JobQueue;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue that threads use now; another one takes its place when the store is opened again.
 *
 * <p>Thread-safe.
 */
final class QueueRef {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private JobQueue queue;

    QueueRef(JobQueue queue) {
        this.queue = queue;
    }

    JobQueue get() {
        lock.lock();
        try {
            return queue;
        } finally {
            lock.unlock();
        }
    }

    void set(JobQueue newQueue) {
        lock.lock();
        try {
            queue = newQueue;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when another queue has taken the place of this one. */
    void awaitOther(JobQueue old) throws InterruptedException {
        lock.lock();
        try {
            while (queue == old) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps a thread from asking again at once; a new queue ends it. */
    void pause(Duration time) throws InterruptedException {
        lock.lock();
        try {
            JobQueue now = queue;
            long left = time.toNanos();
            while (left > 0 && queue == now) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
