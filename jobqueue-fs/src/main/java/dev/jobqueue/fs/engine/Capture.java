package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.event.CheckpointWriter;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Entry;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Captures the state as it is at one record of the journal, while calls go on.
 *
 * <p>The writer marks a moment and then writes the lines of all jobs in small slices between groups. A job that changes before its turn is captured first, as
 * it still is. A job that is new since then is left out. So the lines are exact at that moment, and no call waits for longer than a slice.
 */
final class Capture implements Writer.Slices, Consumer<Entry> {
    private static final int CHUNK = 256 << 10;
    private static final int STEP = 32;

    /** After the last chunk. */
    static final byte[] END = new byte[0];

    private final Utf8Out out = new Utf8Out(CHUNK + (16 << 10));
    private final BlockingQueue<byte[]> chunks = new ArrayBlockingQueue<>(8);
    private final CheckpointWriter lines;
    private final int epoch;
    private @Nullable Entry[] all = {};
    private int next;
    private long jobs;
    private boolean ended;
    private volatile boolean aborted;
    private long position;

    Capture(int epoch) {
        this.epoch = epoch;
        this.lines = new CheckpointWriter(out, epoch);
    }

    /** Marks the moment; called by the writer between two groups. */
    void begin(Core core) {
        position = core.journal.end();
        lines.head(position, core.journal.sequence(), core.journal.chain(), core.index.nextSequence());
        core.index.paused().forEach(lines::pause);
        Entry[] entries = new Entry[core.index.size()];
        core.index.forEach(e -> entries[next++] = e);
        next = 0;
        all = entries;
        core.transitions.observe(epoch, this);
    }

    /** Captures a job that is about to change. */
    @Override
    public void accept(Entry e) {
        e.captured = epoch;
        if (!aborted) {
            lines.job(e);
            jobs++;
        }
    }

    @Override
    public boolean slice(long nanos, BooleanSupplier otherWork) {
        if (ended || aborted) {
            all = new Entry[0];
            return false;
        }
        if (chunks.remainingCapacity() == 0) {
            return false; // the thread that takes the chunks wakes the writer
        }
        long stop = System.nanoTime() + nanos;
        while (next < all.length && out.length() < CHUNK) {
            Entry e = all[next];
            all[next++] = null;
            if (e != null && e.captured != epoch) {
                accept(e);
            }
            if (next % STEP == 0 && (System.nanoTime() > stop || otherWork.getAsBoolean())) {
                return true;
            }
        }
        if (out.length() > 0) {
            chunks.add(out.toBytes());
            out.reset(CHUNK + (16 << 10));
        } else if (next == all.length) {
            chunks.add(END);
            ended = true;
        }
        return true;
    }

    /** The next chunk, {@link #END} after the last one; null if there is none for so long. */
    byte @Nullable [] take(long millis) throws InterruptedException {
        return chunks.poll(millis, TimeUnit.MILLISECONDS);
    }

    /** Nobody wants the rest. */
    void abort() {
        aborted = true;
    }

    /** How many jobs were captured; to be asked by whoever took {@link #END}. */
    long jobs() {
        return jobs;
    }

    /** The moment. */
    long position() {
        return position;
    }
}
