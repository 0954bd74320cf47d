package dev.jobqueue.examples.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * What this disk allows a program that makes records of 300 bytes durable: one preallocated file, one thread that takes everything queued, writes it
 * with one write and forces it with one {@code force(false)}, and callers that are parked until their record is durable.
 * No class of the library, no encoding, no index. Runs alone too: {@code java RawLimit.java DIRECTORY SECONDS}.
 */
public final class RawLimit implements AutoCloseable {
    private static final int RECORD_BYTES = 300;
    /** The file is written round and round; its blocks exist, so a force has no size or block list to write. */
    private static final long FILE_BYTES = 512L << 20;

    /** What one producer hands over at a time: one record, or many as one unit. */
    private static final class Unit {
        final byte[][] records;
        final Thread producer = Thread.currentThread();
        volatile boolean durable;

        Unit(byte[][] records) {
            this.records = records;
        }
    }

    private final Path path;
    private final FileChannel file;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4 << 20);
    private final LinkedBlockingQueue<Unit> queue = new LinkedBlockingQueue<>();
    private final LongAdder durable = new LongAdder();
    private final AtomicInteger producing = new AtomicInteger();
    private long position;
    private volatile boolean stopping;
    private volatile boolean failed;

    /** Makes the file, filled with zeros and forced. */
    public RawLimit(Path directory) throws IOException {
        path = Files.createDirectories(directory).resolve("raw");
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        while (position < FILE_BYTES) {
            buffer.clear();
            position += file.write(buffer, position);
        }
        file.force(true);
    }

    /** Durable records per second after half a second of warm-up; each producer has one unit of so many records outstanding. */
    public double measure(int producers, int recordsPerUnit, double seconds) throws InterruptedException {
        stopping = false;
        producing.set(producers);
        List<Thread> threads = new ArrayList<>();
        threads.add(new Thread(() -> write(recordsPerUnit), "raw-writer"));
        for (int i = 0; i < producers; i++) {
            byte[][] records = new byte[recordsPerUnit][RECORD_BYTES];
            List.of(records).forEach(new Random(i)::nextBytes);
            threads.add(new Thread(() -> produce(records), "raw-producer-" + i));
        }
        threads.forEach(Thread::start);
        Thread.sleep(500);
        long from = System.nanoTime();
        long before = durable.sum();
        Thread.sleep((long) (seconds * 1_000));
        double rate = (durable.sum() - before) / ((System.nanoTime() - from) / 1e9);
        stopping = true;
        for (Thread thread : threads) {
            thread.join();
        }
        if (failed) {
            throw new IllegalStateException("the raw program could not write to " + path);
        }
        return rate;
    }

    private void produce(byte[][] records) {
        Unit unit = new Unit(records);
        while (!stopping && !failed) {
            unit.durable = false;
            queue.add(unit);
            while (!unit.durable && !failed) {
                LockSupport.parkNanos(unit, TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
        producing.decrementAndGet();
    }

    private void write(int recordsPerUnit) {
        int most = buffer.capacity() / (recordsPerUnit * RECORD_BYTES);
        List<Unit> group = new ArrayList<>();
        try {
            while (producing.get() > 0) {
                Unit first = queue.poll(50, TimeUnit.MILLISECONDS);
                if (first != null) {
                    group.add(first);
                    queue.drainTo(group, most - 1);
                    force(group);
                    durable.add((long) group.size() * recordsPerUnit);
                    for (Unit unit : group) {
                        unit.durable = true;
                        LockSupport.unpark(unit.producer);
                    }
                    group.clear();
                }
            }
        } catch (IOException | InterruptedException e) {
            failed = true;
            throw new IllegalStateException(e);
        }
    }

    private void force(List<Unit> group) throws IOException {
        buffer.clear();
        group.forEach(unit -> List.of(unit.records).forEach(buffer::put));
        buffer.flip();
        position = position + buffer.remaining() > FILE_BYTES ? 0 : position;
        while (buffer.hasRemaining()) {
            position += file.write(buffer, position);
        }
        file.force(false);
    }

    /** Removes the file. */
    @Override
    public void close() throws IOException {
        file.close();
        Files.delete(path);
    }

    /** Prints records per second with 1, 8 and 64 producers, and with one producer of 1,000 records at a time. */
    public static void main(String... args) throws IOException, InterruptedException {
        try (RawLimit raw = new RawLimit(Path.of(args[0]))) {
            for (int[] shape : new int[][] {{1, 1}, {8, 1}, {64, 1}, {1, 1_000}}) {
                double rate = raw.measure(shape[0], shape[1], Double.parseDouble(args[1]));
                System.out.printf("%2d producers, %,5d at a time: %,10.0f records/s%n", shape[0], shape[1], rate);
            }
        }
    }
}
