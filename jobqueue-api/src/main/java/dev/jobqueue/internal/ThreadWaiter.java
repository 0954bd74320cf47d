package dev.jobqueue.internal;

import java.util.concurrent.locks.LockSupport;

/** The thread that made this, and parks until there is something for it. */
final class ThreadWaiter extends Waiter {
    private final Thread thread = Thread.currentThread();

    ThreadWaiter(int wanted, String worker) {
        super(wanted, worker);
    }

    @Override
    void wake() {
        LockSupport.unpark(thread);
    }
}
