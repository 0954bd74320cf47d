package dev.jobqueue.examples.composer.workerapi;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.RunningJob;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose the runs are, by the channels of their jobs (W7). That never changes, and is remembered, so that a poll does not cost another read. Thread-safe. */
final class Owners {
    private static final int MAX_RUNS = 100_000;

    private final JobQueue queue;
    private final Cache<JobToken, Owned> known =
            Caffeine.newBuilder().maximumSize(MAX_RUNS).build();

    private record Owned(JobId job, String channel) {}

    Owners(JobQueue queue) {
        this.queue = queue;
    }

    /** Notes whose a run is. */
    void note(RunningJob<?, ?> job) {
        known.put(job.token(), new Owned(job.id(), job.job().options().channel()));
    }

    /** The job of a run, also of one that is over, if it is one of this channel. */
    Optional<JobId> own(JobToken token, String channel) {
        @Nullable Owned owned = known.getIfPresent(token);
        Optional<Owned> found = owned == null ? read(token) : Optional.of(owned);
        return found.filter(run -> run.channel().equals(channel)).map(Owned::job);
    }

    private Optional<Owned> read(JobToken token) {
        try {
            Optional<Owned> owned = queue.jobOf(token)
                    .map(job -> new Owned(job, queue.status(job).channel()));
            owned.ifPresent(run -> known.put(token, run));
            return owned;
        } catch (JobQueueException.NotFound e) {
            // The job was removed in between.
            return Optional.empty();
        }
    }
}
