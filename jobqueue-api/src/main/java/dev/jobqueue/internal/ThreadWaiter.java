package dev.jobqueue.internal;

import dev.jobqueue.Selector;
import java.util.concurrent.locks.LockSupport;

/** The thread that made this, and parks until there is something for it. */
final class ThreadWaiter extends Waiter {
    private final Thread thread = Thread.currentThread();

    ThreadWaiter(Selector selector, int wanted, String worker, long startNanos, long timeoutNanos) {
        super(selector, wanted, worker, startNanos, timeoutNanos);
    }

    @Override
    void wake() {
        LockSupport.unpark(thread);
    }
}
