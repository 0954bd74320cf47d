package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Everything given at enqueue besides type, args and dependencies.
 *
 * <p>Immutable and thread-safe. Times are kept in whole milliseconds.
 *
 * @param channel routing label, 1 to 255 characters without control characters; {@value #DEFAULT_CHANNEL} by default (DEQ-9)
 * @param priority -32,768 to 32,767, higher first, default 0 (DEQ-1)
 * @param attempts how many failures end the job, 1 to 1,000, default 1 (FIN-10)
 * @param backoff the wait between failed attempts, default none
 * @param recoveries how often a lost heartbeat makes the job ready again, 0 to 1,000, default 2 (HB-2)
 * @param notBefore the earliest time to run, if given; not together with {@code delay}
 * @param delay the least time between enqueue and run, if given, 0 or more
 * @param timeout the longest time for one attempt, if given, at least 1 ms (FIN-9)
 * @param uniqueKey at most one unfinished job of the same full type and channel has this key, if given (ENQ-5)
 */
public record JobOptions(
        String channel,
        int priority,
        int attempts,
        Backoff backoff,
        int recoveries,
        Optional<Instant> notBefore,
        Optional<Duration> delay,
        Optional<Duration> timeout,
        Optional<String> uniqueKey) {
    /** The channel of jobs and selectors that name none. */
    public static final String DEFAULT_CHANNEL = "default";

    /** All defaults. */
    public static final JobOptions DEFAULT = new JobOptions(
            DEFAULT_CHANNEL,
            0,
            1,
            Backoff.NONE,
            2,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** The range of {@code notBefore}: what every store can keep exactly. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    public JobOptions {
        Names.requireName(channel, "channel");
        Names.requireRange(priority, Short.MIN_VALUE, Short.MAX_VALUE, "priority");
        Names.requireRange(attempts, 1, 1_000, "attempts");
        requireNonNull(backoff, "backoff");
        Names.requireRange(recoveries, 0, 1_000, "recoveries");
        notBefore.ifPresent(t -> {
            if (t.isBefore(Instant.EPOCH) || t.isAfter(LATEST)) {
                throw new IllegalArgumentException("notBefore must be " + Instant.EPOCH + " to " + LATEST + ": " + t);
            }
        });
        delay.ifPresent(d -> Names.requireDuration(d, Duration.ZERO, "delay"));
        timeout.ifPresent(d -> Names.requireDuration(d, Duration.ofMillis(1), "timeout"));
        uniqueKey.ifPresent(k -> Names.requireName(k, "unique key"));
        if (notBefore.isPresent() && delay.isPresent()) {
            throw new IllegalArgumentException(
                    "give notBefore or delay, not both: " + notBefore.get() + ", " + delay.get());
        }
        notBefore = notBefore.map(t -> Instant.ofEpochMilli(t.toEpochMilli()));
        delay = delay.map(d -> Duration.ofMillis(d.toMillis()));
        timeout = timeout.map(d -> Duration.ofMillis(d.toMillis()));
    }
}
