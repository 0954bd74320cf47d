package dev.jobqueue.fs.crash;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that keeps apart what was not forced.
 *
 * <p>Every call that changes something is a numbered step. At the step of a {@link Fault} the power goes off, or the call fails. Then {@link #powerLost}
 * makes the disk that a machine would find after the power came back: of the writes that were not forced it has any subset, some of them torn; of the names
 * that were not forced with the directory likewise. {@link #killed} makes the one that a new process would find: everything is visible, and nothing more is
 * durable than before.
 */
final class SimDisk implements Disk {
    /** What survives of the changes that were not forced. */
    enum Keep {
        NONE,
        ALL,
        /** Each change or not, by chance; a write that is kept may be torn. */
        SOME,
        /** The changes before some point in time, the last one torn. */
        PREFIX
    }

    /** What goes wrong at which step. */
    record Fault(int step, Kind kind) {
        enum Kind {
            /** The power goes off during this call: it may have happened in part, and no later call does anything. */
            POWER_OFF,
            /** This call fails; a write is done in part, and what a force should have made durable never will be. */
            IO_ERROR,
            /** From this call on there is no room: writes that make a file grow fail, after a part of them, and so do new files. */
            DISK_FULL
        }

        static final Fault NONE = new Fault(Integer.MAX_VALUE, Kind.POWER_OFF);
    }

    /** One change to a file: a write, or a cut if {@code bytes} is null. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Change(long order, long position, byte @Nullable [] bytes) {}

    private static final class Inode {
        Bytes visible = new Bytes();
        Bytes durable = new Bytes();
        List<Change> pending = new ArrayList<>();
    }

    /** One change to the directory; {@code to} is null for a removal, {@code from} for a new name. */
    private record NameChange(
            long order, @Nullable String from, @Nullable String to, Inode inode) {}

    private final Map<String, Inode> names = new TreeMap<>();
    private final Map<String, Inode> durableNames = new TreeMap<>();
    private List<NameChange> pendingNames = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private Fault fault = Fault.NONE;
    private long order;
    private int steps;
    private boolean off;
    private boolean full;

    /** An empty disk. */
    SimDisk() {}

    synchronized SimDisk fault(Fault newFault) {
        fault = newFault;
        return this;
    }

    /** Ends a lack of room. */
    synchronized void makeRoom() {
        full = false;
        fault = Fault.NONE;
    }

    /** How many steps there were. */
    synchronized int steps() {
        return steps;
    }

    synchronized boolean isOff() {
        return off;
    }

    /** The steps so far, for messages. */
    synchronized List<String> log() {
        return List.copyOf(log);
    }

    /** How many bytes all files have. */
    synchronized long size() {
        return names.values().stream().mapToLong(inode -> inode.visible.size).sum();
    }

    /** The bytes of a file as a program sees them; for tests that damage them. */
    synchronized byte[] bytes(String name) {
        return inode(name).visible.copy();
    }

    /** Changes a durable byte, as a bad sector would. */
    synchronized void flip(String name, int position) {
        Inode inode = inode(name);
        inode.visible.data[position] ^= 0x10;
        inode.durable.data[position] ^= 0x10;
    }

    private Inode inode(String name) {
        Inode inode = names.get(name);
        if (inode == null) {
            throw new IllegalArgumentException("no file " + name + " in " + names.keySet());
        }
        return inode;
    }

    // ---- what is left

    /** What a new process finds after this one was killed. */
    synchronized SimDisk killed() {
        SimDisk copy = new SimDisk();
        Map<Inode, Inode> inodes = new HashMap<>();
        names.forEach((name, inode) -> copy.names.put(name, copyOf(inode, inodes)));
        durableNames.forEach((name, inode) -> copy.durableNames.put(name, copyOf(inode, inodes)));
        pendingNames.forEach(
                c -> copy.pendingNames.add(new NameChange(c.order, c.from, c.to, copyOf(c.inode, inodes))));
        copy.order = order;
        return copy;
    }

    private static Inode copyOf(Inode inode, Map<Inode, Inode> copies) {
        return copies.computeIfAbsent(inode, original -> {
            Inode copy = new Inode();
            copy.visible = original.visible.clone();
            copy.durable = original.durable.clone();
            copy.pending = new ArrayList<>(original.pending);
            return copy;
        });
    }

    /** What a machine finds after its power came back; all of it is durable. */
    synchronized SimDisk powerLost(Keep keep, Random random) {
        long limit = keep == Keep.PREFIX ? cutBetweenPending(random) : Long.MAX_VALUE;
        SimDisk copy = new SimDisk();
        Map<Inode, Inode> inodes = new HashMap<>();
        Map<String, Inode> kept = new HashMap<>(durableNames);
        for (NameChange change : pendingNames) {
            if (survives(keep, change.order, limit, random)) {
                apply(change, kept);
            }
        }
        kept.forEach((name, inode) ->
                copy.names.put(name, inodes.computeIfAbsent(inode, i -> survivor(i, keep, limit, random))));
        copy.durableNames.putAll(copy.names);
        return copy;
    }

    private long cutBetweenPending(Random random) {
        List<Long> orders = new ArrayList<>();
        pendingNames.forEach(c -> orders.add(c.order));
        names.values().forEach(inode -> inode.pending.forEach(c -> orders.add(c.order)));
        return orders.isEmpty() ? 0 : orders.get(random.nextInt(orders.size()));
    }

    private static boolean survives(Keep keep, long changeOrder, long limit, Random random) {
        return switch (keep) {
            case NONE -> false;
            case ALL -> true;
            case SOME -> random.nextBoolean();
            case PREFIX -> changeOrder <= limit;
        };
    }

    private static Inode survivor(Inode inode, Keep keep, long limit, Random random) {
        Inode copy = new Inode();
        Bytes bytes = inode.durable.clone();
        for (Change change : inode.pending) {
            if (survives(keep, change.order, limit, random)) {
                boolean torn = keep == Keep.SOME ? random.nextInt(3) == 0 : change.order == limit;
                apply(change, bytes, torn ? random : null);
            }
        }
        copy.visible = bytes;
        copy.durable = bytes.clone();
        return copy;
    }

    private static void apply(Change change, Bytes bytes, @Nullable Random torn) {
        if (change.bytes == null) {
            bytes.truncate(change.position);
            return;
        }
        int length = torn == null ? change.bytes.length : torn.nextInt(change.bytes.length + 1);
        bytes.write(change.position, change.bytes, length);
    }

    private static void apply(NameChange change, Map<String, Inode> map) {
        if (change.from != null && map.get(change.from) == change.inode) {
            map.remove(change.from);
        }
        if (change.to != null) {
            map.put(change.to, change.inode);
        }
    }

    // ---- steps

    /** Counts a step; true if this call fails. */
    private boolean fails(String what) throws IOException {
        if (off) {
            throw new IOException("the power is off");
        }
        steps++;
        log.add(steps + " " + what);
        if (steps != fault.step) {
            return false;
        }
        switch (fault.kind) {
            case POWER_OFF -> off = true;
            case DISK_FULL -> full = true;
            case IO_ERROR -> {}
        }
        return fault.kind != Fault.Kind.DISK_FULL;
    }

    private IOException failure() {
        return new IOException(off ? "the power went off" : "planned I/O error");
    }

    private static IOException noSpace() {
        return new IOException("No space left on device");
    }

    // ---- Disk

    @Override
    public synchronized Set<String> list() throws IOException {
        if (off) {
            throw new IOException("the power is off");
        }
        return new TreeSet<>(names.keySet());
    }

    @Override
    public synchronized DiskFile create(String name) throws IOException {
        boolean fails = fails("create " + name);
        if (full) {
            throw noSpace();
        }
        if (names.containsKey(name)) {
            throw new IOException("exists: " + name);
        }
        if (fails && !off) {
            throw failure();
        }
        change(new NameChange(++order, null, name, new Inode()));
        if (fails) {
            throw failure();
        }
        return new File(name, names.get(name));
    }

    private void change(NameChange change) {
        pendingNames.add(change);
        apply(change, names);
    }

    @Override
    public synchronized DiskFile open(String name) throws IOException {
        return openForRead(name);
    }

    @Override
    public synchronized DiskFile openForRead(String name) throws IOException {
        if (off) {
            throw new IOException("the power is off");
        }
        Inode inode = names.get(name);
        if (inode == null) {
            throw new FileNotFoundException(name);
        }
        return new File(name, inode);
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        boolean fails = fails("rename " + from + " to " + to);
        Inode inode = names.get(from);
        if (inode == null) {
            throw new FileNotFoundException(from);
        }
        if (!fails || off) {
            change(new NameChange(++order, from, to, inode));
        }
        if (fails) {
            throw failure();
        }
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        boolean fails = fails("delete " + name);
        Inode inode = names.get(name);
        if (inode != null && (!fails || off)) {
            change(new NameChange(++order, name, null, inode));
        }
        if (fails) {
            throw failure();
        }
    }

    @Override
    public synchronized void forceDirectory() throws IOException {
        if (fails("force directory")) {
            throw failure();
        }
        pendingNames.forEach(change -> apply(change, durableNames));
        pendingNames = new ArrayList<>();
    }

    @Override
    public String path(String name) {
        return "sim/" + name;
    }

    @Override
    public String path() {
        return "sim";
    }

    @Override
    public void close() {}

    private final class File implements DiskFile {
        private final String name;
        private final Inode inode;

        File(String name, Inode inode) {
            this.name = name;
            this.inode = inode;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            synchronized (SimDisk.this) {
                boolean fails = fails("write " + name + " " + position + "+" + bytes.length);
                int done = fails && !off ? bytes.length / 2 : bytes.length;
                boolean grows = position + bytes.length > inode.visible.size;
                if (full && grows) {
                    done = (int) Math.max(0, Math.min(done, inode.visible.size - position));
                }
                byte[] written = Arrays.copyOf(bytes, done);
                inode.visible.write(position, written, done);
                inode.pending.add(new Change(++order, position, written));
                if (fails) {
                    throw failure();
                }
                if (full && grows) {
                    throw noSpace();
                }
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (SimDisk.this) {
                boolean fails = fails("force " + name);
                if (fails && off) {
                    throw failure();
                }
                if (!fails) {
                    inode.pending.forEach(change -> apply(change, inode.durable, null));
                }
                // After an error the pages count as clean: a second force succeeds and writes nothing.
                inode.pending = new ArrayList<>();
                if (fails) {
                    throw failure();
                }
            }
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            synchronized (SimDisk.this) {
                if (off) {
                    throw new IOException("the power is off");
                }
                int n = (int) Math.max(0, Math.min(length, inode.visible.size - position));
                System.arraycopy(inode.visible.data, (int) Math.min(position, inode.visible.size), target, offset, n);
                return n;
            }
        }

        @Override
        public long size() {
            synchronized (SimDisk.this) {
                return inode.visible.size;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimDisk.this) {
                boolean fails = fails("truncate " + name + " to " + size);
                if (!fails || off) {
                    inode.visible.truncate(size);
                    inode.pending.add(new Change(++order, size, null));
                }
                if (fails) {
                    throw failure();
                }
            }
        }

        @Override
        public void close() {}
    }

    /** The content of a file; a gap left by a write that was lost reads as zeros. */
    private static final class Bytes implements Cloneable {
        byte[] data = new byte[64];
        int size;

        void write(long position, byte[] bytes, int length) {
            int end = (int) position + length;
            if (length > 0) {
                grow(end);
                System.arraycopy(bytes, 0, data, (int) position, length);
            }
        }

        void truncate(long newSize) {
            grow((int) newSize);
            Arrays.fill(data, (int) newSize, size, (byte) 0);
            size = (int) newSize;
        }

        private void grow(int end) {
            if (end > data.length) {
                data = Arrays.copyOf(data, Math.max(end, data.length * 2));
            }
            size = Math.max(size, end);
        }

        byte[] copy() {
            return Arrays.copyOf(data, size);
        }

        @Override
        public Bytes clone() {
            Bytes copy = new Bytes();
            copy.data = data.clone();
            copy.size = size;
            return copy;
        }
    }
}
