package dev.jobqueue.worker;

import dev.jobqueue.JobId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a stop to the thread of one handler: its callbacks, and an interrupt. Both come before the return of the handler, never after, so its lock is held
 * while callbacks run. It is taken with no other lock held.
 */
final class StopSignal {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final JobId job;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread thread;
    private boolean signaled;
    private boolean returned;
    private List<Runnable> callbacks = List.of();

    StopSignal(JobId job) {
        this.job = job;
    }

    /** The handler starts in this thread. */
    void enter() {
        lock.lock();
        try {
            thread = Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    /** The handler has returned. An interrupt that came late must not hit the next job. */
    void leave() {
        lock.lock();
        try {
            thread = null;
            returned = true;
        } finally {
            lock.unlock();
        }
        Thread.interrupted();
    }

    /** Tells the handler to stop; once. */
    void send(boolean interrupt) {
        lock.lock();
        try {
            signaled = true;
            if (!returned) {
                callbacks.forEach(this::call);
                if (interrupt && thread != null) {
                    thread.interrupt();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Calls this when the handler is told to stop, at once if it was. */
    void onSend(Runnable callback) {
        boolean now;
        lock.lock();
        try {
            now = signaled;
            if (!now) {
                callbacks = new ArrayList<>(callbacks);
                callbacks.add(callback);
            }
        } finally {
            lock.unlock();
        }
        if (now) {
            call(callback);
        }
    }

    private void call(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | LinkageError | AssertionError e) {
            LOG.warn("A callback of job {} failed", job, e);
        }
    }
}
