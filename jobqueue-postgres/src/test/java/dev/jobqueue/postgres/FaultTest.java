package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobQueueException.OutcomeUnknown;
import dev.jobqueue.JobQueueException.StoreUnavailable;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.server.LocalServer;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.postgres.server.TcpProxy;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What callers see when the server, the network or the pool fails (DUR-2, FIN-4), on a server of the test's own, and that nothing acknowledged is lost and
 * nothing runs twice at once.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class FaultTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final JobOutcome SUCCESS = new JobOutcome.Succeeded(RawJson.NULL);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String SCHEMA = "faults";
    private static final PostgresQueueOptions OPTIONS =
            PostgresQueueOptions.DEFAULT.schema(SCHEMA).pollInterval(Duration.ofMillis(200));

    /** Without a background thread that commits too. */
    private static final PostgresQueueOptions QUIET = OPTIONS.notification(Notification.NONE);

    private static LocalServer server;
    private static HikariDataSource direct;

    private TcpProxy proxy;
    private HikariDataSource proxied;
    private ExecutorService threads;

    @BeforeAll
    static void startServer() {
        server = LocalServer.start();
        direct = SharedServer.pool(server.url(), 10);
    }

    @AfterAll
    static void stopServer() {
        direct.close();
        server.close();
    }

    @BeforeEach
    void open() {
        PostgresJobQueue.migrate(direct, SCHEMA);
        proxy = new TcpProxy(server.port());
        proxied = pool(proxy.url(), 5);
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() throws SQLException {
        threads.shutdownNow();
        proxy.close();
        proxied.close();
        try {
            Invariants.check(direct, SCHEMA);
        } finally {
            execute("DROP SCHEMA " + SCHEMA + " CASCADE");
        }
    }

    private static HikariDataSource pool(String url, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(2_000);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = direct.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<ClaimedJob> claim(JobStore store, JobToken... tokens) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (JobToken token : tokens) {
            slots.add(new ClaimSlot(token, "worker"));
        }
        return store.claim(new ClaimRequest(Selector.of(BUILD), slots)).jobs();
    }

    // ---- the answer to a commit is lost

    @Test
    @DisplayName("ENQ-4, FIN-4: the answer to an enqueue is lost: outcome unknown with the id; repeating it settles it")
    void answerToAnEnqueueIsLost() {
        try (PostgresJobQueue queue = PostgresJobQueue.create(proxied, QUIET)) {
            JobId dependency = queue.enqueue(BUILD.job(n(0))).id();
            JobRequest<RawJson, RawJson> plain = BUILD.job(n(1));
            JobRequest<RawJson, RawJson> dependent = BUILD.job(n(2)).requires(dependency);
            for (JobRequest<RawJson, RawJson> request : List.of(plain, dependent)) {
                // A plain job is one statement that commits itself.
                proxy.loseAnswerTo(request == plain ? "/* enqueue */" : "COMMIT");
                assertThatThrownBy(() -> queue.enqueue(request))
                        .isInstanceOfSatisfying(
                                OutcomeUnknown.class, e -> assertThat(e.ids()).containsExactly(request.id()));
                assertThat(proxy.lost()).isTrue();
                Enqueued again = queue.enqueue(request);
                assertThat(again.created()).as("it was committed").isFalse();
            }
            assertThat(queue.status(plain.id()).state()).isEqualTo(JobState.READY);
            assertThat(queue.status(dependent.id()).state()).isEqualTo(JobState.BLOCKED);
        }
    }

    @Test
    @DisplayName("DEQ-13: the answer to a claim is lost: the store says so; the same tokens give what they hold")
    void answerToAClaimIsLost() {
        JobStore store = PostgresJobStore.open(proxied, OPTIONS);
        try (PostgresJobQueue queue = PostgresJobQueue.create(direct, OPTIONS)) {
            queue.enqueueAll(List.of(BUILD.job(n(1)), BUILD.job(n(2)), BUILD.job(n(3))));
            JobToken[] tokens = {JobToken.create(), JobToken.create()};
            proxy.loseAnswerTo("claim(");
            assertThatThrownBy(() -> claim(store, tokens)).isInstanceOf(OutcomeUnknown.class);
            assertThat(proxy.lost()).isTrue();
            assertThat(claim(store, tokens))
                    .extracting(ClaimedJob::attempt, ClaimedJob::token)
                    .containsExactly(
                            org.assertj.core.api.Assertions.tuple(1, tokens[0]),
                            org.assertj.core.api.Assertions.tuple(1, tokens[1]));
        } finally {
            store.close();
        }
    }

    @Test
    @DisplayName("DEQ-13, DEQ-3: the answer to a waiter's claim is lost: the waiter gets the job all the same, once")
    void answerToAWaitersClaimIsLost() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(proxied, OPTIONS)) {
            JobId id = queue.enqueue(BUILD.job(n(1))).id();
            proxy.loseAnswerTo("/* claim */");
            RunningJob<RawJson, RawJson> job =
                    queue.dequeue(Selector.of(BUILD), SOON).orElseThrow();
            assertThat(proxy.lost()).isTrue();
            assertThat(job.id()).isEqualTo(id);
            assertThat(job.attempt()).isEqualTo(1);
            proxy.loseAnswerTo("claim(");
            assertThat(queue.dequeue(Selector.of(BUILD), Duration.ZERO))
                    .as("settled at once")
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("FIN-8, FIN-4: the answer to a finish is lost: outcome unknown with the token; repeating it is DONE")
    void answerToAFinishIsLost() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(proxied, QUIET)) {
            for (String message : List.of("/* finish */", "COMMIT")) {
                boolean succeeds = !message.equals("COMMIT");
                JobOutcome outcome = succeeds ? SUCCESS : new JobOutcome.Released(Duration.ofHours(1));
                queue.enqueue(BUILD.job(n(1)));
                JobToken token =
                        queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().token();
                proxy.loseAnswerTo(message);
                assertThatThrownBy(() -> queue.finish(token, outcome))
                        .isInstanceOfSatisfying(
                                OutcomeUnknown.class,
                                e -> assertThat(e.tokens()).containsExactly(token));
                assertThat(proxy.lost()).isTrue();
                assertThat(queue.finish(token, outcome)).isEqualTo(TokenAnswer.DONE);
                assertThat(queue.running(token)).isEmpty();
            }
        }
    }

    // ---- the server goes away

    @Test
    @DisplayName(
            "DUR-1, DEQ-2: the server is killed in the middle of a load, twice: nothing acknowledged is lost, nothing runs twice at once")
    void serverIsKilledUnderLoad() throws Exception {
        Load load = new Load();
        try (PostgresJobQueue queue = PostgresJobQueue.create(direct, OPTIONS)) {
            List<Future<?>> running = load.start(queue, threads);
            for (int i = 1; i <= 2; i++) {
                int enough = load.succeeded.size() + 200;
                Awaitility.await().atMost(SOON).until(() -> load.succeeded.size() >= enough);
                server.kill();
                server.restart();
            }
            int enough = load.succeeded.size() + 100;
            Awaitility.await().atMost(SOON).until(() -> load.succeeded.size() >= enough);
            load.stopAndCheck(queue, running);
        }
    }

    @Test
    @DisplayName(
            "DUR-2, DEQ-2: backends are terminated all the time: nothing acknowledged is lost, nothing runs twice at once")
    void backendsAreTerminated() throws Exception {
        Load load = new Load();
        // Not of a pool: that could hand out a connection which was terminated a moment ago.
        try (Connection own = DriverManager.getConnection(server.url());
                Statement statement = own.createStatement();
                PostgresJobQueue queue = PostgresJobQueue.create(proxied, OPTIONS)) {
            List<Future<?>> running = load.start(queue, threads);
            for (int i = 1; i <= 40; i++) {
                int enough = i * 20;
                Awaitility.await().atMost(SOON).until(() -> load.succeeded.size() >= enough);
                statement.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND pid <> pg_backend_pid() AND application_name LIKE 'PostgreSQL JDBC%' AND random() < 0.5");
            }
            load.stopAndCheck(queue, running);
        }
    }

    @Test
    @DisplayName(
            "DEQ-3, FIN-4: no server: calls say unavailable, a dequeue that reached nobody too; all goes on when it is back")
    void noServer() throws Exception {
        try (HikariDataSource impatient = pool(server.url(), 5);
                PostgresJobQueue queue = PostgresJobQueue.create(impatient, OPTIONS)) {
            JobId id = queue.enqueue(BUILD.job(n(1))).id();
            server.stop();
            try {
                assertThatThrownBy(() -> queue.enqueue(BUILD.job(n(2))))
                        .isInstanceOfAny(StoreUnavailable.class, OutcomeUnknown.class);
                assertThatThrownBy(() -> queue.enqueue(BUILD.job(n(2)))).isInstanceOf(StoreUnavailable.class);
                assertThatThrownBy(() -> queue.status(id)).isInstanceOf(StoreUnavailable.class);
                assertThatThrownBy(() -> queue.dequeue(Selector.of(BUILD), Duration.ofMillis(100)))
                        .isInstanceOf(StoreUnavailable.class);
            } finally {
                server.restart();
            }
            Future<JobId> waiter = threads.submit(
                    () -> queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id());
            assertThat(waiter.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
        }
    }

    @Test
    @DisplayName("DEQ-5: the listener's connection is frozen: the poll still wakes waiters, and close does not hang")
    void frozenListener() throws Exception {
        HikariDataSource frozen = pool(proxy.url(), 1);
        // All calls go the good way, the listener alone goes through the proxy.
        JobStore store = PostgresJobStore.open(new ListenerElsewhere(frozen::getConnection, direct), OPTIONS);
        AtomicInteger claims = new AtomicInteger();
        JobStore counting = new DelegatingJobStore(store) {
            @Override
            public Claimed claim(ClaimRequest request) {
                Claimed claimed = super.claim(request);
                claims.incrementAndGet();
                return claimed;
            }
        };
        try (JobQueue queue = JobQueue.on(counting);
                PostgresJobQueue other = PostgresJobQueue.create(direct, OPTIONS)) {
            // It listens before its connection is frozen, and the waiter has found nothing before there is something.
            Signal heard = new Signal();
            store.subscribe(heard);
            heard.awaitAnything();
            proxy.freeze();
            Future<JobId> waiter = threads.submit(
                    () -> queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id());
            Awaitility.await().atMost(SOON).until(() -> claims.get() > 0);
            JobId id = other.enqueue(BUILD.job(n(1))).id();
            assertThat(waiter.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
        } finally {
            proxy.thaw();
            frozen.close();
        }
    }

    // ---- the server refuses

    @Test
    @DisplayName("DEQ-3, FIN-4: a statement timeout: calls say unavailable, nothing was changed; a waiter goes on")
    void statementTimeout() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(server.url() + "&options=-c%20statement_timeout=300");
        config.setMaximumPoolSize(5);
        try (HikariDataSource impatient = new HikariDataSource(config);
                PostgresJobQueue queue = PostgresJobQueue.create(impatient, OPTIONS.listen(false));
                Connection blocker = direct.getConnection()) {
            JobId id = queue.enqueue(BUILD.job(n(1))).id();
            blocker.setAutoCommit(false);
            try (Statement statement = blocker.createStatement()) {
                statement.execute("LOCK TABLE " + SCHEMA + ".job IN ACCESS EXCLUSIVE MODE");
            }
            JobRequest<RawJson, RawJson> refused = BUILD.job(n(2));
            assertThatThrownBy(() -> queue.enqueue(refused))
                    .isInstanceOf(StoreUnavailable.class)
                    .hasMessageContaining("statement timeout");
            assertThatThrownBy(() -> queue.dequeue(Selector.of(BUILD), Duration.ofMillis(400)))
                    .isInstanceOf(StoreUnavailable.class);
            Future<JobId> waiter = threads.submit(
                    () -> queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id());
            blocker.rollback();
            blocker.setAutoCommit(true);
            assertThat(waiter.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
            assertThatThrownBy(() -> queue.job(refused.id())).isInstanceOf(JobQueueException.NotFound.class);
        }
    }

    @Test
    @DisplayName("DUR-2, FIN-4: a read-only server: writes say so, reads work")
    void readOnlyServer() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(direct, OPTIONS)) {
            JobId id = queue.enqueue(BUILD.job(n(1))).id();
            String url = server.url() + "&options=-c%20default_transaction_read_only=on";
            try (HikariDataSource readOnly = pool(url, 3);
                    PostgresJobQueue reading = PostgresJobQueue.create(readOnly, OPTIONS)) {
                assertThatThrownBy(() -> reading.enqueue(BUILD.job(n(2))))
                        .isInstanceOf(StoreUnavailable.class)
                        .hasMessageContaining("read-only");
                assertThatThrownBy(() -> reading.cancel(id, ""))
                        .isInstanceOf(StoreUnavailable.class)
                        .hasMessageContaining("read-only");
                assertThat(reading.status(id).state()).isEqualTo(JobState.READY);
                assertThat(reading.job(id).args()).isEqualTo(RawJson.of("1"));
            }
        }
    }

    @Test
    @DisplayName("FIN-4: the schema is dropped under an open queue: calls name the way out")
    void schemaIsDropped() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(direct, OPTIONS)) {
            JobId id = queue.enqueue(BUILD.job(n(1))).id();
            execute("DROP SCHEMA " + SCHEMA + " CASCADE");
            assertThatThrownBy(() -> queue.enqueue(BUILD.job(n(2))))
                    .isInstanceOf(StoreUnavailable.class)
                    .hasMessageContaining("PostgresJobQueue.migrate");
            assertThatThrownBy(() -> queue.status(id))
                    .isInstanceOf(StoreUnavailable.class)
                    .hasMessageContaining("PostgresJobQueue.migrate");
            PostgresJobQueue.migrate(direct, SCHEMA);
            queue.enqueue(BUILD.job(n(3)));
        }
    }

    @Test
    @DisplayName("FIN-4: the schema is made anew under statements that are prepared: calls go on")
    void schemaIsMadeAnew() throws Exception {
        try (HikariDataSource one = pool(server.url(), 1);
                PostgresJobQueue queue = PostgresJobQueue.create(one, QUIET.listen(false))) {
            // The driver prepares statements at their fifth use.
            for (int i = 0; i < 10; i++) {
                queue.cancelGraph(enqueueTwo(queue), "");
            }
            execute("DROP SCHEMA " + SCHEMA + " CASCADE");
            PostgresJobQueue.migrate(direct, SCHEMA);
            JobId second = enqueueTwo(queue);
            assertThat(queue.status(second).state()).isEqualTo(JobState.BLOCKED);
            assertThat(queue.cancelGraph(second, "")).isEqualTo(2);
        }
    }

    /** A job and one that depends on it; the id of that one. */
    private static JobId enqueueTwo(JobQueue queue) {
        JobId first = queue.enqueue(BUILD.job(n(1))).id();
        return queue.enqueue(BUILD.job(n(2)).dependsOn(first)).id();
    }

    @Test
    @DisplayName("FIN-4: the pool is exhausted: calls say unavailable, all goes on when it is not")
    void poolIsExhausted() throws Exception {
        try (HikariDataSource small = pool(server.url(), 2);
                PostgresJobQueue queue = PostgresJobQueue.create(small, OPTIONS.listen(false))) {
            JobId id = queue.enqueue(BUILD.job(n(1))).id();
            try (Connection first = small.getConnection();
                    Connection second = small.getConnection()) {
                assertThat(first).isNotSameAs(second);
                assertThatThrownBy(() -> queue.enqueue(BUILD.job(n(2))))
                        .isInstanceOf(StoreUnavailable.class)
                        .hasMessageContaining("no connection");
            }
            assertThat(queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id())
                    .isEqualTo(id);
        }
    }

    @Test
    @DisplayName("DUR-1: with fsync off the queue does not call itself durable, unless told so")
    void fsyncOff() throws Exception {
        try (LocalServer unsafe = LocalServer.start("fsync=off");
                HikariDataSource pool = pool(unsafe.url(), 4)) {
            PostgresJobQueue.migrate(pool);
            JobStore store = PostgresJobStore.open(pool);
            JobStore trusted = PostgresJobStore.open(pool, PostgresQueueOptions.DEFAULT.durableWithoutFsync(true));
            assertThat(store.traits().capabilities()).isEqualTo(Set.of(Capability.SHARED, Capability.TRANSACTIONAL));
            assertThat(trusted.traits().capabilities()).contains(Capability.DURABLE);
            store.close();
            trusted.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", PostgresQueueOptions.CONNECTION_OPTIONS})
    @DisplayName("DUR-1: in a session that does not wait for its commits the queue does, for each kind of call")
    void sessionCommitsLater(String options) throws Exception {
        try (HikariDataSource lazy = SharedServer.pool(server.url(), 3, options + " -c synchronous_commit=off");
                PostgresJobQueue queue = PostgresJobQueue.create(lazy, QUIET)) {
            List<JobRequest<RawJson, RawJson>> more = List.of(BUILD.job(n(2)), BUILD.job(n(3)), BUILD.job(n(4)));
            assertFlushes(() -> queue.enqueue(BUILD.job(n(1))));
            assertFlushes(() -> queue.enqueueAll(more));
            JobRequest<RawJson, RawJson> dependent =
                    BUILD.job(n(5)).dependsOn(more.get(0).id());
            assertFlushes(() -> queue.enqueue(dependent));
            RunningJob<RawJson, RawJson> one = assertFlushes(
                    () -> queue.dequeue(Selector.of(BUILD), Duration.ZERO).orElseThrow());
            List<RunningJob<RawJson, RawJson>> three = assertFlushes(() -> queue.dequeueBatch(
                    DequeueRequest.of(Selector.of(BUILD)).max(3).timeout(Duration.ZERO)));
            assertThat(three).hasSize(3);
            assertFlushes(() -> one.succeed(null));
            assertFlushes(() -> queue.finishAll(
                    Map.of(three.get(0).token(), SUCCESS, three.get(1).token(), SUCCESS)));
            assertFlushes(() -> three.get(2).succeed(null));
            assertFlushes(() -> {
                queue.cancel(dependent.id(), "enough");
                return true;
            });
        }
    }

    /** A commit that is waited for is flushed behind all that was written before the call. */
    private static <T> T assertFlushes(Callable<T> call) throws Exception {
        String written = lsn("pg_current_wal_insert_lsn()");
        T answer = call.call();
        String flushed = lsn("pg_current_wal_flush_lsn()");
        assertThat(flushed).as("flushed after %s had been written", written).isGreaterThan(written);
        return answer;
    }

    /** A place in the log, as text in its order. */
    private static String lsn(String function) throws SQLException {
        try (Connection connection = direct.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT lpad((" + function + " - '0/0')::text, 20, '0')")) {
            row.next();
            return row.getString(1);
        }
    }

    /** Producers and workers that note what they were told, and check it afterwards. */
    private static final class Load {
        private final Set<JobId> enqueued = ConcurrentHashMap.newKeySet();
        private final Set<JobId> succeeded = ConcurrentHashMap.newKeySet();
        private final Map<JobId, JobToken> running = new ConcurrentHashMap<>();
        private final AtomicInteger overlaps = new AtomicInteger();
        private final AtomicBoolean stop = new AtomicBoolean();

        List<Future<?>> start(PostgresJobQueue queue, ExecutorService threads) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.add(threads.submit(() -> produce(queue)));
                all.add(threads.submit(() -> work(queue)));
            }
            return all;
        }

        private void produce(PostgresJobQueue queue) {
            while (!stop.get()) {
                JobRequest<RawJson, RawJson> request = BUILD.job(n(enqueued.size()));
                settle(() -> queue.enqueue(request));
                enqueued.add(request.id());
            }
        }

        private Void work(PostgresJobQueue queue) throws InterruptedException {
            while (!stop.get()) {
                Optional<RunningJob<RawJson, RawJson>> next;
                try {
                    next = queue.dequeue(Selector.of(BUILD), Duration.ofMillis(200));
                } catch (StoreUnavailable | OutcomeUnknown e) {
                    continue;
                }
                if (next.isPresent()) {
                    RunningJob<RawJson, RawJson> job = next.get();
                    if (running.putIfAbsent(job.id(), job.token()) != null) {
                        overlaps.incrementAndGet();
                    }
                    running.remove(job.id());
                    TokenAnswer answer = settle(() -> queue.finish(job.token(), SUCCESS));
                    assertThat(answer).isEqualTo(TokenAnswer.DONE);
                    succeeded.add(job.id());
                }
            }
            return null;
        }

        /** Repeats a call, with the same ids and tokens, until somebody answers. */
        private static <T> T settle(java.util.function.Supplier<T> call) {
            while (true) {
                try {
                    return call.get();
                } catch (StoreUnavailable | OutcomeUnknown e) {
                    Thread.onSpinWait();
                }
            }
        }

        void stopAndCheck(PostgresJobQueue queue, List<Future<?>> all) throws Exception {
            stop.set(true);
            for (Future<?> each : all) {
                each.get(SOON.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(overlaps).hasValue(0);
            for (JobId id : succeeded) {
                assertThat(settle(() -> queue.status(id)).state()).isEqualTo(JobState.SUCCEEDED);
            }
            for (JobId id : enqueued) {
                assertThat(settle(() -> queue.status(id)).attempts()).hasSizeLessThanOrEqualTo(1);
            }
        }
    }
}
