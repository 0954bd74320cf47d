package dev.jobqueue.fs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.spi.JobStore;
import java.nio.file.Path;

/** Opens the store under a {@link FileJobQueue}, for those who work with the SPI. */
public final class FileJobStore {
    private FileJobStore() {}

    /**
     * Opens the store in a directory, which is made if it does not exist, with default settings.
     *
     * @throws JobQueueException.StoreUnavailable if the directory cannot be used, or is in use by another queue (DUR-4)
     * @throws JobQueueException.Corrupt if it is damaged; the message has file and position (DUR-3)
     */
    public static JobStore open(Path directory) {
        return open(directory, FileQueueOptions.DEFAULT);
    }

    /** As {@link #open(Path)}, with other settings. */
    public static JobStore open(Path directory, FileQueueOptions options) {
        return DirectoryStore.open(requireNonNull(directory, "directory"), options.settings(false));
    }

    /** Opens a store through another way to files; for tests. */
    static DirectoryStore open(Disk disk, FileQueueOptions options, boolean keepEverything) {
        return DirectoryStore.open(disk, options.settings(keepEverything));
    }
}
