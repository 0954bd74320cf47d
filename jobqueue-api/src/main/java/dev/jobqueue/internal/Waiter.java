package dev.jobqueue.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who waits for jobs. All fields are guarded by the lock of {@link Waiters}, but for what says otherwise. */
abstract class Waiter {
    final int wanted;
    final String worker;
    final List<Waiters.Taken> got = new ArrayList<>();
    /** A claim that counted this waiter has ended, well or badly. */
    boolean tried;
    /** Its time is up, but it goes only when it has been tried. */
    boolean overdue;
    /** A claim that counted this waiter has reached the store. */
    boolean reached;

    @Nullable
    RuntimeException lastFailure;

    boolean failed;

    /** Written under the lock, after everything else: whoever sees false without the lock may take what he got and go. */
    volatile boolean waiting = true;

    Waiter(int wanted, String worker) {
        this.wanted = wanted;
        this.worker = worker;
    }

    /** Lets this waiter look at its group soon, in a thread of its own; a call while it looks lets it look again. With or without the lock. */
    abstract void wake();
}
