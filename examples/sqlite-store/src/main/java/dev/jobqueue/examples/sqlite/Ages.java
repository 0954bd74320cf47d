package dev.jobqueue.examples.sqlite;

import dev.jobqueue.JobToken;
import dev.jobqueue.spi.StoreClock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * How long attempts have run and been silent, on the monotonic clock (HB-3). In memory: after a restart every attempt gets one full limit of grace (HB-5), so there
 * is nothing to keep. Guarded by the lock of the store.
 */
final class Ages {
    private final StoreClock clock;
    private final Map<JobToken, Long> started = new HashMap<>();
    private final Map<JobToken, Long> heard = new HashMap<>();

    Ages(StoreClock clock) {
        this.clock = clock;
    }

    /** An attempt that started so long ago and is heard of now. */
    void start(JobToken token, Duration ago) {
        started.put(token, clock.nanoTime() - (ago.isNegative() ? 0 : ago.toNanos()));
        heard.put(token, clock.nanoTime());
    }

    void hear(JobToken token) {
        heard.put(token, clock.nanoTime());
    }

    void forget(Collection<JobToken> tokens) {
        started.keySet().removeAll(tokens);
        heard.keySet().removeAll(tokens);
    }

    Duration silence(JobToken token) {
        return since(heard, token);
    }

    Duration ran(JobToken token) {
        return since(started, token);
    }

    private Duration since(Map<JobToken, Long> from, JobToken token) {
        return Duration.ofNanos(clock.nanoTime() - from.getOrDefault(token, clock.nanoTime()));
    }
}
