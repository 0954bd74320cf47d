package dev.jobqueue.fs.engine;

import dev.jobqueue.spi.StoreClock;

/**
 * How a directory is used.
 *
 * @param clock the time of the store
 * @param segmentBytes where a segment ends, unless a single call needs more
 * @param cacheBytes the bytes of events in memory
 * @param checkpointBytes how much the journal grows at least between two checkpoints
 * @param recoverAtOpen whether running jobs are READY again at open (HB-5)
 * @param keepEverything for tests: nothing is deleted, so that the whole journal can be replayed
 */
public record Settings(
        StoreClock clock,
        long segmentBytes,
        long cacheBytes,
        long checkpointBytes,
        boolean recoverAtOpen,
        boolean keepEverything) {
    /** The part of a segment that is allocated before it is used. */
    private static final int RESERVE_PART = 8;

    /** The room that is kept for what must go on when the disk is full (DUR-2). */
    long reserve() {
        return segmentBytes / RESERVE_PART;
    }
}
