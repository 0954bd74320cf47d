package dev.jobqueue.spi;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A backend: keeps jobs and changes their state, one atomic step a call.
 *
 * <p><b>Calls.</b> A call that takes a list takes independent items, is one durable transaction, and answers each item at its position; a refused
 * item changes nothing and never spoils the others. Items take effect in list order. Lists have at most {@link Traits#maxBatch} items, where a whole
 * graph is one item. A store may rely on the checks that the queue makes before: names, sizes, ranges, valid JSON, topological order of graphs, no id
 * twice in one call.
 *
 * <p><b>Time.</b> Durations count from the store's own {@link StoreClock}. A SCHEDULED job whose time has come is READY for every call from that
 * instant on (DEQ-14). Heartbeat ages are monotonic (HB-3).
 *
 * <p><b>Durability.</b> Whatever a call has returned survives kill -9 and power loss, if the store declares {@link Traits.Capability#DURABLE}; what a read
 * has shown too. Exempt are heartbeats and demand (DUR-1).
 *
 * <p><b>Errors.</b> {@link JobQueueException.StoreUnavailable}: nothing was changed. {@link JobQueueException.OutcomeUnknown}: it may have happened;
 * every call is safe to repeat with the same ids and tokens. {@link JobQueueException.Corrupt}: needs repair. {@link JobQueueException.Closed} after
 * {@link #close}.
 *
 * <p>Thread-safe. Calls block for I/O only. An interrupt of the calling thread has no effect on the store (DUR-6).
 */
public interface JobStore extends AutoCloseable {
    /** What this store can do and how the queue shall use it; constant. */
    Traits traits();

    /**
     * Stores graphs, each all or nothing (ENQ-1 to ENQ-5, ENQ-7).
     *
     * <p>For each job in list order: an id that exists with the same content ({@link StoreRules#sameContent}) is a no-op; with other content the graph
     * is refused. A unique key held by an unfinished job of the same full type and channel, stored or earlier in the graph, makes no job; edges of the
     * graph that name the id point to the holder. An unknown dependency refuses the graph. A required dependency that has failed or was canceled makes
     * the job FAILED at once (DEP-3). Otherwise the job is BLOCKED, SCHEDULED or READY.
     *
     * @param graphs each not empty, dependencies before dependents
     * @return for each graph one {@link Enqueued} for each job, or a refusal
     */
    Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs);

    /**
     * Starts attempts at READY jobs that match and are not paused: highest priority first, then enqueue order (DEQ-1). Claim, token and heartbeat are
     * one step. A slot whose token is in force already gives the job it holds (DEQ-13), before new ones. A token that was in force and is not any more
     * gets nothing.
     */
    Claimed claim(ClaimRequest request);

    /**
     * Starts an attempt at this job if it is READY and not paused (DEQ-7). If the slot's token holds the job already, gives it again.
     *
     * @return refused with NOT_FOUND, NOT_PENDING or PAUSED
     */
    Answer<ClaimedJob> claim(JobId id, ClaimSlot slot);

    /**
     * Ends attempts (FIN-1 to FIN-3, FIN-7, FIN-8), stores the follow-ups of accepted ones in the same step and releases or fails the dependents
     * (DEP-2, DEP-3). The finish of the job comes first, so follow-ups may depend on it. A finish repeated with the token that was accepted and the
     * same kind of outcome is DONE and changes nothing, follow-ups included.
     *
     * @return for each item DONE, CANCELED or LOST; refused only if its follow-ups are refused, and then the job is not finished
     */
    Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests);

    /** Starts the heartbeat age of these running attempts again at zero (HB-1). Never waits for a row lock (HB-8). Not durable. */
    List<TokenAnswer> heartbeat(List<JobToken> tokens);

    /** Stores progress of running attempts, the last one wins (FIN-5), and refreshes their heartbeats. */
    List<TokenAnswer> report(List<ProgressReport> reports);

    /**
     * Cancels jobs (CAN-1, CAN-2, CAN-5); dependents follow (CAN-4).
     *
     * @return for each item the number of jobs that became CANCELED, 0 if it was already; refused with NOT_FOUND or ALREADY_FINISHED
     */
    Receipt<Answer<Integer>> cancel(List<CancelRequest> requests);

    /**
     * Ends jobs that are BLOCKED, SCHEDULED or READY with a result or an error, for good (FIN-6); dependents follow.
     *
     * @return for each item the new state; refused with NOT_FOUND, NOT_PENDING (it runs) or ALREADY_FINISHED
     */
    Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests);

    /**
     * Ends attempts whose heartbeat is older than the limit (HB-2) or that are over their timeout by more than the limit (FIN-9), at most {@code max},
     * in enqueue order. An attempt for which both hold is HEARTBEAT_LOST. Each is expired once, by whichever process comes first (HB-6).
     *
     * @return the jobs whose attempt was ended
     */
    Receipt<JobId> expire(ExpireRequest request);

    /** Running attempts whose heartbeat is older than this, oldest first, at most {@code max} (HB-7). */
    List<StaleJob> stale(Duration olderThan, int max);

    /** Jobs by id, as one consistent snapshot each; empty for unknown ids. */
    List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts);

    /** Running jobs by token; empty for tokens that are not in force. */
    List<Optional<ClaimedJob>> running(List<JobToken> tokens);

    /** The jobs that these tokens were given for, whether their attempts run or have ended; empty for tokens of attempts that are not kept (FIN-8, FIN-10). */
    List<Optional<JobId>> jobsOf(List<JobToken> tokens);

    /** The direct dependents of a job in enqueue order, each once; refused with NOT_FOUND. */
    Answer<Page<JobId>> dependents(JobId id, Page.Request page);

    /** The job and everything below it, in enqueue order, as one snapshot; refused with NOT_FOUND, or TOO_LARGE if there are more than {@code max}. */
    Answer<List<JobGraph.Node>> closure(JobId id, int max);

    /** The ids that match, in the order of the query, by key-set pages (QRY-2). {@code Page.next} is a word of this store. */
    Page<JobId> list(JobQuery query, Page.Request page);

    /** Exact counts of unfinished jobs; combinations without a job are left out (QRY-2). */
    List<JobCount> counts();

    /** Stops claims of these jobs in all processes, durably; a claim that starts after the return gives none (QRY-3). */
    void pause(PauseScope scope);

    /** Undoes {@link #pause} of exactly this scope. The receipt names the pairs that can be claimed again; it has no items. */
    Receipt<PauseScope> resume(PauseScope scope);

    /** All scopes that are paused. */
    Set<PauseScope> paused();

    /** Notes that somebody asks for these jobs (QRY-4). Not durable. */
    void demand(List<Selector> selectors);

    /** How long ago a selector that matches this pair was last noted; empty if not within the last hour. */
    Optional<Duration> sinceDemand(TypeChannel pair);

    /** For each selector, whether a claim would find a job. */
    List<Boolean> ready(List<Selector> selectors);

    /**
     * Removes finished jobs that no job depends on and that finished longer ago than the limit, oldest finish first, then what becomes free by that;
     * at most {@code max} (RET-1). A job that was canceled while it ran stays for an hour (CAN-3).
     *
     * @return how many were removed
     */
    int prune(Duration limit, int max);

    /**
     * Removes this job and what only it needs (RET-2).
     *
     * @return how many were removed; refused with NOT_FOUND or STILL_NEEDED, whose message names the job in the way
     */
    Answer<Integer> delete(JobId id);

    /**
     * Calls the listener after changes that this process did not make through the calls above, or with {@link Changes#ANYTHING} when some may have
     * been missed. It may say too much, never too little. The listener is quick and does not call the store.
     *
     * @return ends the subscription when closed
     */
    Subscription subscribe(Consumer<Changes> listener);

    /** Releases all resources; running jobs stay running (DUR-5). Idempotent; waits for calls under way. */
    @Override
    void close();

    /** A subscription that ends when closed. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
