package dev.jobqueue.fs.journal;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A disk in memory that notes each step which changes something, such as {@code write segment-00000001.log 0+100}, and can refuse it. */
public final class StepDisk implements Disk {
    private static final Pattern WRITE = Pattern.compile("write (\\S+) (\\d+)\\+(\\d+)");

    private final Map<String, Content> files = new HashMap<>();
    private final List<String> steps = new ArrayList<>();
    private final List<String> open = new ArrayList<>();
    private boolean closed;

    /** Which steps fail, before they have any effect; asked in the thread that makes the step. */
    public volatile Predicate<String> fails = step -> false;

    /** The steps since the last call. */
    public synchronized List<String> steps() {
        List<String> since = List.copyOf(steps);
        steps.clear();
        return since;
    }

    /** The names of the files that are open, once for each time they were opened. */
    public synchronized List<String> open() {
        return List.copyOf(open);
    }

    public synchronized boolean isClosed() {
        return closed;
    }

    /** A file with these bytes, made without a step. */
    public synchronized void put(String name, byte[] bytes) {
        Content content = new Content();
        content.bytes = bytes.clone();
        content.size = bytes.length;
        files.put(name, content);
    }

    public synchronized byte[] bytes(String name) {
        Content content = content(name);
        return Arrays.copyOf(content.bytes, content.size);
    }

    /** Whether this step makes a file larger. */
    public synchronized boolean grows(String step) {
        Matcher write = WRITE.matcher(step);
        return write.matches()
                && Integer.parseInt(write.group(2)) + Integer.parseInt(write.group(3)) > content(write.group(1)).size;
    }

    /** Changes a byte, as a bad sector would. */
    public synchronized void flip(String name, int position) {
        content(name).bytes[position] ^= 1;
    }

    private Content content(String name) {
        return files.getOrDefault(name, new Content());
    }

    private void step(String step) throws IOException {
        synchronized (this) {
            steps.add(step);
        }
        if (fails.test(step)) {
            throw new IOException("planned: " + step);
        }
    }

    @Override
    public synchronized Set<String> list() {
        // The last name first: nobody may rely on an order.
        Set<String> names = new TreeSet<>(Comparator.reverseOrder());
        names.addAll(files.keySet());
        return names;
    }

    @Override
    public DiskFile create(String name) throws IOException {
        step("create " + name);
        synchronized (this) {
            if (files.containsKey(name)) {
                throw new FileAlreadyExistsException(name);
            }
            put(name, new byte[0]);
            return openForRead(name);
        }
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return openForRead(name);
    }

    @Override
    public synchronized DiskFile openForRead(String name) throws IOException {
        Content content = files.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        open.add(name);
        return new File(name, content);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        step("rename " + from + " to " + to);
        synchronized (this) {
            files.put(to, files.remove(from));
        }
    }

    @Override
    public void delete(String name) throws IOException {
        step("delete " + name);
        synchronized (this) {
            files.remove(name);
        }
    }

    @Override
    public void forceDirectory() throws IOException {
        step("force directory");
    }

    @Override
    public String path(String name) {
        return "steps/" + name;
    }

    @Override
    public String path() {
        return "steps";
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private final class File implements DiskFile {
        private final String name;
        private final Content content;

        File(String name, Content content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            step("write " + name + " " + position + "+" + source.remaining());
            synchronized (StepDisk.this) {
                content.grow((int) position + source.remaining());
                source.get(content.bytes, (int) position, source.remaining());
            }
        }

        @Override
        public void force() throws IOException {
            step("force " + name);
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) {
            synchronized (StepDisk.this) {
                int count = (int) Math.max(0, Math.min(length, content.size - position));
                System.arraycopy(content.bytes, (int) Math.min(position, content.size), target, offset, count);
                return count;
            }
        }

        @Override
        public long size() {
            synchronized (StepDisk.this) {
                return content.size;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            step("truncate " + name + " to " + size);
            synchronized (StepDisk.this) {
                content.grow((int) size);
                Arrays.fill(content.bytes, (int) size, content.size, (byte) 0);
                content.size = (int) size;
            }
        }

        @Override
        public void close() throws IOException {
            synchronized (StepDisk.this) {
                open.remove(name);
            }
            step("close " + name);
        }
    }

    private static final class Content {
        byte[] bytes = new byte[64];
        int size;

        void grow(int end) {
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
            }
            size = Math.max(size, end);
        }
    }
}
