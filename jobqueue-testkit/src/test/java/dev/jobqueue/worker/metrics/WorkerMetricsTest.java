package dev.jobqueue.worker.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import dev.jobqueue.worker.JobWorker;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WorkerMetricsTest {
    private static final JobType<RawJson, RawJson> TYPE = JobType.raw("build");

    private final ManualClock clock = new ManualClock();
    private final JobQueue queue = JobQueue.on(new InMemoryJobStore(clock), QueueOptions.DEFAULT.clock(clock));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final WorkerMetrics metrics = WorkerMetrics.of(queue, registry, Duration.ofMillis(5), Duration.ofMillis(5));

    @AfterEach
    void close() {
        metrics.close();
        metrics.close();
        queue.close();
    }

    private JobWorker worker(Duration work) {
        return JobWorker.builder(queue)
                .nanoClock(clock::nanoTime)
                .listener(metrics)
                .handler(TYPE, context -> {
                    clock.advance(work);
                    if (context.attempt() == 1 && context.job().options().attempts() > 1) {
                        throw new IllegalStateException("planned");
                    }
                    return null;
                })
                .build();
    }

    private double count(String outcome) {
        return registry.get("jobqueue.attempts")
                .tags("type", "build", "outcome", outcome)
                .counter()
                .count();
    }

    private double waited(String what, long samples) {
        Awaitility.await().until(() -> {
            Timer timer = registry.find("jobqueue.wait").tags("for", what).timer();
            return timer != null && timer.count() == samples;
        });
        return registry.get("jobqueue.wait").tags("for", what).timer().totalTime(TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("outcomes, run time and store calls are counted")
    void attempts() throws Exception {
        queue.enqueue(TYPE.job(null).attempts(2, Backoff.NONE));
        worker(Duration.ofSeconds(3)).runUntilIdle();

        assertThat(count("failed")).isEqualTo(1);
        assertThat(count("succeeded")).isEqualTo(1);
        assertThat(registry.get("jobqueue.run").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(6);
        assertThat(registry.get("jobqueue.store")
                        .tags("call", "FINISH", "result", "ok")
                        .timer()
                        .count())
                .isEqualTo(2);
    }

    @Test
    @DisplayName("the wait is split into the time for dependencies, for the schedule, and in the queue")
    void waits() throws Exception {
        JobRequest<RawJson, RawJson> first = TYPE.job(null);
        JobRequest<RawJson, RawJson> second = TYPE.job(null).requires(first).delay(Duration.ofSeconds(60));
        queue.enqueueAll(JobQueue.requests(first, second));
        clock.advance(Duration.ofSeconds(7));
        worker(Duration.ofSeconds(3)).runUntilIdle();
        assertThat(waited("queue", 1)).isEqualTo(7);
        clock.advance(Duration.ofSeconds(50));
        assertThat(queue.stale(Duration.ZERO)).isEmpty();
        clock.advance(Duration.ofSeconds(4));
        worker(Duration.ZERO).runUntilIdle();

        assertThat(waited("dependency", 2)).isEqualTo(10);
        assertThat(waited("schedule", 2)).isEqualTo(50);
        assertThat(waited("queue", 2)).isEqualTo(7 + 4);
    }

    @Test
    @DisplayName("unfinished jobs are counted by type, channel and state, and vanish when there are none")
    void depth() throws Exception {
        queue.enqueue(TYPE.job(null).channel("org-7"));
        queue.enqueue(TYPE.job(null).channel("org-7"));
        Awaitility.await().until(() -> {
            var gauge = registry.find("jobqueue.jobs")
                    .tags("type", "build", "channel", "org-7", "state", "READY")
                    .gauge();
            return gauge != null && gauge.value() == 2;
        });
        JobWorker.builder(queue)
                .anyChannel()
                .handler(TYPE, context -> null)
                .build()
                .runUntilIdle();
        Awaitility.await().until(() -> registry.find("jobqueue.jobs").gauge() == null);
    }

    @Test
    @DisplayName("lost attempts are counted")
    void lost() throws Exception {
        queue.enqueue(TYPE.job(null).recoveries(5));
        JobWorker worker = JobWorker.builder(queue)
                .listener(metrics)
                .handler(TYPE, context -> {
                    if (context.attempt() == 1) {
                        clock.advance(Duration.ofMinutes(3));
                        assertThat(queue.expire(10)).hasSize(1);
                    }
                    return null;
                })
                .build();
        worker.runUntilIdle();

        assertThat(count("lost")).isEqualTo(1);
        assertThat(count("succeeded")).isEqualTo(1);
        assertThat(registry.get("jobqueue.heartbeats.lost").counter().count()).isEqualTo(1);
    }
}
