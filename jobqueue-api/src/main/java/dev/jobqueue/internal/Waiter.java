package dev.jobqueue.internal;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.Selector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who waits for jobs. All fields are guarded by the lock of {@link Groups}, but for what says otherwise. */
abstract class Waiter {
    static final long NEVER = Long.MAX_VALUE;

    final Selector selector;
    final int wanted;
    final String worker;
    private final long startNanos;
    private final long timeoutNanos;

    final List<Taken> got = new ArrayList<>();
    /** A claim that counted this waiter has ended, well or badly. */
    boolean tried;
    /** Its time is up, but it goes only when it has been tried. */
    boolean overdue;
    /** A claim that counted this waiter has reached the store. */
    boolean reached;

    @Nullable
    RuntimeException lastFailure;

    /** The last failure is one that waiting does not mend. */
    boolean failed;

    /** Written under the lock, after everything else: whoever sees false without the lock may take what he got and go. */
    volatile boolean waiting = true;

    /**
     * Waits from the start on.
     *
     * @param wanted at most so many jobs
     * @param timeoutNanos {@link #NEVER} for no limit
     */
    Waiter(Selector selector, int wanted, String worker, long startNanos, long timeoutNanos) {
        this.selector = selector;
        this.wanted = wanted;
        this.worker = worker;
        this.startNanos = startNanos;
        this.timeoutNanos = timeoutNanos;
    }

    /** Lets this waiter look at its group soon, in a thread of its own; a call while it looks lets it look again. With or without the lock. */
    abstract void wake();

    /** How long it still waits. */
    final long left(long now) {
        return timeoutNanos == NEVER ? NEVER : timeoutNanos - (now - startNanos);
    }

    /** A claim that counted this waiter has ended. */
    final void tried() {
        tried = true;
        if (overdue) {
            wake();
        }
    }

    /** Out of its group; it may go. */
    final void letGo() {
        waiting = false;
        wake();
    }

    /** Who goes empty-handed says so if no claim of his has reached the store (DEQ-3). */
    final void requireReached() {
        if (!reached && lastFailure != null) {
            throw lastFailure instanceof JobQueueException.StoreUnavailable
                    ? Answers.copy(lastFailure)
                    : new JobQueueException.StoreUnavailable(
                            "no dequeue reached the store while waiting: " + lastFailure.getMessage(), lastFailure);
        }
    }

    /** What it got, once it waits no more. */
    final List<Taken> jobs() {
        if (failed && lastFailure != null) {
            throw Answers.copy(lastFailure);
        }
        return List.copyOf(got);
    }
}
