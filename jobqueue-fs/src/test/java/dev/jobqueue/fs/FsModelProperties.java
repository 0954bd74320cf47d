package dev.jobqueue.fs;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.model.JobStoreModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The store in a directory gives the answers of the reference store, also over restarts. */
@StoreName("filesystem")
class FsModelProperties extends JobStoreModel {
    private final Map<JobStore, Path> directories = new HashMap<>();

    @Override
    protected JobStore openStore(StoreClock clock) throws IOException {
        return open(Files.createTempDirectory("jobqueue-fs"), clock);
    }

    private JobStore open(Path directory, StoreClock clock) {
        JobStore store = FileJobStore.open(
                directory,
                FileQueueOptions.DEFAULT.clock(clock).segmentBytes(64 << 10).checkpointBytes(4 << 10));
        directories.put(store, directory);
        return store;
    }

    @Override
    protected Optional<JobStore> reopen(JobStore store, StoreClock clock) {
        store.close();
        Path directory = directories.get(store);
        JobStore again = open(directory, clock);
        directories.remove(store);
        return Optional.of(again);
    }

    @Override
    protected void discard(JobStore store) throws IOException {
        store.close();
        FsFixture.delete(directories.remove(store));
    }
}
