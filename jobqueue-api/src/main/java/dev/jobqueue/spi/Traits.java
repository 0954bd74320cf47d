package dev.jobqueue.spi;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a store can do and how the queue shall use it.
 *
 * @param capabilities what is declared is tested by the kit, and so is the absence of the rest
 * @param maxBatch the most items in one call, at least 100
 * @param pollInterval how often waiters ask a shared store for changes of other processes; empty if every change passes through this process
 * @param combine whether the queue shall combine concurrent calls into one
 */
public record Traits(Set<Capability> capabilities, int maxBatch, Optional<Duration> pollInterval, boolean combine) {
    public Traits {
        capabilities = Set.copyOf(capabilities);
        if (maxBatch < 100) {
            throw new IllegalArgumentException("maxBatch must be at least 100: " + maxBatch);
        }
    }

    /** An optional ability of a store. */
    public enum Capability {
        /** What was acknowledged survives a crash and a power loss. */
        DURABLE,
        /** Several processes may use it at the same time. */
        SHARED,
        /** Calls can take part in a transaction of the caller. */
        TRANSACTIONAL
    }
}
