package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.jobqueue.internal.StoreJobQueue;
import dev.jobqueue.spi.JobStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A queue of typed jobs with dependencies.
 *
 * <p>Open one with a backend ({@code FileJobQueue.open}, {@code PostgresJobQueue.create}) or over any store with {@link #on}. There is one
 * implementation over all stores, so every rule below holds on every backend.
 *
 * <p><b>Durability.</b> What a call has returned survives a crash, if the store is durable. <b>Errors.</b> Wrong arguments throw
 * {@code IllegalArgumentException} before any effect; all else is a {@link JobQueueException}, whose branch says whether anything happened. Every call
 * may throw {@link JobQueueException.StoreUnavailable}, {@link JobQueueException.OutcomeUnknown} (calls that change something),
 * {@link JobQueueException.Corrupt} and {@link JobQueueException.Closed}.
 *
 * <p>Thread-safe. Waiting holds no monitor and no connection.
 */
public interface JobQueue extends AutoCloseable {
    /** The queue over this store, with default settings; closing the queue closes the store. */
    static JobQueue on(JobStore store) {
        return on(store, QueueOptions.DEFAULT);
    }

    /** The queue over this store; closing the queue closes the store. */
    static JobQueue on(JobStore store, QueueOptions options) {
        return new StoreJobQueue(requireNonNull(store, "store"), requireNonNull(options, "options"));
    }

    /** The settings of this queue. */
    QueueOptions options();

    // ---- enqueue

    /**
     * Stores one job. Repeating the call with the same request is a safe retry (ENQ-4).
     *
     * @return its id and state; {@code created} is false if an unfinished job has the same unique key (ENQ-5) or the request was stored before
     * @throws JobQueueException.Invalid if a dependency is unknown (ENQ-3), or the id exists with other content; nothing was stored
     * @throws IllegalArgumentException if args are larger than {@link QueueOptions#maxJsonBytes}
     */
    Enqueued enqueue(JobRequest<?, ?> request);

    /**
     * Stores a graph of jobs, all or nothing (ENQ-2). They may depend on each other in any order. Enqueue order is list order, dependencies first
     * (DEQ-1).
     *
     * @param requests may be empty; 100,000 and more are fine
     * @return one answer for each request, in order
     * @throws JobQueueException.Invalid as {@link #enqueue}, or if there is a cycle or the same id twice; nothing was stored
     */
    List<Enqueued> enqueueAll(List<? extends JobRequest<?, ?>> requests);

    // ---- dequeue

    /**
     * Takes up to {@code max} matching jobs; waits for the first one only (DEQ-8). All other dequeues are made of this.
     *
     * @return at least one job, or none if the timeout has passed (DEQ-3)
     * @throws InterruptedException if the thread was interrupted while waiting; no job is lost (DEQ-4)
     * @throws JobQueueException.StoreUnavailable if no attempt reached the store during the whole wait
     */
    @CheckReturnValue
    List<RunningJob<RawJson, RawJson>> dequeueBatch(DequeueRequest request) throws InterruptedException;

    /**
     * As {@link #dequeueBatch}, without a thread that waits: for services with many clients that wait. Such a wait has its place in the same line as those
     * of threads, with the same order, timeout and errors (DEQ-15).
     *
     * <p>A future that ends in another way does not wait any more: canceled, or completed by the caller or by {@code orTimeout}. A job that comes at that
     * moment goes to another one who waits, or back. Ending a future that depends on this one, made by {@code thenApply} for example, ends only that.
     *
     * <p><b>Threads.</b> A queue has four daemon threads for all its futures, named {@code jobqueue-dequeue}, from the first of them until it is closed.
     * They make the claims, watch the clock and complete the futures; so what depends on a future without an executor of its own runs there as well, and must
     * not block, or others wait for longer. It may call the queue. No call to the store is made by the caller's thread.
     *
     * @return completed as {@link #dequeueBatch} ends: with at least one job, with none if the timeout has passed, or exceptionally; and with
     *     {@link JobQueueException.Closed} if the queue is closed
     */
    @CheckReturnValue
    CompletableFuture<List<RunningJob<RawJson, RawJson>>> dequeueAsync(DequeueRequest request);

    /** Takes one matching job, waiting without limit. */
    @CheckReturnValue
    default RunningJob<RawJson, RawJson> dequeue(Selector selector) throws InterruptedException {
        return dequeueBatch(DequeueRequest.of(selector)).get(0);
    }

    /** Takes one matching job, waiting at most this long for one; zero or less is one attempt (DEQ-3). */
    @CheckReturnValue
    default Optional<RunningJob<RawJson, RawJson>> dequeue(Selector selector, Duration timeout)
            throws InterruptedException {
        return dequeueBatch(DequeueRequest.of(selector).timeout(timeout)).stream()
                .findFirst();
    }

    /** Takes one job of exactly this full type on the default channel, waiting without limit. */
    @CheckReturnValue
    default <A, R> RunningJob<A, R> dequeue(JobType<A, R> type) throws InterruptedException {
        return dequeue(Selector.of(type)).as(type);
    }

    /** Takes one job of exactly this full type on the default channel, waiting at most this long. */
    @CheckReturnValue
    default <A, R> Optional<RunningJob<A, R>> dequeue(JobType<A, R> type, Duration timeout)
            throws InterruptedException {
        return dequeue(Selector.of(type), timeout).map(job -> job.as(type));
    }

    /**
     * Takes this job, which must be READY (DEQ-7). Does not wait.
     *
     * @throws JobQueueException.NotFound if there is no such job
     * @throws JobQueueException.NotPending if it is not READY; the exception has its state
     * @throws JobQueueException.Paused if its channel or type is paused
     * @throws JobQueueException.TypeMismatch if it has another type; it is not dequeued
     */
    @CheckReturnValue
    <A, R> RunningJob<A, R> dequeue(JobType<A, R> type, JobId id);

    // ---- running jobs, by token

    /** The job that runs under this token, long after the dequeue and in any process; empty if the token is not in force (HB-7). */
    @CheckReturnValue
    Optional<RunningJob<RawJson, RawJson>> running(JobToken token);

    /** The job that this token was given for, whether the attempt runs or has ended; empty if no such attempt is kept (FIN-8, FIN-10). */
    @CheckReturnValue
    Optional<JobId> jobOf(JobToken token);

    /** Tells the store that these attempts are alive (HB-1); one answer for each token, in order. At most 10,000. Not durable. */
    @CheckReturnValue
    List<TokenAnswer> heartbeat(List<JobToken> tokens);

    /** Stores progress of a running attempt, up to 64 KiB, and counts as a heartbeat (FIN-5). */
    TokenAnswer report(JobToken token, RawJson progress);

    /**
     * Ends an attempt. Repeating the call with the same token and kind of outcome is a safe retry (FIN-8).
     *
     * @return DONE; or CANCELED or LOST, and then nothing was changed
     * @throws IllegalArgumentException if the result is larger than {@link QueueOptions#maxJsonBytes}
     */
    default TokenAnswer finish(JobToken token, JobOutcome outcome) {
        return finish(token, outcome, List.of());
    }

    /**
     * As {@link #finish(JobToken, JobOutcome)}, and enqueues these jobs in the same atomic step (FIN-7).
     *
     * @throws JobQueueException.Invalid if the follow-ups are refused as by {@link #enqueueAll}; the attempt goes on
     */
    TokenAnswer finish(JobToken token, JobOutcome outcome, List<? extends JobRequest<?, ?>> followUps);

    /** Ends many attempts in one step; one answer for each token, in the order of the map. At most 10,000. */
    @CheckReturnValue
    List<TokenAnswer> finishAll(Map<JobToken, JobOutcome> outcomes);

    /**
     * Ends many attempts in one step, each with its own follow-ups (FIN-7). At most 10,000; no token twice.
     *
     * @return one answer for each, in order; an item whose follow-ups are refused changes nothing and spoils no other
     * @throws IllegalArgumentException if a result is larger than {@link QueueOptions#maxJsonBytes}; nothing was changed
     * @throws JobQueueException.Invalid if the follow-ups of one item are no graph: a cycle, or the same id twice; nothing was changed
     */
    @CheckReturnValue
    List<FinishAnswer> finishAll(List<JobFinish> finishes);

    /** Running jobs whose worker has not been heard of for longer than this, at most 10,000 (HB-7). */
    List<StaleJob> stale(Duration olderThan);

    // ---- cancel and end from outside

    /**
     * Cancels an unfinished job; it never runs again (CAN-1). Canceling twice is fine.
     *
     * @param reason text for people and for the worker, up to 10,000 characters
     * @throws JobQueueException.NotFound if there is no such job
     * @throws JobQueueException.AlreadyFinished if it succeeded or failed before; nothing changes (CAN-2)
     */
    void cancel(JobId id, String reason);

    /**
     * Cancels a job and every unfinished job below it that only it needs, in one step (CAN-5).
     *
     * @return how many jobs became CANCELED
     */
    int cancelGraph(JobId id, String reason);

    /**
     * Ends a job that is BLOCKED, SCHEDULED or READY (FIN-6). A failure is final, whatever attempts it has left.
     *
     * @param outcome Succeeded or Failed
     * @throws JobQueueException.NotFound if there is no such job
     * @throws JobQueueException.NotPending if it is running
     * @throws JobQueueException.AlreadyFinished if it is finished
     */
    void finishPending(JobId id, JobOutcome outcome);

    // ---- reading

    /** The full name of a job's type, in every state (TYP-2). @throws JobQueueException.NotFound if there is no such job */
    TypeName jobType(JobId id);

    /** Exactly what was given at enqueue, in every state (QRY-5). */
    <A> Job<A> job(JobType<A, ?> type, JobId id);

    /** As {@link #job(JobType, JobId)}, with the args as raw JSON, for any type. */
    Job<RawJson> job(JobId id);

    /**
     * Where a job is, as one consistent snapshot (QRY-1).
     *
     * @throws JobQueueException.NotFound if there is no such job
     * @throws JobQueueException.TypeMismatch if it has another type (TYP-1)
     * @throws JobQueueException.Undecodable if its result does not fit the class
     */
    <R> JobStatus<R> status(JobType<?, R> type, JobId id);

    /** As {@link #status(JobType, JobId)}, with the result as raw JSON, for any type. */
    JobStatus<RawJson> status(JobId id);

    /**
     * Waits until a job is finished (QRY-6).
     *
     * @return its status, or empty if it is unfinished after this time; zero or less asks once
     */
    <R> Optional<JobStatus<R>> await(JobType<?, R> type, JobId id, Duration timeout) throws InterruptedException;

    /** As {@link #await(JobType, JobId, Duration)}, for any type. */
    Optional<JobStatus<RawJson>> await(JobId id, Duration timeout) throws InterruptedException;

    /** The job and all it depends on, with a rolled-up outcome (DEP-7); up to 1,000,000 jobs. */
    JobGraph graph(JobId id);

    /** The direct dependents of a job, in enqueue order. */
    Page<JobId> dependents(JobId id, Page.Request page);

    /** Lists jobs; each entry is a status of its own, without dependencies (QRY-2). */
    Page<JobStatus<RawJson>> list(JobQuery query, Page.Request page);

    /** Exact counts of unfinished jobs by type, channel and state; finished jobs are not counted (QRY-2). */
    List<JobCount> counts();

    /** Why a job is not running (QRY-4). */
    Explanation explain(JobId id);

    // ---- keeping

    /** Stops dequeues of these jobs in all processes, durably; running jobs, enqueue and finish go on (QRY-3). */
    void pause(PauseScope scope);

    /** Undoes {@link #pause} of exactly this scope; fine if it is not paused. */
    void resume(PauseScope scope);

    /** All scopes that are paused. */
    Set<PauseScope> paused();

    /**
     * Gives up running jobs not heard of for longer than {@link QueueOptions#heartbeatLimit} or over their timeout by that much (HB-2, FIN-9). Called
     * by {@link Maintenance}.
     *
     * @param max the most attempts to end, 1 to 10,000
     * @return the jobs whose attempt was ended; fewer than {@code max} means that there are no more
     */
    List<JobId> expire(int max);

    /**
     * Removes jobs that finished longer ago than this and that no job depends on, and goes on downward (RET-1). Called by {@link Maintenance}.
     *
     * @param max the most jobs to remove, 1 to 10,000
     * @return how many were removed; fewer than {@code max} means that there are no more
     */
    int prune(Duration olderThan, int max);

    /**
     * Removes a finished job and what only it needs (RET-2).
     *
     * @return how many jobs were removed
     * @throws JobQueueException.NotFound if there is no such job
     * @throws JobQueueException.Invalid if a job depends on it, or it or what it needs is unfinished; the message names the job in the way
     */
    int delete(JobId id);

    /** Makes all waiters look again: for jobs that were stored past this queue (ENQ-6). */
    void wake();

    /** Wakes all waiters with {@link JobQueueException.Closed} and closes the store; loses nothing, running jobs stay running (DUR-5). Idempotent. */
    @Override
    void close();

    /** For lists of requests of several types. */
    static List<JobRequest<?, ?>> requests(JobRequest<?, ?>... requests) {
        return Arrays.asList(requests);
    }
}
