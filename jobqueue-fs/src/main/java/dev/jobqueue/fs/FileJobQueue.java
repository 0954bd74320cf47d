package dev.jobqueue.fs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import java.nio.file.Path;

/**
 * A durable job queue in a directory, for one process, without a server.
 *
 * <p>What a call has returned survives kill -9 and power loss. The directory is on a local file system; only one queue can be open on it at a time
 * (DUR-4). Closing the queue loses nothing.
 */
public final class FileJobQueue {
    private FileJobQueue() {}

    /**
     * Opens the queue in a directory, which is made if it does not exist, with default settings.
     *
     * @throws JobQueueException.StoreUnavailable if the directory cannot be used, or is in use by another queue (DUR-4)
     * @throws JobQueueException.Corrupt if it is damaged; the message has file and position (DUR-3)
     */
    public static JobQueue open(Path directory) {
        return open(directory, FileQueueOptions.DEFAULT);
    }

    /** As {@link #open(Path)}, with other settings. */
    public static JobQueue open(Path directory, FileQueueOptions options) {
        return JobQueue.on(FileJobStore.open(directory, requireNonNull(options, "options")), options.queue());
    }
}
