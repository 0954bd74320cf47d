package dev.jobqueue.worker;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * What a handler knows of its job and can say while it runs.
 *
 * <p>Thread-safe: a handler may hand it to threads of its own, as long as it does not return before they have ended.
 */
public interface JobContext<A, R> {
    /** The id of the job. */
    JobId id();

    /** The full name of its type. */
    TypeName type();

    /** The number of this attempt, from 1. */
    int attempt();

    /** The args. */
    A args();

    /** Everything given at enqueue: channel, priority, dependencies and so on. */
    Job<RawJson> job();

    /** The outcomes of the dependencies by position (DEP-6). Large results are read from the store when this is called (DEQ-10). */
    List<DependencyOutcome<RawJson>> dependencies();

    /**
     * The outcome of the dependency at this position.
     *
     * @param position counted from 0 in the order given at enqueue
     * @throws IndexOutOfBoundsException if there is no such position
     * @throws JobQueueException.TypeMismatch if the dependency has another type (TYP-1)
     * @throws JobQueueException.Undecodable if its result does not fit the class
     */
    <S> DependencyOutcome<S> dependency(int position, JobType<?, S> type);

    /**
     * Reports progress, which shows in the job's status while it runs (FIN-5). Returns at once: the last value is sent in the background, the first one
     * at once and then at most every half second. Ignored after the job was told to stop.
     *
     * @param progress any value that Jackson can write; {@code null} becomes JSON null
     * @throws IllegalArgumentException if it cannot be written, or has more than 64 KiB of JSON
     */
    void report(@Nullable Object progress);

    /**
     * Enqueues these jobs in the same atomic step that stores the result (FIN-7); they may depend on this job. Nothing is enqueued if the handler throws or
     * its result is not accepted. May be called many times.
     */
    void followUp(JobRequest<?, ?>... requests);

    /** As {@link #followUp(JobRequest...)}, for lists. */
    void followUp(List<? extends JobRequest<?, ?>> requests);

    /**
     * Whether the handler must stop, for whatever reason. Costs no more than a look at the clock, so ask it in every loop, and again before an effect that
     * must not happen twice: it is exact even if the whole process was suspended meanwhile (WRK-1).
     */
    default boolean canceled() {
        return stopReason().isPresent();
    }

    /** Why the handler must stop; empty while it may go on. */
    Optional<StopReason> stopReason();

    /** The reason given to {@code cancel}, if the job was canceled. */
    Optional<String> cancelReason();

    /**
     * Does nothing while the handler may go on.
     *
     * @throws CancellationException if it must stop; let it pass
     */
    default void throwIfCanceled() {
        stopReason().ifPresent(reason -> {
            throw new CancellationException("job " + id() + " must stop: " + reason);
        });
    }

    /**
     * Calls this once, when the handler is told to stop: in a thread of the worker, or at once in this one if that has happened. It shall be quick, such as
     * {@code process::destroy}; what it throws is logged. Not called after the handler has returned.
     */
    void onCancel(Runnable callback);

    /** Whether the worker is being stopped: time to come to an end by oneself, before the limit of the stop. */
    boolean workerStopping();

    /**
     * Sends a heartbeat now, in this thread, besides those that the worker sends: whether the attempt is still in force, before an effect that must not
     * happen twice.
     *
     * @return false if the handler must stop
     * @throws JobQueueException.StoreUnavailable if the store could not be reached
     */
    boolean confirm();
}
