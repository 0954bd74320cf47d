package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.Backoff;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rules DEQ-5, DEQ-6 and DEQ-14 across processes: who waits is woken, holds no connection, and does not poll. */
class WakeUpTest extends TwoProcesses {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofHours(1);

    private PostgresJobQueue queue(PostgresQueueOptions options) {
        return PostgresJobQueue.create(SharedServer.pool(), options);
    }

    private Future<JobId> waiter(PostgresJobQueue queue) {
        return start(() -> queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id());
    }

    @Test
    @DisplayName("DEQ-6: 200 waiting dequeuers work on a pool of 4, and it is free for others")
    void manyWaitersOnASmallPool() throws Exception {
        int waiters = 200;
        try (HikariDataSource pool = SharedServer.pool(SharedServer.url(), 4);
                PostgresJobQueue queue = PostgresJobQueue.create(pool, options())) {
            List<Future<JobId>> futures = new ArrayList<>();
            for (int i = 0; i < waiters; i++) {
                futures.add(start(() -> {
                    try (RunningJob<RawJson, RawJson> job = queue.dequeue(Selector.of(BUILD))) {
                        JobId id = job.id();
                        job.succeed(RawJson.NULL);
                        return id;
                    }
                }));
            }
            // The listener keeps one; the others are used for moments only.
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> pool.getHikariPoolMXBean().getActiveConnections() <= 1);
            List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>();
            for (int i = 0; i < waiters; i++) {
                requests.add(BUILD.job(n(i)));
            }
            queue.enqueueAll(requests.subList(0, waiters / 2));
            requests.subList(waiters / 2, waiters).forEach(request -> insert(b, request));
            Set<JobId> taken = new HashSet<>();
            for (Future<JobId> future : futures) {
                taken.add(get(future));
            }
            assertThat(taken).hasSize(waiters);
            assertThat(queue.counts()).isEmpty();
        }
    }

    @Test
    @DisplayName("DEQ-5: every kind of change in another process wakes a waiter, without a poll")
    void changesOfAnotherProcess() throws Exception {
        try (PostgresJobQueue queue = queue(options().pollInterval(NEVER))) {
            Signal heard = new Signal();
            JobStore listening =
                    PostgresJobStore.open(SharedServer.pool(), options().pollInterval(NEVER));
            try {
                listening.subscribe(heard);
                heard.awaitAnything();
                // The queue's own listener may still be on its way: it says "anything" when it has begun.
                Future<JobId> waiter = waiter(queue);
                JobId enqueued = insert(a, BUILD.job(n(1)));
                assertThat(get(waiter)).isEqualTo(enqueued);
                heard.awaitReady("build");

                JobId dependency = insert(a, OTHER.job(null));
                JobId dependent = insert(a, BUILD.job(null).dependsOn(dependency));
                waiter = waiter(queue);
                b.cancel(List.of(new CancelRequest(dependency, "", false)));
                assertThat(get(waiter)).isEqualTo(dependent);
                heard.awaitEnded(dependency);

                waiter = waiter(queue);
                JobId delayed = insert(b, BUILD.job(null).delay(Duration.ofMillis(200)));
                assertThat(get(waiter)).isEqualTo(delayed);
                heard.awaitScheduled("build");
            } finally {
                listening.close();
            }
        }
    }

    @Test
    @DisplayName("QRY-6: await wakes when another process ends the job, without a poll")
    void awaitAcrossProcesses() throws Exception {
        try (PostgresJobQueue queue = queue(options().pollInterval(NEVER));
                PostgresJobQueue other = queue(options())) {
            for (int i = 0; i < 5; i++) {
                JobId id = other.enqueue(BUILD.job(n(i))).id();
                Future<JobState> waiter =
                        start(() -> queue.await(id, SOON).orElseThrow().state());
                other.finishPending(id, new JobOutcome.Succeeded(RawJson.NULL));
                assertThat(get(waiter)).isEqualTo(JobState.SUCCEEDED);
            }
        }
    }

    @Test
    @DisplayName("DEQ-14: scheduled and retried jobs wake their waiters at their time, with no claim before it")
    void dueTimesWithoutPolling() throws Exception {
        AtomicInteger claims = new AtomicInteger();
        JobStore counting =
                new DelegatingJobStore(
                        PostgresJobStore.open(SharedServer.pool(), options().pollInterval(NEVER))) {
                    @Override
                    public Claimed claim(ClaimRequest request) {
                        claims.incrementAndGet();
                        return super.claim(request);
                    }
                };
        try (JobQueue queue = JobQueue.on(counting)) {
            queue.enqueue(BUILD.job(n(1)).attempts(2, Backoff.fixed(Duration.ofMillis(400))));
            queue.dequeue(Selector.of(BUILD), SOON)
                    .orElseThrow()
                    .fail(new JobError(7, ErrorClass.INTERNAL, "again", RawJson.NULL, false));
            int before = claims.get();
            RunningJob<RawJson, RawJson> job =
                    queue.dequeue(Selector.of(BUILD), SOON).orElseThrow();
            assertThat(job.attempt()).isEqualTo(2);
            // One that learns the time, one at the time; a few more if the listener says "anything" or a clock runs
            // slow meanwhile.
            assertThat(claims.get() - before).isBetween(2, 6);
        }
    }

    @Test
    @DisplayName("DEQ-5: without LISTEN the poll finds what others do")
    void pollOnly() throws Exception {
        try (PostgresJobQueue queue = queue(options().listen(false).pollInterval(Duration.ofMillis(50)))) {
            for (int i = 0; i < 5; i++) {
                Future<JobId> waiter = waiter(queue);
                JobId id = insert(b, BUILD.job(n(i)));
                assertThat(get(waiter)).isEqualTo(id);
            }
            JobId id = insert(b, BUILD.job(n(9)));
            Future<JobState> end =
                    start(() -> queue.await(id, SOON).orElseThrow().state());
            b.cancel(List.of(new CancelRequest(id, "", false)));
            assertThat(get(end)).isEqualTo(JobState.CANCELED);
        }
    }

    @Test
    @DisplayName("DEQ-5: without notifications the poll of those who listen finds what others do")
    void notNotified() throws Exception {
        JobStore silent = PostgresJobStore.open(SharedServer.pool(), options().notification(Notification.NONE));
        try (PostgresJobQueue queue = queue(options().pollInterval(Duration.ofMillis(50)))) {
            Future<JobId> waiter = waiter(queue);
            JobId id = insert(silent, BUILD.job(n(1)));
            assertThat(get(waiter)).isEqualTo(id);
        } finally {
            silent.close();
        }
    }

    @Test
    @DisplayName("DEQ-5, P4, P5: a listener whose connection is cut listens again, says anything, and hears what comes")
    void cutListener() throws Exception {
        try (PostgresJobQueue queue = queue(options().pollInterval(NEVER))) {
            Signal heard = new Signal();
            a.subscribe(heard);
            for (int i = 0; i < 3; i++) {
                Future<JobId> waiter = waiter(queue);
                heard.clear();
                assertThat(terminateListeners()).isPositive();
                JobId id = insert(b, BUILD.job(n(i)));
                assertThat(get(waiter)).isEqualTo(id);
                heard.awaitAnything();
            }
        }
    }

    private int terminateListeners() throws Exception {
        try (Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        + " WHERE query LIKE 'LISTEN jobqueue%' AND datname = current_database()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
