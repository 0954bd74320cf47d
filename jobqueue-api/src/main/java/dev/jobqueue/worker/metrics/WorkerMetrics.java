package dev.jobqueue.worker.metrics;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobTimes;
import dev.jobqueue.RawJson;
import dev.jobqueue.worker.AttemptInfo;
import dev.jobqueue.worker.StoreCall;
import dev.jobqueue.worker.WorkerListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters of a queue and of the workers that have this as a listener.
 *
 * <pre>{@code
 * WorkerMetrics metrics = WorkerMetrics.of(queue, registry);
 * JobWorker worker = JobWorker.builder(queue).listener(metrics)...
 * }</pre>
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind</th><th>tags</th><th>meaning</th></tr>
 * <tr><td>{@code jobqueue.jobs}</td><td>gauge</td><td>type, channel, state</td><td>unfinished jobs of the whole queue, counted every 15 s</td></tr>
 * <tr><td>{@code jobqueue.wait}</td><td>timer</td><td>type, for</td><td>how long jobs waited: for a {@code dependency}, for their {@code schedule} (delay,
 * notBefore, backoff), in the {@code queue} for a worker; a sample of up to 5 jobs a second</td></tr>
 * <tr><td>{@code jobqueue.run}</td><td>timer</td><td>type</td><td>how long handlers ran</td></tr>
 * <tr><td>{@code jobqueue.attempts}</td><td>counter</td><td>type, outcome</td><td>ends of attempts: succeeded, failed, released, canceled, lost</td></tr>
 * <tr><td>{@code jobqueue.heartbeats.lost}</td><td>counter</td><td>type</td><td>attempts that this worker had to give up (WRK-1) or that the store gave
 * up</td></tr>
 * <tr><td>{@code jobqueue.store}</td><td>timer</td><td>call, result</td><td>calls of the worker to the store; result is ok or error</td></tr>
 * </table>
 *
 * <p>Uses one daemon thread, so that no handler waits for a reading of the queue. What cannot be read is left out. Thread-safe.
 */
public final class WorkerMetrics implements WorkerListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerMetrics.class);
    private static final Duration COUNT_INTERVAL = Duration.ofSeconds(15);
    private static final Duration SAMPLE_INTERVAL = Duration.ofSeconds(1);
    private static final int SAMPLES = 5;

    private record Started(JobId id, int attempt) {}

    private final JobQueue queue;
    private final MeterRegistry registry;
    private final MultiGauge jobs;
    private final BlockingQueue<Started> sample = new ArrayBlockingQueue<>(SAMPLES);
    private final ScheduledExecutorService executor;

    private WorkerMetrics(JobQueue queue, MeterRegistry registry, Duration countInterval, Duration sampleInterval) {
        this.queue = queue;
        this.registry = registry;
        jobs = MultiGauge.builder("jobqueue.jobs")
                .description("Unfinished jobs")
                .register(registry);
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "jobqueue-metrics");
            thread.setDaemon(true);
            return thread;
        });
        repeat(countInterval, this::count);
        repeat(sampleInterval, this::readSample);
    }

    /** Starts measuring; close it before the queue. */
    @SuppressWarnings(
            "exports") // the module is required by those who have a registry; others must not need it to compile
    public static WorkerMetrics of(JobQueue queue, MeterRegistry registry) {
        return of(queue, registry, COUNT_INTERVAL, SAMPLE_INTERVAL);
    }

    static WorkerMetrics of(JobQueue queue, MeterRegistry registry, Duration countInterval, Duration sampleInterval) {
        return new WorkerMetrics(
                requireNonNull(queue, "queue"), requireNonNull(registry, "registry"), countInterval, sampleInterval);
    }

    private void repeat(Duration interval, Runnable work) {
        var unused = executor.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        LOG.debug("A reading of the queue failed, the next one will try again", e);
                    }
                },
                0,
                interval.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void count() {
        List<MultiGauge.Row<?>> rows = queue.counts().stream()
                .<MultiGauge.Row<?>>map(WorkerMetrics::row)
                .toList();
        jobs.register(rows, true);
    }

    private static MultiGauge.Row<Number> row(JobCount count) {
        Tags tags = Tags.of(
                "type", count.pair().type().toString(),
                "channel", count.pair().channel(),
                "state", count.state().name());
        return MultiGauge.Row.of(tags, count.count());
    }

    private void readSample() {
        for (Started started = sample.poll(); started != null; started = sample.poll()) {
            try {
                waits(queue.status(started.id()), started.attempt());
            } catch (JobQueueException.NotFound e) {
                LOG.debug("Job {} was removed before its times were read", started.id());
            }
        }
    }

    /** The times of a job are those of its last turn, so only the first attempt tells how long dependencies took. */
    private void waits(JobStatus<RawJson> status, int attempt) {
        Optional<Instant> start = status.attempts().stream()
                .filter(each -> each.number() == attempt)
                .map(each -> each.started())
                .findFirst();
        JobTimes times = status.times();
        boolean sameTurn = status.attempts().isEmpty()
                || status.attempts().get(status.attempts().size() - 1).number() == attempt;
        if (start.isEmpty() || times.ready().isEmpty() || !sameTurn) {
            return;
        }
        String type = status.type().toString();
        record(type, "queue", times.ready().get(), start.get());
        if (attempt == 1 && times.unblocked().isPresent()) {
            record(type, "dependency", times.enqueued(), times.unblocked().get());
            record(type, "schedule", times.unblocked().get(), times.ready().get());
        }
    }

    private void record(String type, String what, Instant from, Instant to) {
        Duration wait = Duration.between(from, to);
        Timer.builder("jobqueue.wait")
                .description("How long jobs waited before they ran")
                .tags("type", type, "for", what)
                .register(registry)
                .record(wait.isNegative() ? Duration.ZERO : wait);
    }

    @Override
    public void started(AttemptInfo attempt) {
        // A full queue means that enough of this second are known.
        boolean unused = sample.offer(new Started(attempt.id(), attempt.attempt()));
    }

    @Override
    public void succeeded(AttemptInfo attempt) {
        ended(attempt, "succeeded");
    }

    @Override
    public void failed(AttemptInfo attempt, JobError error) {
        ended(attempt, "failed");
    }

    @Override
    public void released(AttemptInfo attempt, Duration delay) {
        ended(attempt, "released");
    }

    @Override
    public void canceled(AttemptInfo attempt, String reason) {
        ended(attempt, "canceled");
    }

    @Override
    public void lost(AttemptInfo attempt) {
        ended(attempt, "lost");
        Counter.builder("jobqueue.heartbeats.lost")
                .description("Attempts that were given up")
                .tags("type", attempt.type().toString())
                .register(registry)
                .increment();
    }

    private void ended(AttemptInfo attempt, String outcome) {
        String type = attempt.type().toString();
        Counter.builder("jobqueue.attempts")
                .description("Ends of attempts")
                .tags("type", type, "outcome", outcome)
                .register(registry)
                .increment();
        if (!attempt.ran().isZero()) {
            Timer.builder("jobqueue.run")
                    .description("How long handlers ran")
                    .tags("type", type)
                    .register(registry)
                    .record(attempt.ran());
        }
    }

    @Override
    public void storeCalled(StoreCall call, int count, Duration took, Optional<RuntimeException> failure) {
        Timer.builder("jobqueue.store")
                .description("Calls of workers to the store")
                .tags("call", call.name(), "result", failure.isPresent() ? "error" : "ok")
                .register(registry)
                .record(took);
    }

    /** Stops reading the queue; the meters stay in the registry. Idempotent. */
    @Override
    public void close() {
        executor.shutdownNow();
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
}
