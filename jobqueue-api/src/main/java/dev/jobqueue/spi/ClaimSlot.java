package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobToken;

/** The token and the worker's name for one attempt that is about to start. */
public record ClaimSlot(JobToken token, String worker) {
    public ClaimSlot {
        requireNonNull(token, "token");
        requireNonNull(worker, "worker");
    }
}
