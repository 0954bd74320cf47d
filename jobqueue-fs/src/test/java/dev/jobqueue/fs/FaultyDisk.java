package dev.jobqueue.fs;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.disk.RealDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A real directory with faults: its user can be cut off from it as by kill -9 (what was written stays, nothing more comes), the disk can be full, and any
 * write or force can fail.
 */
final class FaultyDisk implements Disk {
    private final RealDisk real;
    private volatile boolean killed;

    /** How many bytes new files may take. */
    final AtomicLong room = new AtomicLong(Long.MAX_VALUE);

    /** How many writes and forces succeed before one fails; negative for all. */
    final AtomicLong faultAfter = new AtomicLong(-1);

    FaultyDisk(Path directory) throws IOException {
        real = RealDisk.take(directory);
    }

    /** Runs before a new file is made. */
    volatile Runnable beforeCreate = () -> {};

    void kill() throws IOException {
        killed = true;
        real.close();
    }

    private void step() throws IOException {
        requireAlive();
        if (faultAfter.get() >= 0 && faultAfter.getAndDecrement() == 0) {
            throw new IOException("Input/output error");
        }
    }

    private void requireAlive() throws IOException {
        if (killed) {
            throw new IOException("killed");
        }
    }

    @Override
    public Set<String> list() throws IOException {
        requireAlive();
        return real.list();
    }

    @Override
    public DiskFile create(String name) throws IOException {
        requireAlive();
        beforeCreate.run();
        return new File(real.create(name));
    }

    @Override
    public DiskFile open(String name) throws IOException {
        requireAlive();
        return new File(real.open(name));
    }

    @Override
    public DiskFile openForRead(String name) throws IOException {
        requireAlive();
        return new File(real.openForRead(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        requireAlive();
        real.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        requireAlive();
        real.delete(name);
    }

    @Override
    public void forceDirectory() throws IOException {
        requireAlive();
        real.forceDirectory();
    }

    @Override
    public String path(String name) {
        return real.path(name);
    }

    @Override
    public String path() {
        return real.path();
    }

    @Override
    public void close() throws IOException {
        real.close();
    }

    private final class File implements DiskFile {
        private final DiskFile file;

        File(DiskFile file) {
            this.file = file;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            step();
            long growth = Math.max(0, position + source.remaining() - file.size());
            if (growth > 0 && room.getAndUpdate(r -> r < growth ? r : r - growth) < growth) {
                throw new IOException("No space left on device");
            }
            file.write(position, source);
        }

        @Override
        public void force() throws IOException {
            step();
            file.force();
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            return file.read(position, target, offset, length);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            requireAlive();
            file.truncate(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
