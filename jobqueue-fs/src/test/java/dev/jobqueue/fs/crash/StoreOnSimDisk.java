package dev.jobqueue.fs.crash;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.fs.engine.Settings;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens stores whose files are so small that every workload goes through new segments, checkpoints and compaction. */
final class StoreOnSimDisk {
    private static final int SEGMENT_BYTES = 4 << 10;
    private static final int CACHE_BYTES = 4 << 10;
    private static final int CHECKPOINT_BYTES = 3 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(StoreOnSimDisk.class);

    private StoreOnSimDisk() {}

    static JobStore open(Disk disk, StoreClock clock) {
        return DirectoryStore.open(
                disk, new Settings(clock, SEGMENT_BYTES, CACHE_BYTES, CHECKPOINT_BYTES, false, false));
    }

    /** Writes a checkpoint and compacts, now. A failure changes nothing: it is work of the background. */
    static void upkeep(JobStore store) {
        if (store instanceof DirectoryStore directory) {
            try {
                directory.upkeepNow();
            } catch (IOException e) {
                LOG.debug("upkeep failed", e);
            }
        }
    }
}
