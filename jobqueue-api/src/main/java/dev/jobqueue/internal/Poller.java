package dev.jobqueue.internal;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoredJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one poll of a process over a shared store: the guarantee behind the store's listener (DEQ-5). Asks for everything that is waited for, at jittered
 * intervals, on one daemon thread.
 */
final class Poller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Poller.class);

    private final JobStore store;
    private final Waiters waiters;
    private final EndWaiters endWaiters;
    private final long intervalNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stop = lock.newCondition();
    private final Thread thread;
    private boolean closed;

    Poller(JobStore store, Duration interval, Waiters waiters, EndWaiters endWaiters) {
        this.store = store;
        this.waiters = waiters;
        this.endWaiters = endWaiters;
        intervalNanos = interval.toNanos();
        thread = new Thread(this::run, "jobqueue-poll");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (sleep()) {
            try {
                poll();
            } catch (JobQueueException e) {
                LOG.warn("A poll of the job store failed, the next one will try again", e);
            }
        }
    }

    private void poll() {
        List<Selector> asked = waiters.selectors();
        if (!asked.isEmpty()) {
            List<Boolean> ready = store.ready(asked);
            List<Selector> found = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                if (ready.get(i)) {
                    found.add(asked.get(i));
                }
            }
            waiters.found(found);
        }
        List<JobId> awaited = endWaiters.ids();
        int batch = store.traits().maxBatch();
        for (int from = 0; from < awaited.size(); from += batch) {
            List<JobId> ended = new ArrayList<>();
            List<JobId> page = awaited.subList(from, Math.min(awaited.size(), from + batch));
            List<Optional<StoredJob>> jobs = store.find(page, Set.of());
            for (int i = 0; i < page.size(); i++) {
                if (jobs.get(i).map(job -> job.status().state().finished()).orElse(true)) {
                    ended.add(page.get(i));
                }
            }
            endWaiters.changed(new Changes(Map.of(), Set.of(), ended, false));
        }
    }

    /** Four fifths to six fifths of the interval; false once closed. */
    private boolean sleep() {
        long left = (long) (intervalNanos * ThreadLocalRandom.current().nextDouble(0.8, 1.2));
        lock.lock();
        try {
            while (!closed && left > 0) {
                left = stop.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            stop.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
