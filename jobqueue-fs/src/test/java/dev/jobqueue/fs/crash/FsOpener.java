package dev.jobqueue.fs.crash;

import dev.jobqueue.fs.FileJobStore;
import dev.jobqueue.fs.FileQueueOptions;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.nio.file.Path;

/** The store in a directory, as its users open it. */
final class FsOpener implements StoreFixture.Opener {
    @Override
    public JobStore open(Path directory, StoreClock clock) {
        return FileJobStore.open(directory, FileQueueOptions.DEFAULT.clock(clock));
    }
}
