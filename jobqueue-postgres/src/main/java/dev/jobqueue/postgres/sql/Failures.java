package dev.jobqueue.postgres.sql;

import dev.jobqueue.JobQueueException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What a failure of the database means to the caller: by SQLSTATE, and by how far the transaction had come. */
public final class Failures {
    private static final String UNIQUE_VIOLATION = "23505";
    private static final String FOREIGN_KEY_VIOLATION = "23503";
    private static final Set<String> AGAIN = Set.of("40001", "40P01", UNIQUE_VIOLATION, FOREIGN_KEY_VIOLATION);
    private static final Set<String> SERVER_WENT_AWAY = Set.of("57P01", "57P02", "57P03", "57P04", "57P05");

    /** How far a transaction had come. */
    enum Phase {
        /** No connection yet. */
        CONNECTING,
        /** Statements whose effect is not committed. */
        WORKING,
        /** The commit is under way, alone or together with the only statement. */
        COMMITTING
    }

    private Failures() {}

    /** Asks for the transaction to be run again from its start: something has come in between. */
    public static final class RunAgain extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** Says what has come in between. */
        public RunAgain(String message) {
            super(message);
        }
    }

    /** The failure of the database below this exception, if there is one. */
    static @Nullable SQLException sqlCause(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e) {
                return e;
            }
        }
        return null;
    }

    /** Whether the transaction was rolled back for a reason that may be gone the next time. */
    static boolean again(RuntimeException failure) {
        SQLException cause = sqlCause(failure);
        return failure instanceof RunAgain
                || (cause != null && (AGAIN.contains(state(cause)) || preparedForOtherTables(cause)));
    }

    /** Whether the tables were made anew since the statement was prepared; the driver prepares it again at the next use. */
    private static boolean preparedForOtherTables(SQLException cause) {
        ServerErrorMessage message = cause instanceof PSQLException e ? e.getServerErrorMessage() : null;
        return message != null && "RevalidateCachedQuery".equals(message.getRoutine());
    }

    /** Whether a key was taken by another transaction first. */
    static boolean keyTaken(RuntimeException failure) {
        SQLException cause = sqlCause(failure);
        return cause != null && UNIQUE_VIOLATION.equals(cause.getSQLState());
    }

    /** Whether the thread was interrupted while it waited for a connection. */
    static boolean interrupted(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

    /** The exception for the caller. */
    static RuntimeException translate(RuntimeException failure, Phase phase) {
        if (failure instanceof JobQueueException) {
            return failure;
        }
        if (failure instanceof RunAgain) {
            return new JobQueueException.StoreUnavailable(
                    "the transaction met others too often (" + failure.getMessage() + "); nothing was changed",
                    failure);
        }
        SQLException cause = sqlCause(failure);
        if (cause == null) {
            return failure;
        }
        String state = state(cause);
        String said = cause.getMessage() + " (SQLSTATE " + state + ")";
        if (phase == Phase.CONNECTING) {
            return new JobQueueException.StoreUnavailable("no connection to PostgreSQL: " + said, failure);
        }
        if (lost(state)) {
            return phase == Phase.COMMITTING
                    ? new JobQueueException.OutcomeUnknown(
                            "the connection to PostgreSQL was lost while the call was committed: " + said, failure)
                    : new JobQueueException.StoreUnavailable("the connection to PostgreSQL was lost: " + said, failure);
        }
        if (state.equals("XX001") || state.equals("XX002")) {
            return new JobQueueException.Corrupt("PostgreSQL reports damaged data: " + said, failure);
        }
        if (state.equals("25006")) {
            return new JobQueueException.StoreUnavailable(
                    "PostgreSQL is read-only here, perhaps a standby; connect to the primary: " + said, failure);
        }
        if (state.equals("3F000") || state.equals("42P01") || state.equals("42883") || state.equals("42704")) {
            return new JobQueueException.StoreUnavailable(
                    "the schema of the queue is missing or not complete; run PostgresJobQueue.migrate: " + said,
                    failure);
        }
        return new JobQueueException.StoreUnavailable(
                "PostgreSQL refused the statement; nothing was changed: " + said, failure);
    }

    /** Whether the connection is gone, so that nobody says what became of the last statement. */
    static boolean lost(String state) {
        return state.startsWith("08") || SERVER_WENT_AWAY.contains(state);
    }

    private static String state(SQLException failure) {
        return failure.getSQLState() == null ? "" : failure.getSQLState();
    }
}
