package dev.jobqueue.postgres;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.postgres.sql.Identifiers;
import dev.jobqueue.postgres.sql.Planning;
import java.time.Duration;

/**
 * Settings of a queue in PostgreSQL.
 *
 * <p>Immutable and thread-safe.
 *
 * @param queue the settings that every queue has
 * @param schema the schema of the queue's tables, 1 to 63 bytes, default {@value #DEFAULT_SCHEMA}; it is quoted, so any name will do
 * @param pollInterval how often waiters look for changes of other processes that they were not told of, 1 ms to 1 hour, default 2 s; one query a process,
 *     with jitter
 * @param notification how other processes are told of changes, default after each commit
 * @param listen whether this process listens to the others, on one connection that is kept for it; default true. Switch it off for a pooler that
 *     cannot LISTEN: then the poll alone finds what others do
 * @param durableWithoutFsync whether the queue calls itself durable though the server runs with fsync off, default false (DUR-1)
 */
@CheckReturnValue
public record PostgresQueueOptions(
        QueueOptions queue,
        String schema,
        Duration pollInterval,
        Notification notification,
        boolean listen,
        boolean durableWithoutFsync) {
    private static final Duration LEAST_POLL = Duration.ofMillis(1);
    private static final Duration MOST_POLL = Duration.ofHours(1);

    /**
     * How the connections of a data source that only the queue uses may be made, as the value of the driver's property {@code options}: then claims,
     * successes and batches do not set by themselves how they are planned, and are quicker. All connections have these settings or none; the queue looks when it is opened.
     */
    public static final String CONNECTION_OPTIONS = Planning.CONNECTION_OPTIONS;

    /** The schema of queues that name none. */
    public static final String DEFAULT_SCHEMA = "jobqueue";

    /** All defaults. */
    public static final PostgresQueueOptions DEFAULT = new PostgresQueueOptions(
            QueueOptions.DEFAULT, DEFAULT_SCHEMA, Duration.ofSeconds(2), Notification.AFTER_COMMIT, true, false);

    public PostgresQueueOptions {
        requireNonNull(queue, "queue");
        Identifiers.requireSchema(schema);
        requireNonNull(notification, "notification");
        if (pollInterval.compareTo(LEAST_POLL) < 0 || pollInterval.compareTo(MOST_POLL) > 0) {
            throw new IllegalArgumentException(
                    "pollInterval must be " + LEAST_POLL + " to " + MOST_POLL + ": " + pollInterval);
        }
    }

    /** How other processes are told of changes. */
    public enum Notification {
        /**
         * Soon after the commit, from one background thread: the first change at once, further ones at most every 20 ms. A notification takes a lock of
         * the whole server at commit, so this costs the transactions nothing.
         */
        AFTER_COMMIT,
        /** As a part of each transaction, also of a caller's (ENQ-6). Slows down many concurrent writers. */
        IN_TRANSACTION,
        /** Not at all: the others poll. */
        NONE
    }

    /** Other settings that every queue has. */
    public PostgresQueueOptions queue(QueueOptions newQueue) {
        return new PostgresQueueOptions(newQueue, schema, pollInterval, notification, listen, durableWithoutFsync);
    }

    /** Another schema. */
    public PostgresQueueOptions schema(String newSchema) {
        return new PostgresQueueOptions(queue, newSchema, pollInterval, notification, listen, durableWithoutFsync);
    }

    /** Another interval between polls. */
    public PostgresQueueOptions pollInterval(Duration newPollInterval) {
        return new PostgresQueueOptions(queue, schema, newPollInterval, notification, listen, durableWithoutFsync);
    }

    /** Another way to tell other processes. */
    public PostgresQueueOptions notification(Notification newNotification) {
        return new PostgresQueueOptions(queue, schema, pollInterval, newNotification, listen, durableWithoutFsync);
    }

    /** Whether this process listens. */
    public PostgresQueueOptions listen(boolean newListen) {
        return new PostgresQueueOptions(queue, schema, pollInterval, notification, newListen, durableWithoutFsync);
    }

    /** Whether the queue calls itself durable on a server with fsync off. */
    public PostgresQueueOptions durableWithoutFsync(boolean newDurableWithoutFsync) {
        return new PostgresQueueOptions(queue, schema, pollInterval, notification, listen, newDurableWithoutFsync);
    }
}
