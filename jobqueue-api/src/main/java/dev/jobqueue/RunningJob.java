package dev.jobqueue;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A job that was dequeued and runs under a token.
 *
 * <p>Thread-safe. {@link #close} releases the job if it was not finished, so that try-with-resources never leaves it behind.
 */
public interface RunningJob<A, R> extends AutoCloseable {
    /** The id of the job. */
    JobId id();

    /** The full name of its type. */
    TypeName type();

    /** The token of this attempt: a secret, see {@link JobToken}. */
    JobToken token();

    /** The number of this attempt, from 1. */
    int attempt();

    /**
     * How long ago this attempt began at the most: the time since the claim was sent to the store, on a monotonic clock. So its first heartbeat is no
     * older than this, and a worker that goes by it gives up before the store does (HB-1, WRK-1).
     *
     * @return empty if this object was not made by a dequeue, as by {@link JobQueue#running}
     */
    Optional<Duration> sinceDequeue();

    /**
     * The args.
     *
     * @throws JobQueueException.Undecodable if they do not fit the class; the job keeps running
     */
    A args();

    /** Everything given at enqueue. */
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
     * The same attempt seen as this type.
     *
     * @throws JobQueueException.TypeMismatch if the job has another type (TYP-1)
     */
    <B, S> RunningJob<B, S> as(JobType<B, S> type);

    /**
     * Tells the store that this attempt is alive (HB-1).
     *
     * @return CONTINUE, or CANCELED or LOST: then the work must stop
     */
    @CheckReturnValue
    TokenAnswer heartbeat();

    /**
     * Stores progress and counts as a heartbeat (FIN-5).
     *
     * @param progress any value that Jackson can write, up to 64 KiB of JSON
     * @return as {@link #heartbeat}
     */
    TokenAnswer report(@Nullable Object progress);

    /**
     * Ends the job with a result. Durable on return.
     *
     * @param result {@code null} becomes JSON null
     * @return DONE; or CANCELED or LOST, and then nothing was changed (FIN-1)
     */
    TokenAnswer succeed(@Nullable R result);

    /** As {@link #succeed(Object)}, and enqueues these jobs in the same atomic step (FIN-7); they may depend on this one. */
    TokenAnswer succeed(@Nullable R result, List<JobRequest<?, ?>> followUps);

    /** Ends this attempt with an error; the job is tried again if it has attempts left and the error is not permanent (FIN-3). */
    TokenAnswer fail(JobError error);

    /** Gives the job back; it may be dequeued again after the delay, 0 or more. */
    TokenAnswer release(Duration delay);

    /** Ends this attempt with this outcome and follow-ups; what the other calls are made of. */
    TokenAnswer finish(JobOutcome outcome, List<JobRequest<?, ?>> followUps);

    /** Whether a call of this object has ended the attempt, or learnt that it is over. */
    boolean ended();

    /** Why the job was canceled, once a call has answered CANCELED. */
    Optional<String> cancelReason();

    /** Releases the job without a delay unless {@link #ended}. Does not throw if the store cannot be reached: the heartbeat will end the attempt. */
    @Override
    void close();
}
