package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.journal.Utf8Out;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps a large array for the next call that needs one: to make one and have it collected costs as much as to fill it. Thread-safe. */
final class SpareBlock {
    private static final int SMALLEST = 64 << 10;
    private static final int LARGEST = 4 << 20;

    private final AtomicReference<@Nullable Utf8Out> spare = new AtomicReference<>();

    /** An empty block for about so many bytes. */
    Utf8Out take(int bytes) {
        Utf8Out block = bytes < SMALLEST ? null : spare.getAndSet(null);
        return block == null ? new Utf8Out(bytes) : block;
    }

    /** Takes back a block that nobody uses any more. */
    void give(Utf8Out block) {
        int capacity = block.array().length;
        if (SMALLEST <= capacity && capacity <= LARGEST) {
            block.truncate(0);
            spare.set(block);
        }
    }
}
