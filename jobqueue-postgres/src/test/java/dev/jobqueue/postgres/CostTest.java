package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.postgres.store.Settings;
import dev.jobqueue.postgres.store.SharedStore;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Traits;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rules DEQ-11 and P2: no call reads more rows because there is more history, or more jobs that it does not ask for. Counted by the server for each
 * transaction, so it does not depend on the machine.
 */
class CostTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final JobType<RawJson, RawJson> RARE = JobType.raw("rare");
    private static final int HISTORY = 20_000;

    /** The most rows of tables that one call may fetch: some for each job that it touches, for each index entry that died since. */
    private static final int MOST_ROWS = 120;

    private static final Traits TRAITS = new Traits(Set.of(), 1_000, Optional.empty(), false);

    private static final Set<String> ENDS = Set.of("commit", "close", "setAutoCommit");

    private String schema;
    private String s;
    private Connection connection;
    private JobStore store;

    @BeforeEach
    void open() throws SQLException {
        schema = SharedServer.newSchema();
        s = SharedServer.quoted(schema);
        PostgresJobQueue.migrate(SharedServer.pool(), schema);
        connection = SharedServer.pool().getConnection();
        connection.setAutoCommit(false);
        store = store(false);
    }

    /** A store whose calls are part of the test's transaction, though with {@code own} it takes the transaction for its own. */
    private JobStore store(boolean own) {
        Connection kept = (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) ->
                        ENDS.contains(method.getName()) ? null : method.invoke(connection, arguments));
        Database database = new Database(
                new ForwardingDataSource(SharedServer.pool()) {
                    @Override
                    public Connection getConnection() {
                        return kept;
                    }
                },
                schema);
        return new SharedStore(
                own ? database : database.in(connection), new Settings(TRAITS, false, null, null, null), 0);
    }

    @AfterEach
    void close() throws SQLException {
        connection.rollback();
        connection.setAutoCommit(true);
        connection.close();
        SharedServer.drop(schema);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** So many finished jobs with a token, in chains of five, and so many blocked, scheduled and ready ones of a type that nobody asks for. */
    private void fill(int n) throws SQLException {
        execute("INSERT INTO " + s
                + ".job (id, enqueued, unblocked, ready, started, started_tick, finished, state, ending, attempt, dependencies,"
                + " priority, needed, token, type, channel, worker, args, result)"
                + " SELECT md5('job' || n)::uuid, now(), now(), now(), now(), 1, now() - interval '1 hour', 'SUCCEEDED', 'SUCCEEDED', 1, CASE WHEN n % 5 > 0 THEN 1 ELSE 0 END, 0, n % 5 <> 1,"
                + " md5('token' || n)::uuid, CASE WHEN n % 2 = 0 THEN 'build' ELSE 'other' END, 'default', 'worker', '{}', '{}'"
                + " FROM generate_series(1, " + n + ") n");
        execute("INSERT INTO " + s + ".edge (job_id, position, dependency_id, job_seq, required, given_required)"
                + " SELECT md5('job' || n)::uuid, 0, md5('job' || n + 1)::uuid, n, false, false FROM generate_series(1, "
                + n + ") n WHERE n % 5 > 0");
        execute("INSERT INTO " + s
                + ".job (id, enqueued, unblocked, due, ready, state, waiting_for, priority, type, channel, args)"
                + " SELECT md5('waiting' || n)::uuid, now(), now(), now() + interval '1 day', now(),"
                + " CASE n % 3 WHEN 0 THEN 'BLOCKED' WHEN 1 THEN 'SCHEDULED' ELSE 'READY' END::" + s
                + ".job_state, 1, 9,"
                + " CASE WHEN n % 3 < 2 THEN 'rare' ELSE 'other' END, 'default', '{}'"
                + " FROM generate_series(1, " + n + ") n");
        connection.commit();
    }

    private NewJob job(JobRequest<?, ?> request) {
        return new NewJob(request.job(), request.job().options().delay().orElse(Duration.ZERO));
    }

    private void insert(JobRequest<?, ?>... requests) {
        List<NewJob> graph = new ArrayList<>();
        for (JobRequest<?, ?> request : requests) {
            graph.add(job(request));
        }
        assertThat(store.insert(List.of(graph)).items()).hasOnlyElementsOfType(Answer.Accepted.class);
    }

    private ClaimedJob claim(Selector selector) {
        return claim(selector, new ClaimSlot(JobToken.create(), "worker", true));
    }

    private ClaimedJob claim(Selector selector, ClaimSlot slot) {
        return store.claim(new ClaimRequest(selector, List.of(slot))).jobs().get(0);
    }

    private List<ClaimedJob> claim(Selector selector, int n) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            slots.add(new ClaimSlot(JobToken.create(), "worker", true));
        }
        return store.claim(new ClaimRequest(selector, slots)).jobs();
    }

    /** The calls of the SPI that are not for looking at history, each on jobs made for it. */
    private Map<String, Consumer<Calls>> calls() {
        Map<String, Consumer<Calls>> calls = new LinkedHashMap<>();
        calls.put("insert", c -> insert(BUILD.job(n(1))));
        calls.put("insert with a dependency", c -> insert(BUILD.job(n(1)).requires(c.pending.id())));
        calls.put(
                "insert with a finished dependency", c -> insert(BUILD.job(n(1)).dependsOn(c.finished)));
        calls.put("insert with a key", c -> insert(BUILD.job(n(1)).uniqueKey("k2")));
        calls.put("insert of several", c -> insert(BUILD.job(n(1)), BUILD.job(n(2)), BUILD.job(n(3))));
        calls.put("claim", c -> claim(Selector.of(BUILD)));
        calls.put(
                "claim of several",
                c -> assertThat(claim(Selector.of(BUILD), 2)).hasSize(2));
        calls.put(
                "claim that may be a repeat",
                c -> claim(Selector.of(BUILD), new ClaimSlot(JobToken.create(), "worker")));
        calls.put("claim of several pairs", c -> claim(Selector.of(BUILD, RARE).channels("default", "none")));
        calls.put("claim on any channel", c -> claim(Selector.of(BUILD, RARE).anyChannel()));
        calls.put(
                "claim of nothing",
                c -> assertThat(store.claim(new ClaimRequest(
                                        Selector.of(RARE), List.of(new ClaimSlot(JobToken.create(), "worker", true))))
                                .jobs())
                        .isEmpty());
        calls.put("claim by id", c -> accepted(store.claim(c.pending.id(), new ClaimSlot(JobToken.create(), "w"))));
        calls.put("success", c -> finish(c.running, new JobOutcome.Succeeded(RawJson.NULL)));
        calls.put(
                "success of several",
                c -> finish(List.of(c.running, c.alsoRunning), new JobOutcome.Succeeded(RawJson.NULL)));
        calls.put("failure", c -> finish(c.running, new JobOutcome.Failed(TwoProcesses.BROKEN)));
        calls.put("release", c -> finish(c.running, new JobOutcome.Released(Duration.ZERO)));
        calls.put("finish of a stale token", c -> finish(c.past, new JobOutcome.Released(Duration.ZERO)));
        calls.put(
                "heartbeat",
                c -> assertThat(store.heartbeat(List.of(c.running, c.past))).hasSize(2));
        calls.put("report", c -> store.report(List.of(new ProgressReport(c.running, RawJson.NULL))));
        calls.put(
                "running",
                c -> assertThat(store.running(List.of(c.running)).get(0)).isPresent());
        calls.put(
                "jobs of tokens",
                c -> assertThat(store.jobsOf(List.of(c.running, c.past)).get(0)).isPresent());
        calls.put("cancel", c -> store.cancel(List.of(new CancelRequest(c.pending.id(), "", false))));
        calls.put("cancel of a graph", c -> store.cancel(List.of(new CancelRequest(c.pending.id(), "", true))));
        calls.put(
                "finish of a pending job",
                c -> store.finishPending(
                        List.of(new PendingFinish(c.pending.id(), new JobOutcome.Failed(TwoProcesses.BROKEN)))));
        calls.put("expire", c -> store.expire(new ExpireRequest(Duration.ofHours(1), 100, 0)));
        calls.put("stale", c -> store.stale(Duration.ofHours(1), 100));
        calls.put("find", c -> store.find(List.of(c.pending.id(), c.finished), EnumSet.allOf(Part.class)));
        calls.put(
                "ready",
                c -> store.ready(List.of(Selector.of(BUILD), Selector.of(RARE).anyChannel())));
        calls.put("list of ready jobs", c -> store.list(query(BUILD, JobState.READY), Page.Request.first(5)));
        calls.put("list of running jobs", c -> store.list(query(BUILD, JobState.RUNNING), Page.Request.first(5)));
        calls.put("list of blocked jobs", c -> store.list(query(RARE, JobState.BLOCKED), Page.Request.first(5)));
        calls.put(
                "list of finished jobs",
                c -> store.list(JobQuery.finished(BUILD.name(), "default"), Page.Request.first(5)));
        calls.put("dependents", c -> store.dependents(c.finished, Page.Request.first(5)));
        calls.put("closure of a job", c -> store.closure(c.pending.id(), 100));
        calls.put(
                "prune of a few",
                c -> assertThat(store.prune(Duration.ofMinutes(30), 5)).isEqualTo(5));
        return calls;
    }

    private static JobQuery query(JobType<?, ?> type, JobState state) {
        return JobQuery.unfinished(type.name(), "default", state);
    }

    private void finish(JobToken token, JobOutcome outcome) {
        finish(List.of(token), outcome);
    }

    private void finish(List<JobToken> tokens, JobOutcome outcome) {
        List<FinishRequest> requests = tokens.stream()
                .map(token -> new FinishRequest(token, outcome, 0, List.of()))
                .toList();
        assertThat(store.finish(requests).items()).hasSameSizeAs(tokens);
    }

    private static <T> T accepted(Answer<T> answer) {
        return ((Answer.Accepted<T>) answer).value();
    }

    /** What a call works on. */
    private record Calls(
            JobRequest<?, ?> pending, JobToken running, JobToken alsoRunning, JobToken past, JobId finished) {}

    private Calls prepare() throws SQLException {
        JobRequest<RawJson, RawJson> first = BUILD.job(n(1)).priority(5);
        JobRequest<RawJson, RawJson> second = BUILD.job(n(1)).priority(4);
        JobRequest<RawJson, RawJson> pending = BUILD.job(n(2));
        JobRequest<RawJson, RawJson> above = BUILD.job(n(3)).requires(first, pending);
        // By a store that leaves the settings of the session as they were.
        JobStore tested = store;
        store = store(false);
        insert(first, second, pending, above, BUILD.job(n(4)).uniqueKey("k"));
        JobToken running = claim(Selector.of(BUILD)).token();
        JobToken alsoRunning = claim(Selector.of(BUILD)).token();
        connection.commit();
        store = tested;
        return new Calls(
                pending,
                running,
                alsoRunning,
                new JobToken(java.util.UUID.nameUUIDFromBytes(new byte[0])),
                finishedId());
    }

    /** Removes what {@link #prepare} made. */
    private void forget() throws SQLException {
        // The checks of foreign keys keep their plans for the session.
        execute("SET LOCAL enable_seqscan = off");
        execute("DELETE FROM " + s + ".edge e USING " + s
                + ".job j WHERE j.id = e.job_id AND j.state < 'SUCCEEDED' AND j.type = 'build'");
        execute("DELETE FROM " + s + ".job WHERE state < 'SUCCEEDED' AND type = 'build'");
        connection.commit();
    }

    private JobId finishedId() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT md5('job2')::uuid")) {
            row.next();
            return new JobId(row.getObject(1, java.util.UUID.class));
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    @DisplayName("DEQ-11, P2: no call reads a table as a whole, or more rows because there is more history")
    void noCallReadsHistory(boolean own, boolean plannedWhenEmpty) throws SQLException {
        store = store(own);
        if (plannedWhenEmpty) {
            // Statements that were planned while the tables were empty must not be worse later.
            fill(5);
            execute("ANALYZE " + s + ".job");
            execute("ANALYZE " + s + ".edge");
            connection.commit();
            // The driver prepares at the fifth time, the server keeps a plan from the sixth time of these.
            for (int i = 0; i < 12; i++) {
                for (Map.Entry<String, Consumer<Calls>> call : calls().entrySet()) {
                    Calls calls = prepare();
                    if (!call.getKey().startsWith("prune")) {
                        call.getValue().accept(calls);
                    }
                    connection.rollback();
                    forget();
                }
            }
            execute("SET LOCAL enable_seqscan = off");
            execute("DELETE FROM " + s + ".edge");
            execute("DELETE FROM " + s + ".job");
            connection.commit();
        }
        fill(HISTORY);
        Map<String, String> tooMuch = new LinkedHashMap<>();
        for (Map.Entry<String, Consumer<Calls>> call : calls().entrySet()) {
            Calls calls = prepare();
            Map<String, Cost> before = costs();
            call.getValue().accept(calls);
            String cost = cost(before);
            if (!cost.isEmpty()) {
                tooMuch.put(call.getKey(), cost);
            }
            connection.rollback();
            forget();
        }
        assertThat(tooMuch).as("calls that read too much").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "DEP-3, CAN-5, P2: a call that works on a wide graph reads each edge a few times, also where the planner knows how wide it is")
    void wideGraphsAreReadOnce(boolean fanIn) throws SQLException {
        int width = 1_500;
        JobRequest<RawJson, RawJson> tip = BUILD.job(n(1)).channel("tip");
        List<JobRequest<?, ?>> graph = new ArrayList<>();
        List<JobRequest<?, ?>> wide = new ArrayList<>();
        for (int i = 0; i < width; i++) {
            wide.add(fanIn ? BUILD.job(n(i)) : BUILD.job(n(i)).requires(tip));
        }
        graph.addAll(fanIn ? wide : List.of(tip));
        graph.addAll(fanIn ? List.of(tip.requires(wide.toArray(JobRequest<?, ?>[]::new))) : wide);
        insert(graph.toArray(JobRequest<?, ?>[]::new));
        execute("ANALYZE " + s + ".job");
        execute("ANALYZE " + s + ".edge");
        connection.commit();
        JobId last = graph.get(width).id();

        Map<String, Long> read = new LinkedHashMap<>();
        read.put(
                "cancel of what only it needs",
                rowsRead(() -> store.cancel(List.of(new CancelRequest(last, "", true)))));
        connection.rollback();
        JobId first = graph.get(0).id();
        read.put(
                "failure of a dependency",
                rowsRead(() -> store.finishPending(
                        List.of(new PendingFinish(first, new JobOutcome.Failed(TwoProcesses.BROKEN))))));
        connection.rollback();
        execute("UPDATE " + s
                + ".job j SET state = 'SUCCEEDED', ending = 'SUCCEEDED', finished = now() - interval '1 hour',"
                + " needed = (SELECT true FROM " + s + ".edge e WHERE e.dependency_id = j.id LIMIT 1) IS TRUE");
        connection.commit();
        read.put(
                "prune",
                rowsRead(() -> assertThat(store.prune(Duration.ZERO, 2 * width)).isEqualTo(width + 1)));
        connection.rollback();
        read.put("delete", rowsRead(() -> store.delete(last)));
        connection.rollback();

        assertThat(read.values()).as("rows read by %s", read).allMatch(rows -> rows < 30L * width);
    }

    private long rowsRead(Runnable call) throws SQLException {
        Map<String, Cost> before = costs();
        call.run();
        Map<String, Cost> after = costs();
        return after.keySet().stream()
                .mapToLong(table -> {
                    Cost was = before.getOrDefault(table, new Cost(0, 0, 0));
                    return after.get(table).byIndex()
                            - was.byIndex()
                            + after.get(table).scanned()
                            - was.scanned();
                })
                .sum();
    }

    /** What this session has read of a table, counted by the server. */
    private record Cost(long scans, long scanned, long byIndex) {}

    private Map<String, Cost> costs() throws SQLException {
        Map<String, Cost> costs = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT relname, seq_scan, seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables"
                                + " WHERE schemaname = '" + schema + "' AND relname IN ('job', 'edge', 'attempt')")) {
            while (row.next()) {
                costs.put(row.getString(1), new Cost(row.getLong(2), row.getLong(3), row.getLong(4)));
            }
        }
        return costs;
    }

    /** What the transaction has read since, if that is too much. The counters may hold earlier transactions of the session, not yet reported. */
    private String cost(Map<String, Cost> before) throws SQLException {
        List<String> costs = new ArrayList<>();
        costs().forEach((table, after) -> {
            Cost was = before.getOrDefault(table, new Cost(0, 0, 0));
            long scanned = after.scanned() - was.scanned();
            long byIndex = after.byIndex() - was.byIndex();
            if (scanned > 0 || byIndex > MOST_ROWS) {
                costs.add(table + ": " + (after.scans() - was.scans()) + " scans of " + scanned + " rows, " + byIndex
                        + " rows by an index");
            }
        });
        return String.join("; ", costs);
    }

    @Test
    @DisplayName("P2: the head of the ready jobs and both kinds of tokens are found by their indexes")
    void indexes() throws SQLException {
        fill(HISTORY);
        execute("ANALYZE " + s + ".job");
        assertThat(plan("SELECT id FROM job WHERE state = 'READY' AND type = 'rare' AND channel = 'default'"
                        + " ORDER BY priority DESC, seq LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"))
                .contains("job_ready")
                .doesNotContain("Sort");
        assertThat(plan("SELECT id FROM job WHERE state = 'RUNNING' AND token = md5('x')::uuid FOR UPDATE"))
                .contains("job_running");
        assertThat(plan("SELECT id FROM job WHERE ending IS NOT NULL AND token = md5('x')::uuid"))
                .contains("job_ended");
        assertThat(
                        plan(
                                "SELECT id FROM job WHERE state >= 'SUCCEEDED' AND NOT needed AND finished <= now() ORDER BY finished, seq LIMIT 5"))
                .contains("job_prunable")
                .doesNotContain("Sort");
        assertThat(
                        plan(
                                "SELECT job_id FROM edge WHERE dependency_id = md5('x')::uuid AND job_seq > 5 ORDER BY job_seq LIMIT 5"))
                .contains("edge_dependents")
                .doesNotContain("Sort");
    }

    private String plan(String sql) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL search_path = " + s);
            try (ResultSet row = statement.executeQuery("EXPLAIN " + sql)) {
                while (row.next()) {
                    plan.append(row.getString(1)).append('\n');
                }
            }
        }
        return plan.toString();
    }

    @Test
    @DisplayName("Heartbeats and progress are HOT updates, all of them")
    void heartbeatsAreHot() throws SQLException {
        int running = 100;
        int rounds = 60;
        List<JobToken> tokens = new ArrayList<>();
        // Connections of its own: until PostgreSQL 15 a session that is idle reports its counts when it ends.
        try (HikariDataSource pool = SharedServer.pool(SharedServer.url(), 4);
                PostgresJobQueue queue = PostgresJobQueue.create(pool, PostgresQueueOptions.DEFAULT.schema(schema))) {
            List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>();
            for (int i = 0; i < running; i++) {
                requests.add(BUILD.job(n(i)));
            }
            queue.enqueueAll(requests);
            for (int i = 0; i < running; i++) {
                tokens.add(claim(Selector.of(BUILD)).token());
            }
            connection.commit();
            for (int round = 0; round <= rounds; round++) {
                assertThat(queue.heartbeat(tokens)).containsOnly(TokenAnswer.CONTINUE);
                for (JobToken token : tokens.subList(0, 5)) {
                    queue.report(token, RawJson.of("\"" + "progress ".repeat(round) + "\""));
                }
            }
        }
        // The first of each made the row; a report is a heartbeat too.
        assertHot("heartbeat", running * rounds + 5L * (rounds + 1));
        assertHot("progress", 5L * rounds);
    }

    private void assertHot(String table, long updates) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            try (Connection own = SharedServer.pool().getConnection();
                    Statement statement = own.createStatement();
                    ResultSet row = statement.executeQuery(
                            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = '" + schema
                                    + "' AND relname = '" + table + "'")) {
                row.next();
                assertThat(row.getLong(1)).as("updates of " + table).isEqualTo(updates);
                assertThat(row.getLong(2)).as("HOT updates of " + table).isEqualTo(updates);
            }
        });
    }
}
