package dev.jobqueue.fs;

import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** The same where every restart begins from a checkpoint, so that all that is kept in memory goes through its format. */
class FsCheckpointModelProperties extends FsModelProperties {
    @Override
    protected Optional<JobStore> reopen(JobStore store, StoreClock clock) {
        try {
            ((DirectoryStore) store).upkeepNow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return super.reopen(store, clock);
    }
}
