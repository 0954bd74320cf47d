package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.journal.RecordHeader;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way through the writer.
 *
 * <p>The caller prepares as much as it can, submits it and parks; the writer runs {@link #bound} and {@link #execute}; after the force of the group the
 * caller goes on with what {@code execute} has left in the fields of the operation.
 */
abstract class Operation {
    /** The next older one in the queue of the writer. */
    @Nullable
    Operation next;

    /** Whether it has waited for a new segment. */
    boolean deferred;

    /** Whether it has added events to the group. */
    boolean wrote;

    private final Thread caller = Thread.currentThread();
    private ReadGate.@Nullable Generation reading;
    private @Nullable RuntimeException failure;
    private volatile boolean done;

    /** The most bytes of events that {@link #execute} may add; 0 if none. Has no effect. */
    abstract long bound(Core core);

    /** Whether it asks for new room on a disk; on a full one it is refused first. */
    boolean grows() {
        return false;
    }

    /** Whether it makes a record of its own: the group before it is durable when it runs. */
    boolean alone() {
        return false;
    }

    /** The kind of the record, if it is one of its own. */
    char kind() {
        return RecordHeader.JOURNAL;
    }

    /** Decides, adds events to the journal and applies them. Throws only before the first effect. */
    abstract void execute(Core core);

    /** Keeps all positions that {@link #execute} hands out readable until the caller is done. */
    final void pin(Core core) {
        if (reading == null) {
            reading = core.gate.enter();
        }
    }

    final void fail(RuntimeException problem) {
        failure = problem;
    }

    /** What to say if the effect is durable but the answer cannot be read: a repeat with the same tokens settles it (DEQ-13). */
    final JobQueueException unanswered(JobQueueException.StoreUnavailable problem) {
        return wrote ? new JobQueueException.OutcomeUnknown(String.valueOf(problem.getMessage()), problem) : problem;
    }

    /** Called by the writer, last. */
    final void complete() {
        done = true;
        LockSupport.unpark(caller);
    }

    /** Waits for the writer; an interrupt changes nothing and is kept (DUR-6). */
    final void await() {
        boolean interrupted = false;
        while (!done) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            release();
            throw failure;
        }
    }

    /** Called by the caller when it has read all it wants. */
    final void release() {
        ReadGate.Generation generation = reading;
        if (generation != null) {
            reading = null;
            generation.leave();
        }
    }
}
