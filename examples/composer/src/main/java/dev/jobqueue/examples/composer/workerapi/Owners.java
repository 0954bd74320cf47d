package dev.jobqueue.examples.composer.workerapi;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobToken;
import dev.jobqueue.RunningJob;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whose the runs are, by the channels of their jobs (W7). What was seen once is remembered, so that a poll does not cost another read, and so that the worker of a canceled job can be
 * told: the queue does not say whose a run was that is over. Thread-safe.
 */
final class Owners {
    private static final int MAX_RUNS = 100_000;

    /** For as long as the queue tells of a cancel (CAN-3). */
    private static final Duration KEPT = Duration.ofHours(1);

    private final JobQueue queue;
    private final Cache<JobToken, String> channels =
            Caffeine.newBuilder().maximumSize(MAX_RUNS).expireAfterAccess(KEPT).build();

    Owners(JobQueue queue) {
        this.queue = queue;
    }

    /** Notes whose a run is. */
    void note(RunningJob<?, ?> job) {
        channels.put(job.token(), job.job().options().channel());
    }

    /**
     * Whether a run is one of this channel. One that is over, and of which nothing was seen here, belongs to the default channel: that is asked for only where access is open, so nothing
     * is told to a tenant.
     */
    boolean isOwn(JobToken token, String channel) {
        @Nullable String known = channels.getIfPresent(token);
        if (known == null) {
            queue.running(token).ifPresent(this::note);
            known = channels.getIfPresent(token);
        }
        return channel.equals(known == null ? JobOptions.DEFAULT_CHANNEL : known);
    }
}
