package dev.jobqueue.fs.engine;

import dev.jobqueue.spi.StoreClock;

/**
 * How a directory is used.
 *
 * @param clock the time of the store
 * @param segmentBytes the size of a segment
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
        boolean keepEverything) {}
