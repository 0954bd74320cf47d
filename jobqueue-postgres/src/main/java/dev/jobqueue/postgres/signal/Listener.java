package dev.jobqueue.postgres.signal;

import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.spi.Changes;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what other processes change, on one connection that is kept for it.
 *
 * <p>Says "anything" after each time that it began to listen, since it may have missed something before. A connection that is lost, or does not answer
 * a question that is asked after {@value #SILENCE_MILLIS} ms of silence, is replaced, with growing waits between attempts; what is missed meanwhile is
 * found by the poll. Thread-safe.
 */
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    /** How often the thread looks whether it is closed; what arrives is heard at once. */
    private static final int LOOK_MILLIS = 100;

    private static final int SILENCE_MILLIS = 10_000;
    private static final int ANSWER_SECONDS = 5;
    private static final long CLOSE_MILLIS = 1_000;
    private static final long FIRST_WAIT_MILLIS = 50;
    private static final long LAST_WAIT_MILLIS = 10_000;

    private final Database database;
    private final Signals signals;
    private final List<Consumer<Changes>> subscribers = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stop = lock.newCondition();
    private final Thread thread;
    private volatile boolean listening;
    private @Nullable Connection connection;
    private boolean closed;

    /** Starts the thread. */
    public Listener(Database database, Signals signals) {
        this.database = database;
        this.signals = signals;
        thread = new Thread(this::run, "jobqueue-postgres-listen");
        thread.setDaemon(true);
        thread.start();
    }

    /** Calls this for changes of other processes, until the answer is run; with "anything" at once if it is listening already. */
    public Runnable subscribe(Consumer<Changes> subscriber) {
        subscribers.add(subscriber);
        if (listening) {
            subscriber.accept(Changes.ANYTHING);
        }
        return () -> subscribers.remove(subscriber);
    }

    private void run() {
        long wait = FIRST_WAIT_MILLIS;
        while (!isClosed()) {
            try (Connection opened = database.connection()) {
                keep(opened);
                begin(opened);
                wait = FIRST_WAIT_MILLIS;
                listen(opened);
            } catch (SQLException | RuntimeException e) {
                if (!isClosed()) {
                    LOG.warn(
                            "Cannot listen to PostgreSQL, trying again in {} ms; until then polls find changes of other processes",
                            wait,
                            e);
                }
            } finally {
                listening = false;
                keep(null);
            }
            sleep(wait);
            wait = Math.min(LAST_WAIT_MILLIS, wait * 2);
        }
    }

    /** Remembers the connection, so that it can be aborted. */
    private void keep(@Nullable Connection opened) {
        lock.lock();
        try {
            connection = opened;
        } finally {
            lock.unlock();
        }
    }

    private void begin(Connection opened) throws SQLException {
        opened.setAutoCommit(true);
        try (Statement statement = opened.createStatement()) {
            statement.execute("LISTEN " + signals.channel());
        }
        listening = true;
        tell(Changes.ANYTHING);
    }

    private void listen(Connection opened) throws SQLException {
        PGConnection postgres = opened.unwrap(PGConnection.class);
        int silence = 0;
        try {
            while (!isClosed()) {
                PGNotification[] notifications = postgres.getNotifications(LOOK_MILLIS);
                if (notifications != null && notifications.length > 0) {
                    silence = 0;
                    for (PGNotification notification : notifications) {
                        tell(Message.read(notification.getParameter(), signals.self()));
                    }
                } else {
                    silence += LOOK_MILLIS;
                    if (silence >= SILENCE_MILLIS) {
                        silence = 0;
                        requireAnswer(opened);
                    }
                }
            }
            try (Statement statement = opened.createStatement()) {
                statement.execute("UNLISTEN *");
            }
        } catch (SQLException | RuntimeException e) {
            // Not given back to a pool: it still listens, or is dead and would be waited for.
            opened.abort(Runnable::run);
            throw e;
        }
    }

    private static void requireAnswer(Connection opened) throws SQLException {
        if (!opened.isValid(ANSWER_SECONDS)) {
            throw new SQLException("the connection did not answer within " + ANSWER_SECONDS + " s", "08006");
        }
    }

    private void tell(Changes changes) {
        if (changes.equals(Changes.NONE)) {
            return;
        }
        for (Consumer<Changes> subscriber : subscribers) {
            subscriber.accept(changes);
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void sleep(long millis) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (!closed && left > 0) {
                left = stop.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread and gives its connection back; if it waits for one without regard to interrupts, as soon as it gets it. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            stop.signal();
        } finally {
            lock.unlock();
        }
        // Ends a wait for a connection of the pool.
        thread.interrupt();
        if (!Joining.joined(thread, CLOSE_MILLIS)) {
            abort();
            if (!Joining.joined(thread, CLOSE_MILLIS)) {
                LOG.warn(
                        "Whoever closes does not wait for the data source, which does not answer the listener's request for a connection");
            }
        }
    }

    /** For a connection that does not answer any more. */
    private void abort() {
        lock.lock();
        try {
            if (connection != null) {
                connection.abort(Runnable::run);
            }
        } catch (SQLException e) {
            LOG.debug("The connection could not be aborted", e);
        } finally {
            lock.unlock();
        }
    }
}
