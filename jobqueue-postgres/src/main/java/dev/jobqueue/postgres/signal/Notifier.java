package dev.jobqueue.postgres.signal;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.spi.Changes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other processes of committed changes, from one background thread.
 *
 * <p>A notification takes a lock of the whole server at commit, so it is not part of the transactions that make the changes. The first one goes out at
 * once, further ones are collected and go out at most every 20 ms. One that is lost is made good by the poll of the other processes. Thread-safe.
 */
public final class Notifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int MOST_ENDED = 10_000;
    private static final int MOST_PAIRS = 500;

    private final Database database;
    private final Signals signals;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private Map<TypeChannel, Integer> ready = new HashMap<>();
    private Set<TypeChannel> scheduled = new HashSet<>();
    private Set<JobId> ended = new HashSet<>();
    private boolean anything;
    private boolean pending;
    private boolean closed;

    /** Starts the thread. */
    public Notifier(Database database, Signals signals) {
        this.database = database;
        this.signals = signals;
        thread = new Thread(this::run, "jobqueue-postgres-notify");
        thread.setDaemon(true);
        thread.start();
    }

    /** Tells these changes soon; does not wait. */
    public void publish(Changes changes) {
        if (changes.equals(Changes.NONE)) {
            return;
        }
        lock.lock();
        try {
            ready.putAll(changes.ready());
            scheduled.addAll(changes.scheduled());
            ended.addAll(changes.ended());
            anything |= changes.anything() || ended.size() > MOST_ENDED || ready.size() + scheduled.size() > MOST_PAIRS;
            if (!pending) {
                pending = true;
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        long sentAt = System.nanoTime() - INTERVAL_NANOS;
        while (awaitChanges(sentAt)) {
            sentAt = System.nanoTime();
            send(take());
        }
        send(take());
    }

    /** Waits until there is something to send and the interval has passed; false once closed. */
    private boolean awaitChanges(long sentAt) {
        lock.lock();
        try {
            while (!closed) {
                long left = INTERVAL_NANOS - (System.nanoTime() - sentAt);
                if (!pending) {
                    changed.await();
                } else if (left > 0) {
                    changed.awaitNanos(left);
                } else {
                    return true;
                }
            }
            return false;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private Changes take() {
        lock.lock();
        try {
            if (!pending) {
                return Changes.NONE;
            }
            Changes changes = anything ? Changes.ANYTHING : new Changes(ready, scheduled, List.copyOf(ended), false);
            ready = new HashMap<>();
            scheduled = new HashSet<>();
            ended = new HashSet<>();
            anything = false;
            pending = false;
            return changes;
        } finally {
            lock.unlock();
        }
    }

    private void send(Changes changes) {
        if (changes.equals(Changes.NONE)) {
            return;
        }
        try {
            database.call(handle -> {
                signals.sendAlone(handle, changes);
                return true;
            });
        } catch (JobQueueException e) {
            LOG.warn("Other processes could not be told of changes; their polls will find them", e);
        }
    }

    /** Sends what is pending and ends the thread. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        Joining.join(thread);
    }
}
