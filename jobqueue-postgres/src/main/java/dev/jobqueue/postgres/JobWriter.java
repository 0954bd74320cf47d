package dev.jobqueue.postgres;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import java.util.List;

/**
 * Changes the queue inside a transaction of the caller (ENQ-6): what it does is there exactly if that transaction commits.
 *
 * <p>Checks and refusals are those of {@link dev.jobqueue.JobQueue}. A call that is refused, or fails while the connection lives, leaves the
 * transaction as it was and usable. Nothing is combined with calls of others, and a deadlock is not tried again: PostgreSQL reports it as
 * {@link JobQueueException.StoreUnavailable}.
 *
 * <p>Dependencies that are named, and jobs that are ended, stay locked until the transaction ends, so keep it short. Waiters see the work at their next poll
 * at the latest, at once after {@link dev.jobqueue.JobQueue#wake} in their process, or when the transaction commits if the queue has
 * {@link PostgresQueueOptions.Notification#IN_TRANSACTION}.
 *
 * <p>Not thread-safe, as the connection is not. Neither commits, rolls back nor closes it.
 */
public interface JobWriter {
    /** As {@link dev.jobqueue.JobQueue#enqueue}. */
    Enqueued enqueue(JobRequest<?, ?> request);

    /** As {@link dev.jobqueue.JobQueue#enqueueAll}. */
    List<Enqueued> enqueueAll(List<? extends JobRequest<?, ?>> requests);

    /** As {@link dev.jobqueue.JobQueue#finish(JobToken, JobOutcome)}. */
    default TokenAnswer finish(JobToken token, JobOutcome outcome) {
        return finish(token, outcome, List.of());
    }

    /** As {@link dev.jobqueue.JobQueue#finish(JobToken, JobOutcome, List)}. */
    TokenAnswer finish(JobToken token, JobOutcome outcome, List<? extends JobRequest<?, ?>> followUps);

    /** As {@link dev.jobqueue.JobQueue#cancel}. */
    void cancel(JobId id, String reason);

    /** As {@link dev.jobqueue.JobQueue#cancelGraph}. */
    int cancelGraph(JobId id, String reason);
}
