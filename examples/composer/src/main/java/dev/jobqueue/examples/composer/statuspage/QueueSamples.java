package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.Page;
import dev.jobqueue.TypeChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How deep the queue was in the last minutes, by type and channel: a short ring of samples in this process.
 *
 * <p>A sample is one query for the counts of unfinished jobs, and one for the oldest job of each type and channel where any are ready. Thread-safe.
 */
final class QueueSamples implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofSeconds(5);
    static final int KEPT = 120;

    private static final Logger LOG = LoggerFactory.getLogger(QueueSamples.class);

    private final JobQueue queue;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "status-page-samples");
        thread.setDaemon(true);
        return thread;
    });

    /** All types and channels with unfinished jobs at one moment. */
    record Sample(Instant at, Map<TypeChannel, Depth> depths) {
        Sample {
            depths = Map.copyOf(depths);
        }

        Depth depth(TypeChannel pair) {
            return depths.getOrDefault(pair, Depth.NONE);
        }
    }

    /**
     * The unfinished jobs of one type and channel.
     *
     * @param oldest the ready job that was enqueued first
     */
    record Depth(Map<JobState, Long> counts, Optional<Oldest> oldest) {
        static final Depth NONE = new Depth(Map.of(), Optional.empty());

        Depth {
            counts = Map.copyOf(counts);
        }

        long count(JobState state) {
            return counts.getOrDefault(state, 0L);
        }
    }

    /** A ready job, and since when it has been that. */
    record Oldest(JobId id, Instant since) {}

    QueueSamples(JobQueue queue) {
        this.queue = queue;
    }

    /** Takes a sample now, and one after each interval. */
    void start() {
        var unused = timer.scheduleAtFixedRate(this::tick, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            take();
        } catch (JobQueueException e) {
            // The next sample may succeed; the plot has a gap of one interval less.
            LOG.warn("No sample of the queue was taken", e);
        }
    }

    /** Takes a sample. */
    void take() {
        Map<TypeChannel, Map<JobState, Long>> counts = new HashMap<>();
        for (JobCount count : queue.counts()) {
            counts.computeIfAbsent(count.pair(), pair -> new EnumMap<>(JobState.class))
                    .merge(count.state(), count.count(), Long::sum);
        }
        Map<TypeChannel, Depth> depths = new HashMap<>();
        counts.forEach((pair, states) -> depths.put(
                pair, new Depth(states, states.containsKey(JobState.READY) ? oldest(pair) : Optional.empty())));
        Sample sample = new Sample(queue.options().clock().instant(), depths);
        synchronized (samples) {
            samples.add(sample);
            if (samples.size() > KEPT) {
                samples.remove();
            }
        }
    }

    private Optional<Oldest> oldest(TypeChannel pair) {
        JobQuery ready = new JobQuery(pair, Optional.of(JobState.READY));
        return queue.list(ready, Page.Request.first(1)).items().stream()
                .findFirst()
                .map(job -> new Oldest(job.id(), readySince(job)));
    }

    private static Instant readySince(JobStatus<?> job) {
        return job.times().ready().orElse(job.times().enqueued());
    }

    /** Oldest first. */
    List<Sample> all() {
        synchronized (samples) {
            return List.copyOf(samples);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
