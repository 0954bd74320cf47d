package dev.jobqueue.examples.sqlite;

import dev.jobqueue.JobQueueException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One connection to one file, which is locked against everybody else while it is open (DUR-4). One call at a time, each of them one transaction that is on
 * the disk when it returns (DUR-1).
 */
final class Database implements AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final Handle handle;
    private boolean closed;

    private Database(Handle handle) {
        this.handle = handle;
    }

    static Database open(Path file) {
        // guide: begin open
        SQLiteConfig config = new SQLiteConfig();
        config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE); // a second opening fails: DUR-4
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL); // each commit is forced: DUR-1
        config.enforceForeignKeys(true);
        config.setBusyTimeout(0);
        // guide: end open
        Handle handle;
        try {
            // Not from a connection, because Jdbi would leave that open.
            handle = Jdbi.create(() -> config.createConnection("jdbc:sqlite:" + file))
                    .open();
        } catch (JdbiException e) {
            throw failure(e, false);
        }
        try {
            handle.createScript(schema()).execute();
            return new Database(handle);
        } catch (JdbiException e) {
            handle.close();
            throw failure(e, false);
        }
    }

    private static String schema() {
        try (InputStream in = Objects.requireNonNull(Database.class.getResourceAsStream("schema.sql"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Handle handle() {
        return handle;
    }

    // guide: begin transaction
    /** Runs the call as one transaction, then, behind the same lock, what follows. Waits for its turn whatever interrupts the thread (DUR-6). */
    <T> T inTransaction(Supplier<T> call, Runnable committed) {
        lock.lock();
        try {
            if (closed) {
                throw new JobQueueException.Closed();
            }
            boolean committing = false;
            try {
                handle.begin();
                T answer = call.get();
                committing = true;
                handle.commit();
                committed.run();
                return answer;
            } catch (RuntimeException e) {
                rollback(e);
                throw e instanceof JdbiException ? failure(e, committing) : e;
            }
        } finally {
            lock.unlock();
        }
    }
    // guide: end transaction

    private void rollback(RuntimeException cause) {
        try {
            if (handle.isInTransaction()) {
                handle.rollback();
            }
        } catch (JdbiException e) {
            // SQLite has rolled back by itself, or the next begin fails too.
            cause.addSuppressed(e);
        }
    }

    /** What was not committed has not happened; a commit that failed may have (DUR-2). */
    private static JobQueueException failure(RuntimeException e, boolean committing) {
        SQLiteErrorCode code =
                e.getCause() instanceof SQLiteException s ? s.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
        if (code == SQLiteErrorCode.SQLITE_CORRUPT || code == SQLiteErrorCode.SQLITE_NOTADB) {
            return new JobQueueException.Corrupt("the database is damaged; sqlite3 has .recover", e);
        }
        return committing
                ? new JobQueueException.OutcomeUnknown("the commit failed: " + code, e)
                : new JobQueueException.StoreUnavailable("the database cannot be used: " + code, e);
    }

    /** Waits for the call under way. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                handle.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
