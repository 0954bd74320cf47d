package dev.jobqueue.postgres.signal;

import java.util.concurrent.TimeUnit;

/** Waits for the end of a thread; an interrupt is kept for later. */
final class Joining {
    private Joining() {}

    static void join(Thread thread) {
        while (!joined(thread, 10_000)) {
            Thread.onSpinWait();
        }
    }

    /** Whether the thread ended within this time. */
    static boolean joined(Thread thread, long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        while (thread.isAlive() && System.nanoTime() - end < 0) {
            try {
                thread.join(millis);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
