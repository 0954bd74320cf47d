package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * A running job whose worker has not been heard of for a while (HB-7).
 *
 * @param worker as named at dequeue
 * @param silence the age of its last heartbeat on the store's clock
 */
public record StaleJob(JobId id, TypeName type, String worker, Duration silence) {
    public StaleJob {
        requireNonNull(id, "id");
        requireNonNull(type, "type");
        requireNonNull(worker, "worker");
        requireNonNull(silence, "silence");
    }
}
