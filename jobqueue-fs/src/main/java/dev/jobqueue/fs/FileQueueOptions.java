package dev.jobqueue.fs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.QueueOptions;
import dev.jobqueue.fs.engine.Settings;
import dev.jobqueue.spi.StoreClock;

/**
 * Settings of a queue in a directory.
 *
 * <p>Immutable and thread-safe.
 *
 * @param queue the settings that every queue has
 * @param recoverAtOpen whether jobs that were running are READY again at open, as if released; for services whose workers live in this process. Default
 *     false: workers may be remote and alive, running jobs keep their token and get one full heartbeat limit (HB-5)
 * @param segmentBytes the size of a file of the journal, 64 KiB to 1 GiB, default 32 MiB; a single call that needs more gets it. One is in use and one is kept
 *     ready: an eighth of it as the reserve of a full disk (DUR-2), all of it once segments fill up and the disk has room
 * @param cacheBytes the bytes of args and results that are kept in memory, 0 to 1 TiB, default 16 MiB
 * @param checkpointBytes how much the journal grows at least between two checkpoints, 4 KiB to 1 TiB, default 64 MiB. Opening reads at most about twice
 *     that much, or four times the size of a checkpoint if that is larger
 * @param clock the time of the store, default that of this machine
 */
public record FileQueueOptions(
        QueueOptions queue,
        boolean recoverAtOpen,
        long segmentBytes,
        long cacheBytes,
        long checkpointBytes,
        StoreClock clock) {
    /** All defaults. */
    public static final FileQueueOptions DEFAULT =
            new FileQueueOptions(QueueOptions.DEFAULT, false, 32 << 20, 16 << 20, 64 << 20, StoreClock.system());

    public FileQueueOptions {
        requireNonNull(queue, "queue");
        requireNonNull(clock, "clock");
        requireRange(segmentBytes, 64 << 10, 1 << 30, "segmentBytes");
        requireRange(cacheBytes, 0, 1L << 40, "cacheBytes");
        requireRange(checkpointBytes, 4 << 10, 1L << 40, "checkpointBytes");
    }

    private static void requireRange(long value, long least, long most, String what) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " must be " + least + " to " + most + ": " + value);
        }
    }

    /** Other settings that every queue has. */
    public FileQueueOptions queue(QueueOptions newQueue) {
        return new FileQueueOptions(newQueue, recoverAtOpen, segmentBytes, cacheBytes, checkpointBytes, clock);
    }

    /** Whether jobs that were running are READY again at open. */
    public FileQueueOptions recoverAtOpen(boolean newRecoverAtOpen) {
        return new FileQueueOptions(queue, newRecoverAtOpen, segmentBytes, cacheBytes, checkpointBytes, clock);
    }

    /** Another size for the files of the journal. */
    public FileQueueOptions segmentBytes(long newSegmentBytes) {
        return new FileQueueOptions(queue, recoverAtOpen, newSegmentBytes, cacheBytes, checkpointBytes, clock);
    }

    /** Another limit for args and results in memory. */
    public FileQueueOptions cacheBytes(long newCacheBytes) {
        return new FileQueueOptions(queue, recoverAtOpen, segmentBytes, newCacheBytes, checkpointBytes, clock);
    }

    /** Another least growth between checkpoints. */
    public FileQueueOptions checkpointBytes(long newCheckpointBytes) {
        return new FileQueueOptions(queue, recoverAtOpen, segmentBytes, cacheBytes, newCheckpointBytes, clock);
    }

    /** Another clock, for tests. */
    public FileQueueOptions clock(StoreClock newClock) {
        return new FileQueueOptions(queue, recoverAtOpen, segmentBytes, cacheBytes, checkpointBytes, newClock);
    }

    /**
     * What the store needs of this.
     *
     * @param keepEverything whether nothing is deleted, for tests
     */
    Settings settings(boolean keepEverything) {
        return new Settings(clock, segmentBytes, cacheBytes, checkpointBytes, recoverAtOpen, keepEverything);
    }
}
