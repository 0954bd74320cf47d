package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobToken;

/**
 * The token and the worker's name for one attempt that is about to start.
 *
 * @param fresh whether no call has brought this token to a store before: a store need not look for a job that it holds (DEQ-13)
 */
public record ClaimSlot(JobToken token, String worker, boolean fresh) {
    public ClaimSlot {
        requireNonNull(token, "token");
        requireNonNull(worker, "worker");
    }

    /** A slot whose token may hold a job already. */
    public ClaimSlot(JobToken token, String worker) {
        this(token, worker, false);
    }

    /** The same slot for a claim that is repeated. */
    public ClaimSlot again() {
        return new ClaimSlot(token, worker);
    }
}
