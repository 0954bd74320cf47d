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
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
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
    @DisplayName("DEQ-6, P9: 200 waiting dequeuers work on a pool of 4, and it is free for others")
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
    @DisplayName("DEQ-5, P6: every kind of change in another process wakes a waiter, a cancel too, without a poll")
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
    @DisplayName("DEQ-5, P4: a listener whose connection is cut listens again, says anything, and hears what comes")
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

    @Test
    @DisplayName(
            "DEQ-5, P5: a listener that gets no connection, or cannot listen on it, tries again; all other calls go on")
    void listenerTriesAgain() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        ListenerElsewhere.Connections bad = () -> {
            Connection connection = SharedServer.pool().getConnection();
            switch (attempts.incrementAndGet()) {
                case 1 -> {
                    connection.close();
                    throw new SQLException("no connection", "08001");
                }
                case 2 -> {
                    connection.close();
                    throw new IllegalStateException("a pool that is broken");
                }
                case 3 -> connection.close(); // LISTEN fails
                default -> {}
            }
            return connection;
        };
        JobStore store = PostgresJobStore.open(
                new ListenerElsewhere(bad, SharedServer.pool()), options().pollInterval(NEVER));
        try (JobQueue queue = JobQueue.on(store)) {
            JobId first = queue.enqueue(BUILD.job(n(1))).id();
            assertThat(queue.dequeue(BUILD, SOON).orElseThrow().id()).isEqualTo(first);
            Signal heard = new Signal();
            store.subscribe(heard);
            heard.awaitAnything();
            assertThat(attempts).hasValue(4);
            Future<JobId> waiter = start(
                    () -> queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id());
            JobId second = insert(b, BUILD.job(n(2)));
            assertThat(get(waiter)).isEqualTo(second);
        }
    }

    @Test
    @DisplayName("DEQ-5, P3: jobs of another process make those claim who wait for them, once, and nobody else")
    void noHerd() throws Exception {
        int waiters = 50;
        int rounds = 20;
        Signal heard = new Signal();
        Map<TypeName, AtomicInteger> claims =
                Map.of(BUILD.name(), new AtomicInteger(), OTHER.name(), new AtomicInteger());
        Set<TypeName> complete = ConcurrentHashMap.newKeySet();
        JobStore observed =
                new DelegatingJobStore(
                        PostgresJobStore.open(SharedServer.pool(), options().pollInterval(NEVER))) {
                    @Override
                    public Claimed claim(ClaimRequest request) {
                        TypeName type = request.selector().types().iterator().next();
                        Objects.requireNonNull(claims.get(type)).incrementAndGet();
                        Claimed claimed = super.claim(request);
                        if (request.slots().size() == waiters) {
                            complete.add(type);
                        }
                        return claimed;
                    }

                    @Override
                    public Subscription subscribe(Consumer<Changes> listener) {
                        return super.subscribe(changes -> {
                            listener.accept(changes);
                            heard.accept(changes);
                        });
                    }
                };
        BlockingQueue<JobId> taken = new LinkedBlockingQueue<>();
        List<Future<Boolean>> all = new ArrayList<>();
        try (JobQueue queue = JobQueue.on(observed)) {
            for (JobType<RawJson, RawJson> type : List.of(BUILD, OTHER)) {
                for (int i = 0; i < waiters; i++) {
                    all.add(start(() -> taken.add(queue.dequeue(type).id())));
                }
            }
            // A group claims for as many as it has waiters: then all have come.
            Awaitility.await().atMost(SOON).until(() -> complete.size() == 2);
            heard.awaitAnything();
            Map<TypeName, Integer> before = new HashMap<>();
            claims.forEach((type, count) -> before.put(type, count.get()));
            for (int i = 0; i < rounds; i++) {
                JobId id = insert(b, BUILD.job(n(i)));
                assertThat(taken.poll(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
            }
            // For each job one claim, and one more if the job's own signal came during it; a last one that was under
            // way before.
            assertThat(Objects.requireNonNull(claims.get(BUILD.name())).get() - before.get(BUILD.name()))
                    .isBetween(rounds, 2 * rounds + 2);
            assertThat(Objects.requireNonNull(claims.get(OTHER.name())).get() - before.get(OTHER.name()))
                    .isLessThanOrEqualTo(2);
        }
        Awaitility.await().atMost(SOON).until(() -> all.stream().allMatch(Future::isDone));
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

    @Test
    @DisplayName(
            "DEQ-5: a close does not wait for a data source that leaves the listener without a connection and ignores interrupts")
    void listenerWithoutAConnection() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<Connection> answer = new CompletableFuture<>();
        DataSource silent = new ListenerElsewhere(
                () -> {
                    asked.countDown();
                    return answer.join();
                },
                SharedServer.pool());
        JobStore store = PostgresJobStore.open(silent, options());
        asked.await();
        Future<Boolean> closed = start(() -> {
            store.close();
            return true;
        });
        assertThat(closed.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        Connection late = SharedServer.pool().getConnection();
        answer.complete(late);
        Awaitility.await().atMost(SOON).until(late::isClosed);
    }
}
