package dev.jobqueue.worker;

import dev.jobqueue.JobQueue;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What is fixed when a worker is built; the times in nanoseconds.
 *
 * @param channels as in a selector: none for any channel
 * @param fenceNanos how long after the sending of its last confirmed heartbeat a job must stop (WRK-1)
 * @param graceNanos how long a handler that was told to stop may go on before its attempt is ended without it
 * @param clock monotonic nanoseconds
 * @param jitter 0 up to, not including, 1: spreads the retries of many workers
 */
record Settings(
        JobQueue queue,
        Map<TypeName, Registration<?, ?>> handlers,
        Set<String> channels,
        Optional<String> name,
        int concurrency,
        int prefetch,
        long heartbeatNanos,
        long fenceNanos,
        long graceNanos,
        Duration stopLimit,
        boolean interrupt,
        LongSupplier clock,
        DoubleSupplier jitter) {
    /** As {@code fenceNanos}: never. */
    static final long NO_FENCE = Long.MAX_VALUE;

    long now() {
        return clock.getAsLong();
    }

    /** A worker without a fence, for runs in one thread, where nobody can send heartbeats beside the handler. */
    Settings withoutFence() {
        return new Settings(
                queue,
                handlers,
                channels,
                name,
                1,
                0,
                heartbeatNanos,
                NO_FENCE,
                0,
                stopLimit,
                interrupt,
                clock,
                jitter);
    }
}
