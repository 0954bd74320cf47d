package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Job;
import dev.jobqueue.RawJson;
import java.time.Duration;

/**
 * A job to be stored.
 *
 * @param job as given by the caller; kept and shown as it is
 * @param delay the least time from now until it may run, 0 or more, in whole milliseconds: made from {@code notBefore} or {@code delay}, because delays
 *     cross the SPI as durations (DEQ-14)
 */
public record NewJob(Job<RawJson> job, Duration delay) {
    public NewJob {
        requireNonNull(job, "job");
        requireNonNull(delay, "delay");
    }
}
