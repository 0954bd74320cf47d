package dev.jobqueue.fs.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One open file.
 *
 * <p>{@link #read} may be called by any thread at any time, is not affected by interrupts, and sees what was written before. {@link #write},
 * {@link #force} and {@link #truncate} are called by one thread at a time, and only by threads of the store, which nobody interrupts.
 */
public interface DiskFile extends Closeable {
    /**
     * Writes all remaining bytes of {@code source} at this position; the file grows if need be. After a failure any part of them may be in the file.
     */
    void write(long position, ByteBuffer source) throws IOException;

    /** Makes everything written so far durable, with the size of the file. After a failure nothing of it is known to be. */
    void force() throws IOException;

    /**
     * Reads up to {@code length} bytes; less only at the end of the file.
     *
     * @return how many were read, 0 at or behind the end
     */
    int read(long position, byte[] target, int offset, int length) throws IOException;

    /** The size in bytes. */
    long size() throws IOException;

    /** Cuts the file. */
    void truncate(long size) throws IOException;

    @Override
    void close() throws IOException;
}
