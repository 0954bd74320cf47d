package dev.jobqueue.fs.journal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads bytes of segments; keeps the files used last open. Thread-safe.
 *
 * <p>A file is closed when the last one who reads from it has left.
 */
public final class Segments {
    private static final int MAX_OPEN = 128;

    private final Disk disk;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final LinkedHashMap<Integer, Handle> open = new LinkedHashMap<>(16, 0.75f, true);

    /** A file for reading; closed when the last user has left. */
    private static final class Handle {
        final DiskFile file;
        int users = 1; // the table itself is one

        Handle(DiskFile file) {
            this.file = file;
        }
    }

    public Segments(Disk disk) {
        this.disk = disk;
    }

    /** Reads up to so many bytes; less only at the end of the file. */
    public int read(int segment, long offset, byte[] target, int length) throws IOException {
        Handle handle = enter(segment);
        try {
            return handle.file.read(offset, target, 0, length);
        } finally {
            leave(handle);
        }
    }

    private Handle enter(int segment) throws IOException {
        lock.lock();
        try {
            Handle handle = open.get(segment);
            if (handle == null) {
                handle = new Handle(disk.openForRead(SegmentFile.name(segment)));
                open.put(segment, handle);
                if (open.size() > MAX_OPEN) {
                    Map.Entry<Integer, Handle> eldest =
                            open.entrySet().iterator().next();
                    open.remove(eldest.getKey());
                    drop(eldest.getValue());
                }
            }
            handle.users++;
            return handle;
        } finally {
            lock.unlock();
        }
    }

    private void leave(Handle handle) throws IOException {
        lock.lock();
        try {
            drop(handle);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void drop(Handle handle) throws IOException {
        if (--handle.users == 0) {
            handle.file.close();
        }
    }

    /** Closes the file of a segment that is no longer needed. */
    public void forget(int segment) throws IOException {
        lock.lock();
        try {
            Handle handle = open.remove(segment);
            if (handle != null) {
                drop(handle);
            }
        } finally {
            lock.unlock();
        }
    }

    public void close() throws IOException {
        lock.lock();
        try {
            for (Handle handle : open.values()) {
                drop(handle);
            }
            open.clear();
        } finally {
            lock.unlock();
        }
    }
}
