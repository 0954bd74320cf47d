package dev.jobqueue.fs.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.event.CheckpointWriter;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.SegmentSupply;
import dev.jobqueue.fs.journal.Utf8Out;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes checkpoints and compacts, in a thread of its own, when enough has been written. */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final long PAUSE_NANOS = 1_000_000_000;

    /** The journal grows by this many times the size of a checkpoint before the next one. */
    private static final int GROWTH = 4;

    /** So many jobs are not worth a checkpoint of their own. */
    private static final int FEW = 1_000;

    private final Writer writer;
    private final Disk disk;
    private final ManifestKeeper manifest;
    private final Compaction compaction;
    private final Thread thread;
    private final LongSupplier written;
    private final long minimumGrowth;
    private final boolean keepEverything;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean closed;

    @GuardedBy("lock")
    private int epoch;

    @GuardedBy("lock")
    private Last last;

    /**
     * The checkpoint in force.
     *
     * @param covered the position up to which it is true
     * @param written what the journal had written then
     */
    record Last(long covered, long bytes, long jobs, long written) {}

    /**
     * @param written how much the journal has written, including what was read at open behind the checkpoint
     * @param minimumGrowth how much the journal grows at least between two checkpoints
     * @param keepEverything for tests: nothing is deleted, so that the whole journal can be replayed
     */
    Upkeep(
            Writer writer,
            Disk disk,
            ManifestKeeper manifest,
            Compaction compaction,
            LongSupplier written,
            Last last,
            long minimumGrowth,
            boolean keepEverything) {
        this.writer = writer;
        this.disk = disk;
        this.manifest = manifest;
        this.compaction = compaction;
        this.written = written;
        this.last = last;
        this.minimumGrowth = minimumGrowth;
        this.keepEverything = keepEverything;
        this.thread = new Thread(this::run, "jobqueue-fs-upkeep");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Called when the journal has grown. */
    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        long seen = 0;
        while (!closed) {
            LockSupport.parkNanos(this, PAUSE_NANOS);
            if (written.getAsLong() == seen || closed) {
                continue;
            }
            seen = written.getAsLong();
            try {
                round(false);
            } catch (JobQueueException.Closed | JobQueueException.StoreUnavailable e) {
                LOG.debug("upkeep of {} stops", disk.path(), e);
                if (writer.isBroken()) {
                    return;
                }
            } catch (IOException | RuntimeException e) {
                // The journal is whole without it: it only grows. Tried again later.
                LOG.warn("upkeep of {} has failed, it is tried again", disk.path(), e);
            }
        }
    }

    /**
     * Does what is due.
     *
     * @param force whether a checkpoint is due in any case
     */
    void round(boolean force) throws IOException {
        lock.lock();
        try {
            long jobs = Look.ask(writer, core -> (long) core.index.size());
            long expected = last.jobs() == 0 ? 0 : (long) ((double) last.bytes() / last.jobs() * jobs);
            long growth = written.getAsLong() - last.written();
            // After a large prune the old checkpoint is most of what the directory holds, and keeps segments from being
            // compacted.
            boolean shrunk = last.jobs() > 2 * jobs + FEW;
            if (force || shrunk || growth > Math.max(minimumGrowth, GROWTH * expected)) {
                checkpoint();
            }
            if (!keepEverything) {
                compaction.run(last.covered(), () -> closed);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Marks the moment of a checkpoint between two groups. */
    private static final class Begin extends Operation {
        private final Capture capture;

        Begin(Capture capture) {
            this.capture = capture;
        }

        @Override
        boolean alone() {
            return true;
        }

        @Override
        long bound(Core core) {
            return 0;
        }

        @Override
        void execute(Core core) {
            capture.begin(core);
        }
    }

    @GuardedBy("lock")
    private void checkpoint() throws IOException {
        Manifest.CheckpointFile before = manifest.current().checkpoint().orElse(null);
        int number = before == null ? 1 : before.number() + 1;
        String name = Manifest.CheckpointFile.name(number);
        String temporary = name + ".tmp";
        Capture capture = new Capture(++epoch);
        long covered = written.getAsLong();
        writer.call(new Begin(capture));
        long bytes;
        try {
            writer.slices(capture);
            disk.delete(temporary);
            try (DiskFile file = disk.create(temporary)) {
                bytes = write(capture, file);
                file.force();
            }
            if (bytes < 0) {
                disk.delete(temporary);
                return;
            }
            disk.rename(temporary, name);
            disk.forceDirectory();
            Manifest.CheckpointFile made = new Manifest.CheckpointFile(name, bytes);
            manifest.update(m -> m.withCheckpoint(made));
        } catch (IOException | RuntimeException e) {
            discard(temporary, e);
            throw e;
        } finally {
            capture.abort();
            writer.slices(null);
        }
        last = new Last(capture.position(), bytes, capture.jobs(), covered);
        LOG.debug("{} covers {} jobs up to {}", disk.path(name), capture.jobs(), Position.show(capture.position()));
        if (before != null && !keepEverything) {
            disk.delete(before.file());
        }
    }

    private void discard(String temporary, Exception problem) {
        try {
            disk.delete(temporary);
        } catch (IOException e) {
            problem.addSuppressed(e);
        }
    }

    /** Writes the chunks as they come; the number of bytes, or -1 if the store is closed meanwhile. */
    private long write(Capture capture, DiskFile file) throws IOException {
        CRC32C sum = new CRC32C();
        long at = 0;
        while (true) {
            byte[] chunk = take(capture);
            if (chunk == null) {
                if (closed || writer.isBroken()) {
                    return -1;
                }
                continue;
            }
            writer.wake();
            if (chunk == Capture.END) {
                Utf8Out foot = new Utf8Out(100);
                CheckpointWriter.foot(foot, capture.jobs(), (int) sum.getValue());
                file.write(at, ByteBuffer.wrap(foot.toBytes()));
                return at + foot.length();
            }
            sum.update(chunk);
            file.write(at, ByteBuffer.wrap(chunk));
            at += chunk.length;
        }
    }

    private static byte @Nullable [] take(Capture capture) {
        try {
            return capture.take(100);
        } catch (InterruptedException e) {
            // A test that runs a round in its own thread.
            Thread.currentThread().interrupt();
            throw new JobQueueException.StoreUnavailable("interrupted while writing a checkpoint", e);
        }
    }

    void close() {
        closed = true;
        wake();
        SegmentSupply.joinUninterruptibly(thread);
    }
}
