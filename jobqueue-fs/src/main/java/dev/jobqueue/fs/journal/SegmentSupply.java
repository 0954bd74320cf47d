package dev.jobqueue.fs.journal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes segments ahead of need, in a thread of its own, and seals those that are full.
 *
 * <p>One spare is kept ready: its first part filled with zeros, forced, and named in the manifest, so that the writer changes to it without any I/O. On a full
 * disk that part is the reserve in which running work can be finished.
 *
 * <p>When a segment has been filled, more will be: from then on spares are zeros to their end, as long as the disk has the room and nobody waits. The
 * force of a record then writes neither a size nor a block list.
 */
public final class SegmentSupply implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSupply.class);
    private static final int CHUNK = 1 << 20;

    private final Disk disk;
    private final ManifestKeeper manifest;
    private final long reserve;
    private final long whole;
    private final Runnable onOutcome;
    private final Thread thread;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();

    @GuardedBy("lock")
    private final Deque<Sealed> toSeal = new ArrayDeque<>();

    /** After a failure: the next seal, and only that one, tries again when there is other work. Seals keep their order. */
    @GuardedBy("lock")
    private boolean sealFailed;

    @GuardedBy("lock")
    private boolean wanted;

    /** Whether a spare was taken. */
    @GuardedBy("lock")
    private boolean used;

    @GuardedBy("lock")
    private int nextId;

    @GuardedBy("lock")
    private boolean closed;

    private volatile @Nullable SegmentFile spare;
    private volatile @Nullable IOException failure;

    private record Sealed(SegmentFile segment, long bytes) {}

    /**
     * @param reserve how many bytes of a spare there must be
     * @param whole how many there are when segments fill up
     * @param spare one that is there already
     * @param onOutcome called when a spare was made or could not be made
     */
    public SegmentSupply(
            Disk disk,
            ManifestKeeper manifest,
            long reserve,
            long whole,
            int nextId,
            @Nullable SegmentFile spare,
            Runnable onOutcome) {
        this.disk = disk;
        this.manifest = manifest;
        this.reserve = reserve;
        this.whole = whole;
        this.nextId = nextId;
        this.spare = spare;
        this.onOutcome = onOutcome;
        this.thread = new Thread(this::run, "jobqueue-fs-segments");
        thread.setDaemon(true);
    }

    /** Starts the thread and asks for a spare. */
    public void start() {
        thread.start();
        request();
    }

    /** Whether a spare is ready. */
    public boolean ready() {
        return spare != null;
    }

    /** Why the last spare could not be made; null while one is being made and after success. */
    public @Nullable IOException failure() {
        return failure;
    }

    /** Asks for a spare if there is none. A former failure is forgotten, and so is that of an attempt under way. */
    public void request() {
        lock.lock();
        try {
            if (!ready()) {
                failure = null;
                wanted = true;
                work.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes the spare, which must be ready, and asks for the next one. */
    public SegmentFile take() {
        lock.lock();
        try {
            SegmentFile taken = spare;
            if (taken == null) {
                throw new IllegalStateException("no spare segment");
            }
            spare = null;
            used = true;
            wanted = true;
            work.signal();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Seals a segment behind its last record. Every record in it must have been forced. */
    public void seal(SegmentFile segment, long bytes) {
        lock.lock();
        try {
            toSeal.add(new Sealed(segment, bytes));
            sealFailed = false;
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            Sealed sealed;
            int id;
            lock.lock();
            try {
                while (!closed && (toSeal.isEmpty() || sealFailed) && !wanted) {
                    work.awaitUninterruptibly();
                }
                if (closed) {
                    return;
                }
                sealed = sealFailed ? null : toSeal.poll();
                id = nextId;
                if (sealed == null) {
                    nextId++;
                    wanted = false;
                }
            } finally {
                lock.unlock();
            }
            if (sealed != null) {
                seal(sealed);
            } else {
                supply(id);
            }
        }
    }

    private void seal(Sealed sealed) {
        SegmentFile segment = sealed.segment();
        try {
            manifest.update(m -> m.withSealed(segment.id(), sealed.bytes()));
            segment.file().truncate(sealed.bytes());
            segment.file().close();
        } catch (IOException e) {
            // It stays open in the manifest, which is as good: recovery reads it to its last record. But no later one
            // may be sealed before it.
            LOG.warn("could not seal {}, will try again", disk.path(segment.name()), e);
            lock.lock();
            try {
                toSeal.addFirst(sealed);
                sealFailed = true;
            } finally {
                lock.unlock();
            }
        }
    }

    private void supply(int id) {
        SegmentFile made = null;
        IOException problem = null;
        try {
            made = make(disk, id, reserve, zeros);
            made = lengthen(made);
            manifest.update(m -> m.withOpen(id));
        } catch (IOException e) {
            problem = full(disk, reserve, e);
            discard(made, id);
            made = null;
        }
        lock.lock();
        try {
            sealFailed = false;
            spare = made;
            wanted &= made == null;
            // Who has asked meanwhile gets an attempt of his own.
            failure = wanted ? null : problem;
        } finally {
            lock.unlock();
        }
        onOutcome.run();
    }

    /** Adds zeros up to the end, in small steps: calls that write meanwhile share the disk with them. */
    private SegmentFile lengthen(SegmentFile made) throws IOException {
        long size = made.size();
        try {
            while (size < whole && hasTime()) {
                long end = Math.min(whole, size + CHUNK);
                zero(made.file(), size, end, zeros);
                made.file().force();
                size = end;
            }
        } catch (IOException e) {
            LOG.debug("{} stays short", disk.path(made.name()), e);
            size = made.size();
            made.file().truncate(size);
        }
        return new SegmentFile(made.id(), made.file(), size);
    }

    /** Whether segments fill up, but nobody waits for the spare that is being made. */
    private boolean hasTime() {
        lock.lock();
        try {
            return used && !wanted && !closed;
        } finally {
            lock.unlock();
        }
    }

    private void discard(@Nullable SegmentFile made, int id) {
        try {
            if (made != null) {
                made.file().close();
            }
            // Not if the manifest may name it: then the next open removes it or uses it.
            if (made == null) {
                disk.delete(SegmentFile.name(id));
            }
        } catch (IOException e) {
            LOG.warn("could not remove {}", disk.path(SegmentFile.name(id)), e);
        }
    }

    /** What to say when so many bytes more could not be had. */
    public static IOException full(Disk disk, long bytes, IOException cause) {
        return new IOException(
                "no room for " + bytes + " more bytes in " + disk.path()
                        + ": free space on its file system, or prune finished jobs (" + cause.getMessage() + ")",
                cause);
    }

    /** Makes a segment that begins with so many zeros; they and its name are durable on return. */
    public static SegmentFile make(Disk disk, int id, long size, ByteBuffer zeros) throws IOException {
        String name = SegmentFile.name(id);
        DiskFile file = disk.create(name);
        try {
            zero(file, 0, size, zeros);
            file.force();
            disk.forceDirectory();
            return new SegmentFile(id, file, size);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void zero(DiskFile file, long from, long to, ByteBuffer zeros) throws IOException {
        for (long at = from; at < to; at += zeros.capacity()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
            file.write(at, zeros);
        }
    }

    /** Stops the thread and closes the spare; segments given to {@link #seal} before are sealed at the next open. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        joinUninterruptibly(thread);
        SegmentFile s = spare;
        if (s != null) {
            s.file().close();
        }
        lock.lock();
        try {
            for (Sealed sealed : toSeal) {
                sealed.segment().file().close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a thread to end; an interrupt meanwhile is kept for the caller. */
    public static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
