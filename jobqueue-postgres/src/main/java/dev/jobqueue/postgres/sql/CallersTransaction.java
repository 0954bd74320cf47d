package dev.jobqueue.postgres.sql;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.postgres.sql.Failures.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Statements in the transaction of a caller (ENQ-6). Each call is behind a savepoint: one that fails leaves the transaction as it was and usable.
 *
 * <p>Not thread-safe, as a connection is not. Never commits and never closes the connection.
 */
final class CallersTransaction implements Session {
    private final Connection connection;
    private final String schema;
    /** Never closed: that would close the connection. */
    private final Handle handle;

    CallersTransaction(Connection connection, String schema) {
        this.connection = connection;
        this.schema = Identifiers.quoted(schema);
        handle = Jdbi.create(connection).define("s", this.schema).open();
        try {
            if (connection.getAutoCommit()) {
                throw new IllegalStateException(
                        "the connection has auto-commit on, so there is no transaction to take part in: setAutoCommit(false) first");
            }
            if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
                throw new IllegalStateException(
                        "the transaction must be READ COMMITTED: in another one a finish would not see "
                                + "a dependent that was enqueued since the transaction began");
            }
        } catch (SQLException e) {
            throw Failures.translate(new IllegalStateException(e), Phase.WORKING);
        }
    }

    @Override
    public boolean own() {
        return false;
    }

    @Override
    public String schema() {
        return schema;
    }

    @Override
    public <T> T read(Function<Handle, T> statement) {
        return behindASavepoint(statement);
    }

    @Override
    public <T> T call(Function<Handle, T> statement) {
        return behindASavepoint(statement);
    }

    @Override
    public <T> T transact(Function<Handle, T> statements) {
        return behindASavepoint(same -> {
            Planning before = Planning.set(same, false);
            T answer = statements.apply(same);
            before.restore(same);
            return answer;
        });
    }

    private <T> T behindASavepoint(Function<Handle, T> statements) {
        return CallingThread.shielded(interrupts -> {
            for (int number = 1; ; number++) {
                Savepoint savepoint = set();
                try {
                    T answer = statements.apply(handle);
                    release(savepoint);
                    return answer;
                } catch (RuntimeException e) {
                    rollback(savepoint, e);
                    boolean metAnother = e instanceof Failures.RunAgain || Failures.keyTaken(e);
                    if (!metAnother || number == Database.ATTEMPTS) {
                        throw Failures.translate(e, Phase.WORKING);
                    }
                }
            }
        });
    }

    private Savepoint set() {
        try {
            return connection.setSavepoint();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private void release(Savepoint savepoint) {
        try {
            connection.releaseSavepoint(savepoint);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private void rollback(Savepoint savepoint, RuntimeException failure) {
        try {
            connection.rollback(savepoint);
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private static RuntimeException failed(SQLException e) {
        RuntimeException translated = Failures.translate(new IllegalStateException(e), Phase.WORKING);
        return translated instanceof JobQueueException ? translated : new IllegalStateException(e);
    }
}
