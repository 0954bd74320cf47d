package dev.jobqueue.examples.composer.http;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Optional;

/** How many requests each caller may make: a bucket for each, which is filled again as time passes. Thread-safe. */
final class RateLimit {
    /** The most callers that are remembered; of more the one that was away longest begins with a full bucket. */
    private static final int MAX_CALLERS = 10_000;

    private final Optional<LoadingCache<String, Bucket>> buckets;

    RateLimit(HttpLimits limits) {
        buckets = limits.requestsPerSecond() == 0 ? Optional.empty() : Optional.of(buckets(limits));
    }

    private static LoadingCache<String, Bucket> buckets(HttpLimits limits) {
        // Once it is full again nothing is lost with it.
        Duration full = Duration.ofSeconds(limits.burst() / limits.requestsPerSecond() + 1L);
        return Caffeine.newBuilder()
                .maximumSize(MAX_CALLERS)
                .expireAfterAccess(full)
                .build(caller -> Bucket.builder()
                        .addLimit(limit -> limit.capacity(limits.burst())
                                .refillGreedy(limits.requestsPerSecond(), Duration.ofSeconds(1)))
                        .build());
    }

    /** Counts a request; how long to wait, in whole seconds, if it is one too many, and 0 if not. */
    long secondsToWait(String caller) {
        return buckets.map(all -> all.get(caller).tryConsumeAndReturnRemaining(1))
                .filter(probe -> !probe.isConsumed())
                .map(probe -> Duration.ofNanos(probe.getNanosToWaitForRefill()).toSeconds() + 1)
                .orElse(0L);
    }
}
