package dev.jobqueue.postgres.sql;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.postgres.sql.Failures.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jspecify.annotations.Nullable;

/**
 * Connections of a data source, used for one call each.
 *
 * <p>An interrupt of a calling thread waits until its call is over (DUR-6): no wait for a connection, a lock or an answer ends early by it. Thread-safe.
 */
public final class Database implements Session {
    /** How often a transaction is run that meets others (40001, 40P01, a key that somebody else took first, tables made anew). */
    static final int ATTEMPTS = 10;

    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Jdbi jdbi;
    private final DataSource dataSource;
    private final String schema;

    /** @param schema the name of the schema as it is, not quoted */
    public Database(DataSource dataSource, String schema) {
        this.dataSource = dataSource;
        this.schema = schema;
        jdbi = Jdbi.create(dataSource);
        jdbi.define("s", Identifiers.quoted(schema));
    }

    /** The same statements on a connection that belongs to a caller, in the caller's transaction. */
    public Session in(Connection connection) {
        return new CallersTransaction(connection, schema);
    }

    /** A connection to keep for long; the taker closes it. */
    public Connection connection() throws SQLException {
        return dataSource.getConnection();
    }

    @Override
    public boolean own() {
        return true;
    }

    @Override
    public String schema() {
        return Identifiers.quoted(schema);
    }

    @Override
    public <T> T read(Function<Handle, T> statement) {
        return repeatedly(() -> once(statement, Phase.WORKING));
    }

    @Override
    public <T> T call(Function<Handle, T> statement) {
        return repeatedly(() -> once(statement, Phase.COMMITTING));
    }

    @Override
    public <T> T transact(Function<Handle, T> statements) {
        return repeatedly(() -> transactOnce(statements));
    }

    private <T> T once(Function<Handle, T> statement, Phase phase) {
        Phase reached = Phase.CONNECTING;
        try (Handle handle = jdbi.open()) {
            reached = phase;
            if (handle.getConnection().getAutoCommit()) {
                return statement.apply(handle);
            }
            // A pool that hands out connections without auto-commit.
            reached = Phase.WORKING;
            handle.begin();
            T answer = statement.apply(handle);
            reached = phase;
            handle.commit();
            return answer;
        } catch (SQLException e) {
            throw new Failed(new IllegalStateException(e), reached);
        } catch (RuntimeException e) {
            throw new Failed(e, reached);
        }
    }

    private <T> T transactOnce(Function<Handle, T> statements) {
        Phase reached = Phase.CONNECTING;
        try (Handle handle = jdbi.open()) {
            reached = Phase.WORKING;
            handle.begin();
            T answer;
            try {
                Planning.set(handle, true);
                answer = statements.apply(handle);
                reached = Phase.COMMITTING;
                handle.commit();
            } catch (RuntimeException e) {
                rollback(handle, e);
                throw e;
            }
            return answer;
        } catch (RuntimeException e) {
            throw new Failed(e, reached);
        }
    }

    private static void rollback(Handle handle, RuntimeException failure) {
        try {
            if (handle.isInTransaction()) {
                handle.rollback();
            }
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private interface Attempt<T> {
        T run();
    }

    /** A failure and how far the attempt had come. */
    private static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Phase phase;
        private final RuntimeException failure;

        Failed(RuntimeException failure, Phase phase) {
            super(failure);
            this.failure = failure;
            this.phase = phase;
        }
    }

    private static <T> T repeatedly(Attempt<T> attempt) {
        return CallingThread.shielded(interrupts -> {
            for (int number = 1; ; number++) {
                try {
                    return attempt.run();
                } catch (Failed failed) {
                    boolean waited = failed.phase == Phase.CONNECTING && interrupts.tookOne(failed.failure);
                    if (!waited && !(Failures.again(failed.failure) && number < ATTEMPTS)) {
                        throw Failures.translate(failed.failure, failed.phase);
                    }
                    if (!waited) {
                        LockSupport.parkNanos(
                                ThreadLocalRandom.current().nextLong(Math.min(LONGEST_WAIT_NANOS, 200_000L << number)));
                    }
                }
            }
        });
    }

    /**
     * The facts about the server that the queue depends on.
     *
     * @param encoding must be UTF8
     * @param isolation the default of this data source's connections, must be read committed
     * @param fsync whether commits reach the disk
     * @param planned whether this data source's connections come with the settings of {@link Planning}, and plan each statement once
     */
    public record Server(int version, String encoding, String isolation, boolean fsync, boolean planned) {}

    /** Asks for the facts about the server. */
    public Server server() {
        return read(handle -> {
            TransactionIsolationLevel level = handle.getTransactionIsolationLevel();
            return handle.createQuery("""
                            SELECT current_setting('server_version_num')::integer, current_setting('server_encoding'),
                                   current_setting('fsync') = 'on',
                            """ + Planning.IN_FORCE)
                    .map((row, context) -> new Server(
                            row.getInt(1), row.getString(2), level.name(), row.getBoolean(3), row.getBoolean(4)))
                    .one();
        });
    }

    /**
     * Refuses a server on which the queue would not be right.
     *
     * @throws JobQueueException.StoreUnavailable with what is wrong and what to do
     */
    public Server check() {
        Server server = server();
        if (server.version() < 140_000) {
            throw unfit("PostgreSQL 14 or later is needed, this server is " + server.version());
        }
        if (!server.encoding().equals("UTF8")) {
            throw unfit("the database has encoding " + server.encoding() + "; the queue needs one with UTF8");
        }
        if (!server.isolation().equals(TransactionIsolationLevel.READ_COMMITTED.name())) {
            throw unfit("connections of this data source have isolation " + server.isolation()
                    + "; the queue needs READ_COMMITTED, because each statement must see what was committed before it");
        }
        return server;
    }

    private static JobQueueException unfit(String message) {
        return new JobQueueException.StoreUnavailable(message, (@Nullable Throwable) null);
    }
}
