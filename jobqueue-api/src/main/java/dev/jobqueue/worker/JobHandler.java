package dev.jobqueue.worker;

import org.jspecify.annotations.Nullable;

/**
 * Does the work of one type of job.
 *
 * <p>Called by many threads at once, up to the concurrency of the worker. A job may run more than once, because a worker can do its work and vanish before
 * it says so: make the effects idempotent.
 */
@FunctionalInterface
public interface JobHandler<A, R> {
    /**
     * Does the job.
     *
     * @return the result; {@code null} becomes JSON null. It is stored after this returns, together with the {@linkplain JobContext#followUp follow-ups}
     * @throws JobFailedException to fail with an error of the application's own
     * @throws JobReleasedException to give the job back
     * @throws Exception anything else, errors too, fails the attempt with HANDLER_FAILED; the job is tried again if it has attempts left (FIN-3)
     */
    @Nullable
    R handle(JobContext<A, R> context) throws Exception;
}
