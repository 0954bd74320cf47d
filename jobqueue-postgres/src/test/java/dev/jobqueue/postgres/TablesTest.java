package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.ProgressReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the tables hold, seen from beside the queue: order, times, what is left of ended attempts, what the database itself refuses. */
class TablesTest extends TwoProcesses {
    private static final Duration NOW = Duration.ZERO;
    private static final JobOutcome SUCCESS = new JobOutcome.Succeeded(RawJson.NULL);

    private PostgresJobQueue queue() {
        return PostgresJobQueue.create(SharedServer.pool(), options());
    }

    private String table(String name) {
        return SharedServer.quoted(schema) + "." + name;
    }

    private static List<String> column(String sql) throws SQLException {
        try (Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> column = new ArrayList<>();
            while (row.next()) {
                column.add(row.getString(1));
            }
            return column;
        }
    }

    private static int count(String sql) throws SQLException {
        return Integer.parseInt(column(sql).get(0));
    }

    // ---- order

    @Test
    @DisplayName(
            "DEP-6, ENQ-7, P1: dependencies come in the order given, wherever the server keeps the rows of their edges")
    void orderOfDependencies() throws Exception {
        try (PostgresJobQueue queue = queue()) {
            List<JobId> given = new ArrayList<>();
            JobRequest<RawJson, RawJson> request = BUILD.job(null);
            for (int i = 0; i < 8; i++) {
                given.add(0, queue.enqueue(OTHER.job(n(i))).id());
            }
            given.add(given.get(3));
            for (JobId dependency : given) {
                request = request.dependsOn(dependency);
            }
            JobId id = queue.enqueue(request).id();
            // New versions of some rows go to other places, and a vacuum frees the old ones for the next.
            for (int part = 2; part < 5; part++) {
                SharedServer.execute(
                        "UPDATE " + table("edge") + " SET required = required WHERE position % " + part + " = 0");
                SharedServer.execute("VACUUM " + table("edge"));
            }
            List<String> places = column("SELECT position FROM " + table("edge") + " ORDER BY ctid");
            assertThat(places).isNotEqualTo(places.stream().sorted().toList());

            assertThat(queue.job(id).dependencies()).extracting(Dependency::id).containsExactlyElementsOf(given);
            assertThat(queue.status(id).dependencies())
                    .extracting(DependencyOutcome::id)
                    .containsExactlyElementsOf(given);
            for (int i = 0; i < 8; i++) {
                queue.dequeue(OTHER, NOW).orElseThrow().succeed(RawJson.NULL);
            }
            RunningJob<RawJson, RawJson> job = queue.dequeue(BUILD, NOW).orElseThrow();
            assertThat(job.dependencies()).extracting(DependencyOutcome::id).containsExactlyElementsOf(given);
        }
    }

    // ---- what is left of attempts

    /** The ways in which an attempt ends. */
    private Map<String, BiConsumer<JobId, JobToken>> ends() {
        Map<String, BiConsumer<JobId, JobToken>> ends = new LinkedHashMap<>();
        ends.put("success", (id, token) -> finish(token, SUCCESS));
        ends.put("failure", (id, token) -> finish(token, new JobOutcome.Failed(BROKEN)));
        ends.put("release", (id, token) -> finish(token, new JobOutcome.Released(Duration.ofHours(1))));
        ends.put("cancel", (id, token) -> b.cancel(List.of(new CancelRequest(id, "", false))));
        ends.put("cancel of a graph", (id, token) -> b.cancel(List.of(new CancelRequest(id, "", true))));
        ends.put(
                "lost heartbeat",
                (id, token) -> assertThat(
                                b.expire(new ExpireRequest(NOW, 10, 0)).items())
                        .containsExactly(id));
        return ends;
    }

    private void finish(JobToken token, JobOutcome outcome) {
        assertThat(accepted(b.finish(List.of(new FinishRequest(token, outcome, 0, List.of())))
                        .items()
                        .get(0)))
                .isEqualTo(TokenAnswer.DONE);
    }

    private void assertNothingIsLeft() throws SQLException {
        assertThat(count("SELECT count(*) FROM " + table("heartbeat"))).isZero();
        assertThat(count("SELECT count(*) FROM " + table("progress"))).isZero();
    }

