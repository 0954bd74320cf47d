package dev.jobqueue.fs.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The right of one queue to use a directory (DUR-4): a lock on the file {@value #NAME} against other processes, and an entry in a register of this
 * process, because a process may lock a file twice and loses both locks when either is closed (POSIX fcntl).
 */
final class DirectoryLock implements Closeable {
    static final String NAME = "LOCK";

    private static final Set<Object> TAKEN = ConcurrentHashMap.newKeySet();

    /** Channels whose close would release the lock of another class loader's queue. */
    private static final Queue<FileChannel> NEVER_CLOSED = new ConcurrentLinkedQueue<>();

    private final Object key;
    private final FileChannel channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    private DirectoryLock(Object key, FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /** Takes a directory, given by its real path. */
    static DirectoryLock take(Path directory) throws IOException {
        // The inode, where there is one: two mounts of one directory have different real paths.
        Object fileKey =
                Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        Object key = fileKey != null ? fileKey : directory;
        if (!TAKEN.add(key)) {
            throw inUse(directory, "by this process", null);
        }
        try {
            return new DirectoryLock(key, lock(directory));
        } catch (IOException | RuntimeException e) {
            TAKEN.remove(key);
            throw e;
        }
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            NEVER_CLOSED.add(channel);
            throw inUse(directory, "by this process", e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        if (lock == null) {
            channel.close();
            throw inUse(directory, "by another process", null);
        }
        return channel;
    }

    private static IOException inUse(Path directory, String by, @Nullable Exception cause) {
        return new IOException(
                "the directory " + directory + " is in use " + by
                        + ": only one queue can be open on a directory; close the other one or use another directory",
                cause);
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            channel.close();
            TAKEN.remove(key);
        }
    }
}
