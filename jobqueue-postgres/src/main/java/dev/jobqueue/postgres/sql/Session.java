package dev.jobqueue.postgres.sql;

import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * Where statements run: in transactions of their own, or in one of a caller.
 *
 * <p>Thread-safe if transactions are its own. Failures come out as {@link dev.jobqueue.JobQueueException}.
 */
public interface Session {
    /** Whether transactions are its own; if not, nothing of them outlives the call but its effects. */
    boolean own();

    /** The quoted name of the schema. */
    String schema();

    /** Runs one statement that changes nothing. */
    <T> T read(Function<Handle, T> statement);

    /** Runs one statement that changes something, and commits it. Run again if it met another transaction. */
    <T> T call(Function<Handle, T> statement);

    /**
     * Runs several statements as one transaction, all with plans for large tables: with small ones the planner would read a whole table, and the driver
     * would keep that plan. Run again from the start if it met another transaction, so it must have no effects elsewhere.
     */
    <T> T transact(Function<Handle, T> statements);
}