    @Test
    @DisplayName(
            "HB-4, P6, W2: whatever ends an attempt removes its heartbeat in the same step; no sweep of any process finds it again")
    void endsRemoveHeartbeats() throws Exception {
        for (Map.Entry<String, BiConsumer<JobId, JobToken>> end : ends().entrySet()) {
            JobId id = insert(a, BUILD.job(null).recoveries(0));
            JobToken token = claim(a, BUILD, 1).get(0).token();
            assertThat(a.heartbeat(List.of(token))).containsExactly(TokenAnswer.CONTINUE);
            assertThat(a.report(List.of(new ProgressReport(token, n(1))))).containsExactly(TokenAnswer.CONTINUE);
            assertThat(count("SELECT count(*) FROM " + table("heartbeat"))).isEqualTo(1);

            end.getValue().accept(id, token);

            assertNothingIsLeft();
            // Workers that have not heard of it yet bring nothing back.
            assertThat(a.heartbeat(List.of(token)).get(0).verdict())
                    .as(end.getKey())
                    .isIn(Verdict.CANCELED, Verdict.LOST);
            assertThat(a.report(List.of(new ProgressReport(token, n(2)))).get(0).verdict())
                    .isIn(Verdict.CANCELED, Verdict.LOST);
            assertNothingIsLeft();
            for (var store : List.of(a, b)) {
                assertThat(store.expire(new ExpireRequest(NOW, 10, 0)).items()).isEmpty();
                assertThat(store.stale(NOW, 10)).isEmpty();
            }
        }
    }

    @Test
    @DisplayName(
            "HB-4, W2: what a heartbeat that meets a cancel may leave is removed by the next sweep, and reported by none")
    void heartbeatMeetsCancel() throws Exception {
        for (int round = 0; round < 40; round++) {
            JobId id = insert(a, BUILD.job(null));
            JobToken token = claim(a, BUILD, 1).get(0).token();
            this.<Object>together(
                    () -> a.heartbeat(List.of(token)), () -> b.cancel(List.of(new CancelRequest(id, "", false))));
        }
        // As if the last one had come too late.
        SharedServer.execute("INSERT INTO " + table("heartbeat") + " SELECT token, 0 FROM " + table("job")
                + " LIMIT 5 ON CONFLICT DO NOTHING");
        assertThat(a.stale(NOW, 100)).isEmpty();
        assertThat(a.expire(new ExpireRequest(NOW, 100, 0)).items()).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    @DisplayName("DEQ-2, HB-2, P8: a claim that its worker never heard of leaves no job that runs for ever")
    void claimsNobodyHeardOf() throws Exception {
        JobId id = insert(a, BUILD.job(null));
        assertThat(claim(a, BUILD, 1)).hasSize(1);
        assertThat(count("SELECT count(*) FROM " + table("heartbeat"))).isZero();
        assertThat(b.expire(new ExpireRequest(NOW, 10, 0)).items()).containsExactly(id);
        assertThat(state(a, id)).isEqualTo(JobState.READY);
    }

    // ---- times

    @Test
    @DisplayName("QRY-1, P10: times are those of the events, also in a transaction that began long before")
    void timesInATransaction() throws Exception {
        try (PostgresJobQueue queue = queue();
                Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            // The transaction has its time; the clock goes on before anything else happens.
            Awaitility.await().until(() -> {
                try (ResultSet row = statement.executeQuery(
                        "SELECT clock_timestamp() > date_trunc('milliseconds', now()) + interval '2 ms'")) {
                    row.next();
                    return row.getBoolean(1);
                }
            });
            JobId id = queue.enqueue(BUILD.job(null)).id();
            JobToken token = queue.dequeue(BUILD, NOW).orElseThrow().token();
            JobWriter writer = queue.in(connection);
            assertThat(writer.finish(token, SUCCESS)).isEqualTo(TokenAnswer.DONE);
            JobId later = writer.enqueue(TEST.job(null)).id();
            JobId canceled = writer.enqueue(OTHER.job(null)).id();
            writer.cancel(canceled, "");
            connection.commit();
            connection.setAutoCommit(true);

            JobStatus<RawJson> status = queue.status(id);
            Attempt attempt = status.attempts().get(0);
            assertThat(attempt.started()).isAfterOrEqualTo(status.times().enqueued());
            assertThat(status.times().finished().orElseThrow()).isAfterOrEqualTo(attempt.started());
            assertThat(queue.status(later).times().enqueued())
                    .isAfterOrEqualTo(status.times().finished().orElseThrow());
            assertThat(queue.status(canceled).times().finished().orElseThrow())
                    .isAfterOrEqualTo(queue.status(later).times().enqueued());
        }
    }

    @Test
    @DisplayName("DEQ-14, QRY-1, P11: times are instants, whatever the time zones of the sessions")
    void timeZones() throws Exception {
        Instant due = Instant.parse("2100-07-01T12:00:00Z");
        try (HikariDataSource west = in("America/St_Johns");
                HikariDataSource east = in("Asia/Kathmandu");
                PostgresJobQueue one = PostgresJobQueue.create(west, options());
                PostgresJobQueue two = PostgresJobQueue.create(east, options())) {
            JobId id = one.enqueue(BUILD.job(n(1)).notBefore(due)).id();
            JobId soon = two.enqueue(BUILD.job(n(2)).delay(Duration.ofHours(1))).id();
            for (PostgresJobQueue queue : List.of(one, two)) {
                // The delay is counted from the server's clock; zones would make hours of difference.
                assertThat(queue.status(id).times().due().orElseThrow()).isCloseTo(due, within(1, ChronoUnit.MINUTES));
                assertThat(queue.dequeue(BUILD, NOW)).isEmpty();
            }
            assertThat(one.status(soon).times()).isEqualTo(two.status(soon).times());
            JobId failed = one.enqueue(TEST.job(null).attempts(2, Backoff.NONE)).id();
            two.dequeue(TEST, NOW).orElseThrow().release(NOW);
            one.dequeue(TEST, NOW).orElseThrow().succeed(RawJson.NULL);
            assertThat(one.status(failed)).isEqualTo(two.status(failed));
            List<Instant> times = new ArrayList<>();
            two.status(failed).attempts().forEach(attempt -> {
                times.add(attempt.started());
                times.add(attempt.ended().orElseThrow());
            });
            assertThat(times).isSorted().hasSize(4);
            assertThat(one.prune(Duration.ofMinutes(30), 10)).isZero();
        }
        assertThat(column(
                        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = '"
                                + schema + "' AND data_type IN ('timestamp without time zone', 'date')"))
                .isEmpty();
    }

    private static HikariDataSource in(String zone) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(SharedServer.url());
        config.setMaximumPoolSize(4);
        config.setConnectionInitSql("SET TIME ZONE '" + zone + "'");
        return new HikariDataSource(config);
    }

