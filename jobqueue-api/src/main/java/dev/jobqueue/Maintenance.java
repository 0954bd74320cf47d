package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The housekeeping of a queue: gives up attempts of lost workers (HB-2) and removes old jobs (RET-1). Off unless started; any number of processes may
 * run it (HB-6).
 *
 * <pre>{@code
 * try (Maintenance maintenance = Maintenance.of(queue).retention(Duration.ofDays(14)).start()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Uses one daemon thread. A failed round is logged and tried again at the next interval. Thread-safe.
 */
public final class Maintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final int BATCH = 1_000;

    private final JobQueue queue;
    private final ScheduledExecutorService executor;

    private Maintenance(Builder builder) {
        queue = builder.queue;
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "jobqueue-maintenance");
            thread.setDaemon(true);
            return thread;
        });
        repeat(builder.sweepInterval, () -> {
            while (!executor.isShutdown() && queue.expire(BATCH).size() == BATCH) {}
        });
        builder.retention.ifPresent(limit -> repeat(builder.pruneInterval, () -> {
            while (!executor.isShutdown() && queue.prune(limit, BATCH) == BATCH) {}
        }));
    }

    /** What to do for this queue; by default a sweep every 30 s and no retention limit. */
    public static Builder of(JobQueue queue) {
        return new Builder(requireNonNull(queue, "queue"));
    }

    /** Rounds start at a random point of the interval, so that many processes do not sweep at once. */
    private void repeat(Duration interval, Runnable round) {
        long millis = interval.toMillis();
        long first = ThreadLocalRandom.current().nextLong(millis + 1);
        var unused = executor.scheduleWithFixedDelay(() -> logFailure(round), first, millis, TimeUnit.MILLISECONDS);
    }

    private static void logFailure(Runnable round) {
        try {
            round.run();
        } catch (JobQueueException.Closed e) {
            LOG.debug("Maintenance found the queue closed");
        } catch (RuntimeException e) {
            LOG.warn("A round of maintenance failed, the next one will try again", e);
        }
    }

    /** Stops; returns when a round under way has ended. Idempotent. */
    @Override
    public void close() {
        executor.shutdown();
        boolean interrupted = false;
        while (true) {
            try {
                if (executor.awaitTermination(1, TimeUnit.HOURS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What to do and how often. Not thread-safe. */
    public static final class Builder {
        private final JobQueue queue;
        private Duration sweepInterval = Duration.ofSeconds(30);
        private Duration pruneInterval = Duration.ofMinutes(1);
        private Optional<Duration> retention = Optional.empty();

        private Builder(JobQueue queue) {
            this.queue = queue;
        }

        /** How often to look for lost workers, at least 1 ms, default 30 s. */
        public Builder sweepInterval(Duration interval) {
            sweepInterval = Names.requireDuration(interval, Duration.ofMillis(1), "sweepInterval");
            return this;
        }

        /** How often to remove old jobs, at least 1 ms, default 1 min. */
        public Builder pruneInterval(Duration interval) {
            pruneInterval = Names.requireDuration(interval, Duration.ofMillis(1), "pruneInterval");
            return this;
        }

        /** How long finished jobs are kept, 0 or more; without it they are kept for ever. */
        public Builder retention(Duration limit) {
            retention = Optional.of(Names.requireDuration(limit, Duration.ZERO, "retention"));
            return this;
        }

        /** Starts the housekeeping; close it before the queue. */
        public Maintenance start() {
            return new Maintenance(this);
        }
    }
}
