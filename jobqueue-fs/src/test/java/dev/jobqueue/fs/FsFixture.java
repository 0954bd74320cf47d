package dev.jobqueue.fs;

import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Stores in a directory of their own, small enough that segments change, checkpoints are written and space is given back during a test. */
final class FsFixture implements StoreFixture {
    private final Path directory;
    private final Map<JobStore, FaultyDisk> disks = new HashMap<>();

    FsFixture() throws IOException {
        directory = Files.createTempDirectory("jobqueue-fs");
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.DURABLE);
    }

    @Override
    public JobStore open(StoreClock clock) throws IOException {
        FaultyDisk disk;
        try {
            disk = new FaultyDisk(directory);
        } catch (IOException e) {
            // As FileJobStore.open says it.
            return FileJobStore.open(directory, FileQueueOptions.DEFAULT.clock(clock));
        }
        DirectoryStore store = FileJobStore.open(
                disk,
                FileQueueOptions.DEFAULT
                        .clock(clock)
                        .segmentBytes(256 << 10)
                        .checkpointBytes(256 << 10)
                        .cacheBytes(64 << 10),
                false);
        disks.put(store, disk);
        return store;
    }

    @Override
    public boolean canKill() {
        return true;
    }

    @Override
    public void kill(JobStore store) throws IOException {
        disks.get(store).kill();
        // Ends the threads; nothing reaches the directory any more.
        store.close();
    }

    @Override
    public void close() throws IOException {
        delete(directory);
    }

    static void delete(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