    // ---- removal

    @Test
    @DisplayName("RET-1, P12: the database itself keeps a job that another one needs")
    void neededJobsStay() throws Exception {
        JobRequest<RawJson, RawJson> low = OTHER.job(null);
        insert(a, low, BUILD.job(null).dependsOn(low));
        assertThatThrownBy(() -> SharedServer.execute("DELETE FROM " + table("job") + " WHERE id = '" + low.id() + "'"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23503"));
        assertThat(claim(a, BUILD, 1)).isEmpty();
    }

    @Test
    @DisplayName(
            "RET-1, RET-2, DEP-9, P14: whole graphs are read, canceled and removed in as many statements as small ones")
    void statementsOfAGraph() {
        CountedStatements counted = new CountedStatements(SharedServer.pool());
        try (PostgresJobQueue queue =
                PostgresJobQueue.create(counted, options().listen(false).notification(Notification.NONE))) {
            assertThat(statements(queue, counted, 600)).isEqualTo(statements(queue, counted, 4));
        }
    }

    private static Map<String, Integer> statements(PostgresJobQueue queue, CountedStatements counted, int size) {
        Map<String, Integer> statements = new LinkedHashMap<>();
        for (boolean prune : List.of(true, false)) {
            List<JobRequest<?, ?>> chain = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                JobRequest<RawJson, RawJson> request = BUILD.job(n(i));
                chain.add(i == 0 ? request : request.requires(chain.get(i - 1)).dependsOn(chain.get(i / 2)));
            }
            JobId top = chain.get(size - 1).id();
            statements.put("enqueue", counted.during(() -> queue.enqueueAll(chain)));
            statements.put(
                    "graph",
                    counted.during(() -> assertThat(queue.graph(top).jobs()).hasSize(size)));
            statements.put(
                    "cancel",
                    counted.during(() -> assertThat(queue.cancelGraph(top, "")).isEqualTo(size)));
            if (prune) {
                statements.put(
                        "prune",
                        counted.during(() -> assertThat(queue.prune(NOW, size)).isEqualTo(size)));
            } else {
                statements.put(
                        "delete",
                        counted.during(() -> assertThat(queue.delete(top)).isEqualTo(size)));
            }
        }
        return statements;
    }

    @Test
    @DisplayName("RET-1, RET-2, P14: a removal that fails in the middle is reported and removes nothing")
    void failedRemoval() throws Exception {
        JobRequest<RawJson, RawJson> low = OTHER.job(null);
        JobRequest<RawJson, RawJson> middle = OTHER.job(null).dependsOn(low);
        JobRequest<RawJson, RawJson> top = OTHER.job(null).dependsOn(middle);
        insert(a, low, middle, top);
        b.cancel(List.of(new CancelRequest(top.id(), "", true)));
        SharedServer.execute("CREATE FUNCTION " + table("refuse") + "() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN RAISE EXCEPTION 'not this one'; END $$");
        SharedServer.execute("CREATE TRIGGER refuse BEFORE DELETE ON " + table("job") + " FOR EACH ROW WHEN (OLD.id = '"
                + low.id() + "') EXECUTE FUNCTION " + table("refuse") + "()");
        assertThatThrownBy(() -> a.delete(top.id())).hasStackTraceContaining("not this one");
        assertThatThrownBy(() -> a.prune(NOW, 10)).hasStackTraceContaining("not this one");
        assertThat(count("SELECT count(*) FROM " + table("job"))).isEqualTo(3);
        assertThat(count("SELECT count(*) FROM " + table("edge"))).isEqualTo(2);
    }
}
