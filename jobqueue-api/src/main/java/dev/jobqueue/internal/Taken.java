package dev.jobqueue.internal;

import dev.jobqueue.spi.ClaimedJob;

/**
 * A job of a claim.
 *
 * @param sentNanos when the claim was sent, by {@link System#nanoTime}: its heartbeat is no older than that
 */
record Taken(ClaimedJob job, long sentNanos) {}
