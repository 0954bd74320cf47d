package dev.jobqueue.examples.composer.operations;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.Page;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.examples.composer.http.RequestMeter;
import dev.jobqueue.worker.metrics.WorkerMetrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The numbers of the service, as Prometheus reads them.
 *
 * <table>
 * <caption>Meters beside {@code jobqueue.jobs}, which {@link WorkerMetrics} has</caption>
 * <tr><th>name</th><th>kind</th><th>tags</th><th>meaning</th></tr>
 * <tr><td>{@code composer.requests}</td><td>timer</td><td>api, method, route, status</td><td>answers, and the time until each; that of requests for a job has the wait in it</td></tr>
 * <tr><td>{@code composer.requests.waiting}</td><td>gauge</td><td></td><td>requests for a job that wait here</td></tr>
 * <tr><td>{@code composer.ready.age}</td><td>gauge, seconds</td><td>type, channel</td><td>since when the first job in line is ready, read at each look</td></tr>
 * </table>
 *
 * <p>Thread-safe.
 */
public final class Meters implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Meters.class);

    private final JobQueue queue;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final WorkerMetrics jobs;
    private final MultiGauge readyAge =
            MultiGauge.builder("composer.ready.age").baseUnit("seconds").register(registry);

    private Meters(JobQueue queue) {
        this.queue = queue;
        jobs = WorkerMetrics.of(queue, registry);
    }

    /** Starts to measure; close it before the queue. */
    public static Meters of(JobQueue queue) {
        return new Meters(requireNonNull(queue, "queue"));
    }

    /** Measures the requests of an API. */
    public RequestMeter requests(String api) {
        return (method, route, status, time) -> Timer.builder("composer.requests")
                .tags("api", api, "method", method, "route", route, "status", Integer.toString(status))
                .register(registry)
                .record(time);
    }

    /** Shows how many requests for a job wait. */
    public void waiting(Supplier<Number> count) {
        Gauge.builder("composer.requests.waiting", count).strongReference(true).register(registry);
    }

    /** All numbers, in the text format of Prometheus. What cannot be read now is left out. */
    public String text() {
        readyAge.register(readyAges(), true);
        return registry.scrape();
    }

    private List<MultiGauge.Row<?>> readyAges() {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        try {
            for (JobCount count : queue.counts()) {
                if (count.state() == JobState.READY) {
                    readyAge(count.pair()).ifPresent(rows::add);
                }
            }
        } catch (JobQueueException e) {
            LOG.warn("The age of ready jobs cannot be read", e);
        }
        return rows;
    }

    private Optional<MultiGauge.Row<?>> readyAge(TypeChannel pair) {
        JobQuery query = JobQuery.unfinished(pair.type(), pair.channel(), JobState.READY);
        Instant now = queue.options().clock().instant();
        return queue.list(query, Page.Request.first(1)).items().stream()
                .flatMap(job -> job.times().ready().stream())
                .findFirst()
                .map(ready -> MultiGauge.Row.of(
                        Tags.of("type", pair.type().toString(), "channel", pair.channel()),
                        seconds(Duration.between(ready, now))));
    }

    /** Clocks of service and store may differ. */
    private static double seconds(Duration age) {
        return Math.max(0, age.toMillis()) / 1_000.0;
    }

    @Override
    public void close() {
        jobs.close();
        registry.close();
    }
}
