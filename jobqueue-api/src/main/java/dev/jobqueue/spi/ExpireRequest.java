package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Which attempts are given up.
 *
 * @param limit the longest silence
 * @param max the most attempts to end, at least 1
 * @param jitter as in {@link FinishRequest#jitter}, for attempts that timed out
 */
public record ExpireRequest(Duration limit, int max, double jitter) {
    public ExpireRequest {
        requireNonNull(limit, "limit");
    }
}
