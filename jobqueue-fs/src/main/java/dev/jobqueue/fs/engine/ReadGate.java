package dev.jobqueue.fs.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Keeps segments alive while somebody may read from them. Readers enter the current generation; a segment that nothing points to any more is deleted once
 * the generation that was current then has no reader left.
 */
final class ReadGate {
    private Generation current = new Generation();

    /** Readers that entered between two turns. */
    static final class Generation {
        private final AtomicInteger readers = new AtomicInteger();
        private volatile @Nullable Thread waiter;

        /** Called by a reader when it has read all that it wants. */
        void leave() {
            if (readers.decrementAndGet() == 0) {
                Thread w = waiter;
                if (w != null) {
                    LockSupport.unpark(w);
                }
            }
        }

        /** Waits until no reader is left. The generation must not be current any more. */
        void await() {
            waiter = Thread.currentThread();
            boolean interrupted = false;
            while (readers.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Called by the writer for a reader. */
    Generation enter() {
        current.readers.incrementAndGet();
        return current;
    }

    /** Called by the writer: whoever enters later does not belong to the generation that is returned. */
    Generation turn() {
        Generation before = current;
        current = new Generation();
        return before;
    }
}
