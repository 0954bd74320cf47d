package dev.jobqueue.worker;

import dev.jobqueue.JobError;
import java.time.Duration;
import java.util.Optional;

/**
 * Hears of every transition of every attempt of a worker.
 *
 * <p>An attempt is claimed; then started, unless it is given back or lost before; then it ends in exactly one of {@link #succeeded}, {@link #failed},
 * {@link #released}, {@link #canceled}, {@link #lost}. The first three come only when the store has acknowledged the end, so what they say is durable.
 *
 * <p>Called in the threads of the worker, for one attempt in order, for several at once: implementations are thread-safe and quick. What they throw is
 * logged and changes nothing.
 */
public interface WorkerListener {
    /** The worker has taken the job. */
    default void claimed(AttemptInfo attempt) {}

    /** The handler is about to start. Called in its thread. */
    default void started(AttemptInfo attempt) {}

    /** The handler was told to stop. */
    default void stopRequested(AttemptInfo attempt, StopReason reason) {}

    /** The result is stored. */
    default void succeeded(AttemptInfo attempt) {}

    /** The error is stored; the job has ended with it or waits for its next attempt. */
    default void failed(AttemptInfo attempt, JobError error) {}

    /** The job was given back, after or before its handler ran. */
    default void released(AttemptInfo attempt, Duration delay) {}

    /** The job was canceled, and the handler has returned or never ran. */
    default void canceled(AttemptInfo attempt, String reason) {}

    /** The attempt is not this worker's any more, and the handler has returned or never ran (WRK-1, WRK-2). */
    default void lost(AttemptInfo attempt) {}

    /**
     * A call to the store has ended.
     *
     * @param jobs how many jobs it was about
     * @param failure what it threw
     */
    default void storeCalled(StoreCall call, int jobs, Duration took, Optional<RuntimeException> failure) {}
}
