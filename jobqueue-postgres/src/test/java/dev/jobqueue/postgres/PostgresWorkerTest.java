package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.Maintenance;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.worker.JobContext;
import dev.jobqueue.worker.JobWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The worker runtime over queues of two processes. */
class PostgresWorkerTest extends TwoProcesses {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int LEAVES = 300;

    private PostgresJobQueue queue(Duration heartbeatLimit) {
        return PostgresJobQueue.create(
                SharedServer.pool(), options().queue(QueueOptions.DEFAULT.heartbeatLimit(heartbeatLimit)));
    }

    @Test
    @SuppressWarnings("try") // the resources are there to be closed
    @DisplayName("two workers of two processes run a graph: failed attempts again, follow-ups, each job's effect once")
    void twoWorkersRunAGraph() throws Exception {
        AtomicInteger sum = new AtomicInteger();
        Set<JobId> failedOnce = ConcurrentHashMap.newKeySet();
        Set<String> workers = ConcurrentHashMap.newKeySet();
        try (PostgresJobQueue one = queue(Duration.ofMinutes(2));
                PostgresJobQueue two = queue(Duration.ofMinutes(2));
                JobWorker first = worker(one, "one", sum, failedOnce, workers);
                JobWorker second = worker(two, "two", sum, failedOnce, workers)) {
            List<JobRequest<?, ?>> graph = new ArrayList<>();
            for (int i = 0; i < LEAVES; i++) {
                graph.add(BUILD.job(n(i)).attempts(3, Backoff.NONE));
            }
            JobRequest<RawJson, RawJson> last = OTHER.job(null).requires(graph.toArray(JobRequest<?, ?>[]::new));
            graph.add(last);
            one.enqueueAll(graph);
            assertThat(two.await(last.id(), SOON).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
            Awaitility.await().atMost(SOON).until(() -> one.counts().isEmpty());
            assertThat(sum).hasValue(LEAVES * (LEAVES - 1) / 2);
            assertThat(failedOnce).hasSize(LEAVES / 10);
            assertThat(workers).containsExactlyInAnyOrder("one", "two");
            assertThat(two.status(last.id()).result()).contains(n(LEAVES));
        }
    }

    private static JobWorker worker(
            PostgresJobQueue queue, String name, AtomicInteger sum, Set<JobId> failedOnce, Set<String> workers) {
        return JobWorker.builder(queue)
                .concurrency(4)
                .handler(BUILD, job -> {
                    // Nobody takes all of the work before the other one has begun.
                    workers.add(name);
                    Awaitility.await().atMost(SOON).until(() -> workers.size() == 2);
                    int number = Integer.parseInt(job.args().toString());
                    if (number % 10 == 0 && failedOnce.add(job.id())) {
                        throw new IllegalStateException("at first");
                    }
                    sum.addAndGet(number);
                    return RawJson.NULL;
                })
                .handler(OTHER, job -> {
                    job.followUp(TEST.job(null).requires(job.id()));
                    return n(job.dependencies().size());
                })
                .handler(TEST, job -> RawJson.NULL)
                .build()
                .start();
    }

    @Test
    @SuppressWarnings("try") // the resources are there to be closed
    @DisplayName("HB-2, CAN-3: a canceled handler is told; the jobs of a worker that is gone run elsewhere")
    void cancelAndLoss() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        try (PostgresJobQueue one = queue(Duration.ofMillis(800));
                PostgresJobQueue two = queue(Duration.ofMillis(800));
                Maintenance maintenance = Maintenance.of(two)
                        .sweepInterval(Duration.ofMillis(100))
                        .start();
                JobWorker worker = JobWorker.builder(one)
                        .handler(BUILD, job -> {
                            running.countDown();
                            untilCanceled(job);
                            told.countDown();
                            return RawJson.NULL;
                        })
                        .build()
                        .start()) {
            JobId canceled = two.enqueue(BUILD.job(null)).id();
            assertThat(running.await(1, TimeUnit.MINUTES)).isTrue();
            two.cancel(canceled, "not wanted");
            assertThat(told.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(one.status(canceled).state()).isEqualTo(JobState.CANCELED);

            // Taken by somebody who never says anything again.
            JobId lost = two.enqueue(OTHER.job(null)).id();
            assertThat(claim(a, OTHER, 1)).hasSize(1);
            try (JobWorker other = JobWorker.builder(two)
                    .handler(OTHER, job -> n(job.attempt()))
                    .build()
                    .start()) {
                assertThat(one.await(lost, SOON).orElseThrow().result()).contains(n(2));
            }
        }
    }

    private static void untilCanceled(JobContext<?, ?> job) {
        Awaitility.await().atMost(SOON).until(job::canceled);
    }
}
