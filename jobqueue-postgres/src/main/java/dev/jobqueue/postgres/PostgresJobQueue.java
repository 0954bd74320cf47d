package dev.jobqueue.postgres;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.postgres.sql.Identifiers;
import dev.jobqueue.postgres.sql.Migrations;
import java.sql.Connection;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;

/**
 * A job queue in PostgreSQL 14 to 18, shared by many processes.
 *
 * <p>What a call has returned is committed and survives a crash of the process and of the server. Waiting takes no connection; besides that of calls under
 * way the queue keeps one connection of the data source, to listen. Closing the queue loses nothing and does not close the data source.
 *
 * <p>Connections need READ COMMITTED, PostgreSQL's default. A {@code socketTimeout} longer than any statement is worth setting on the data source: without
 * one, a server that hangs is waited for without end.
 */
public interface PostgresJobQueue extends JobQueue {
    /** As {@link #create(DataSource, PostgresQueueOptions)}, with default settings. */
    static PostgresJobQueue create(DataSource dataSource) {
        return create(dataSource, PostgresQueueOptions.DEFAULT);
    }

    /**
     * A queue in a schema that is {@linkplain #migrate up to date}.
     *
     * @throws JobQueueException.StoreUnavailable if the server cannot be reached or does not fit, or the schema is missing, too old, too new or broken
     *     off in a migration; the message says what to do
     */
    static PostgresJobQueue create(DataSource dataSource, PostgresQueueOptions options) {
        Database database = new Database(requireNonNull(dataSource, "dataSource"), options.schema());
        return new SharedJobQueue(
                JobQueue.on(PostgresJobStore.open(database, options), options.queue()), database, options);
    }

    /** As {@link #migrate(DataSource, String)}, in the schema {@value PostgresQueueOptions#DEFAULT_SCHEMA}. */
    static void migrate(DataSource dataSource) {
        migrate(dataSource, PostgresQueueOptions.DEFAULT_SCHEMA);
    }

    /**
     * Makes the schema and its tables, or brings them up to date: all steps or none. Fine at every start and from many processes at once; processes with
     * the library before may go on meanwhile.
     *
     * <p>The user needs the right to create a schema in the database, or to create objects in it if it exists. Flyway can apply the same files from
     * {@code classpath:dev/jobqueue/postgres/migration}.
     *
     * @throws JobQueueException.StoreUnavailable if the server cannot be reached or does not fit, or the schema is too new or broken off in a migration;
     *     nothing was changed
     */
    static void migrate(DataSource dataSource, String schema) {
        Migrations.migrate(
                new Database(requireNonNull(dataSource, "dataSource"), Identifiers.requireSchema(schema)), schema);
    }

    /**
     * A writer in the transaction of this connection (ENQ-6).
     *
     * @param connection to the database of the queue, with auto-commit off and isolation READ COMMITTED
     * @throws IllegalStateException if the connection has auto-commit on or another isolation
     */
    @CheckReturnValue
    JobWriter in(Connection connection);

    /** As {@link #in(Connection)}, on the connection of this handle. */
    @CheckReturnValue
    default JobWriter in(Handle handle) {
        return in(handle.getConnection());
    }
}
