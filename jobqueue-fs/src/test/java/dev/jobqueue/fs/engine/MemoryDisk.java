package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Files in memory. Remembers what was asked of them, and refuses what a test names. Thread-safe but for the fields. */
final class MemoryDisk implements Disk {
    private final Map<String, Content> files = new TreeMap<>();

    /** Every change and force, one line each. */
    final List<String> log = new ArrayList<>();

    /** The names of the files that are open. */
    final List<String> open = new ArrayList<>();

    /** The line of the log that fails; empty for none. */
    String failing = "";

    private static final class Content {
        byte[] bytes = {};
    }

    private synchronized void step(String what) throws IOException {
        log.add(what);
        if (what.equals(failing)) {
            throw new IOException("refused: " + what);
        }
    }

    synchronized void put(String name, byte[] bytes) {
        files.computeIfAbsent(name, n -> new Content()).bytes = bytes;
    }

    synchronized byte[] bytes(String name) throws IOException {
        return content(name).bytes;
    }

    private synchronized Content content(String name) throws IOException {
        Content content = files.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        return content;
    }

    /** The last name first: nobody may rely on an order. */
    @Override
    public synchronized Set<String> list() {
        Set<String> names = new TreeSet<>(Comparator.reverseOrder());
        names.addAll(files.keySet());
        return names;
    }

    @Override
    public synchronized DiskFile create(String name) throws IOException {
        step("create " + name);
        if (files.containsKey(name)) {
            throw new IOException(name + " exists");
        }
        put(name, new byte[0]);
        return openForRead(name);
    }

    @Override
    public synchronized DiskFile open(String name) throws IOException {
        return openForRead(name);
    }

    @Override
    public synchronized DiskFile openForRead(String name) throws IOException {
        Content content = content(name);
        open.add(name);
        return new File(name, content);
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        step("rename " + from + " to " + to);
        files.put(to, content(from));
        files.remove(from);
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        step("delete " + name);
        files.remove(name);
    }

    @Override
    public synchronized void forceDirectory() throws IOException {
        step("force directory");
    }

    @Override
    public synchronized String path(String name) {
        return "memory/" + name;
    }

    @Override
    public synchronized String path() {
        return "memory";
    }

    @Override
    public synchronized void close() {}

    private final class File implements DiskFile {
        private final String name;
        private final Content content;

        File(String name, Content content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            synchronized (MemoryDisk.this) {
                int at = (int) position;
                int length = source.remaining();
                step("write " + name + " " + at + "+" + length);
                content.bytes = Arrays.copyOf(content.bytes, Math.max(content.bytes.length, at + length));
                source.get(content.bytes, at, length);
            }
        }

        @Override
        public void force() throws IOException {
            step("force " + name);
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) {
            synchronized (MemoryDisk.this) {
                int count = (int) Math.max(0, Math.min(length, content.bytes.length - position));
                if (count > 0) {
                    System.arraycopy(content.bytes, (int) position, target, offset, count);
                }
                return count;
            }
        }

        @Override
        public long size() {
            synchronized (MemoryDisk.this) {
                return content.bytes.length;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (MemoryDisk.this) {
                step("truncate " + name + " to " + size);
                content.bytes = Arrays.copyOf(content.bytes, (int) size);
            }
        }

        @Override
        public void close() {
            synchronized (MemoryDisk.this) {
                open.remove(name);
            }
        }
    }
}
