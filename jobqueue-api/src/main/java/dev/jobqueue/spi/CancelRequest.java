package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;

/**
 * A job to cancel.
 *
 * @param graph whether to cancel also every unfinished job below it that no other unfinished job needs (CAN-5): one whose unfinished direct dependents
 *     are all canceled by this request
 */
public record CancelRequest(JobId id, String reason, boolean graph) {
    public CancelRequest {
        requireNonNull(id, "id");
        requireNonNull(reason, "reason");
    }
}
