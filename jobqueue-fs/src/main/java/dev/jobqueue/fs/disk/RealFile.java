package dev.jobqueue.fs.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file of the file system.
 *
 * <p>Reads go through a {@link RandomAccessFile}: an interrupt of a reading thread would close a {@link FileChannel} for everybody (DUR-6). It has one
 * file pointer, hence the lock; a {@code ReentrantLock} because a monitor would hold the carrier of a virtual thread.
 */
final class RealFile implements DiskFile {
    /** The JDK copies each read through memory of its own; above this it would ask the operating system for it each time. */
    private static final int MAX_READ = 64 << 10;

    private final RandomAccessFile reader;
    private final @Nullable FileChannel writer;
    private final ReentrantLock readLock = new ReentrantLock();

    RealFile(Path path, boolean writable) throws IOException {
        reader = new RandomAccessFile(path.toFile(), "r");
        try {
            writer = writable ? FileChannel.open(path, StandardOpenOption.WRITE) : null;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private FileChannel writer() throws IOException {
        if (writer == null) {
            throw new IOException("open for reading only");
        }
        return writer;
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            at += writer().write(source, at);
        }
    }

    @Override
    public void force() throws IOException {
        // Without metadata: the size is flushed all the same where reading the data back needs it.
        writer().force(false);
    }

    @Override
    public int read(long position, byte[] target, int offset, int length) throws IOException {
        readLock.lock();
        try {
            reader.seek(position);
            int done = 0;
            while (done < length) {
                int n = reader.read(target, offset + done, Math.min(length - done, MAX_READ));
                if (n < 0) {
                    break;
                }
                done += n;
            }
            return done;
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public long size() throws IOException {
        return reader.length();
    }

    @Override
    public void truncate(long size) throws IOException {
        writer().truncate(size);
    }

    @Override
    public void close() throws IOException {
        try {
            if (writer != null) {
                writer.close();
            }
        } finally {
            reader.close();
        }
    }
}
