package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.ProgressReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One job in a call, and claims of one pair, take a shorter way through the database than others; what they do is the same. */
class ShortWaysTest extends TwoProcesses {
    /** The row but for what differs between any two jobs. */
    private static final String ROW = """
            SELECT (to_jsonb(j) - 'id' - 'seq' - 'token' - 'enqueued' - 'unblocked' - 'ready' - 'started' - 'started_tick' - 'finished' - 'due' - 'earliest'
                    || jsonb_build_object(
                        'unblocked', j.unblocked = j.enqueued, 'ready', j.ready = j.enqueued, 'due', j.due - j.enqueued, 'earliest', j.earliest - j.enqueued,
                        'started', j.started >= j.enqueued, 'finished', j.finished >= j.started))::text
            FROM %s.job j WHERE j.id = ?""";

    private String row(JobId id) throws SQLException {
        try (Connection connection = SharedServer.pool().getConnection();
                PreparedStatement statement = connection.prepareStatement(ROW.formatted(SharedServer.quoted(schema)))) {
            statement.setObject(1, id.value());
            try (ResultSet row = statement.executeQuery()) {
                assertThat(row.next()).as("a row of " + id).isTrue();
                return row.getString(1);
            }
        }
    }

    static Stream<JobRequest<RawJson, RawJson>> jobs() {
        return Stream.of(
                BUILD.job(n(1)),
                BUILD.job(RawJson.of("{\"a\": [1.0, 1e2]}")).channel("other").priority(7),
                BUILD.job(null)
                        .timeout(Duration.ofSeconds(90))
                        .attempts(3, Backoff.NONE)
                        .recoveries(2),
                BUILD.job(null).delay(Duration.ofHours(2)));
    }

    @ParameterizedTest
    @MethodSource("jobs")
    @DisplayName(
            "ENQ-1, DEQ-1, FIN-1: a job alone, among others like it or not, and with a dependent has the same row at each step")
    void theRowsAreTheSame(JobRequest<RawJson, RawJson> job) throws SQLException {
        List<JobRequest<RawJson, RawJson>> same =
                List.of(job.again(), job.again(), job.again(), job.again(), job.again());
        insert(a, same.get(0));
        insert(a, same.get(1), same.get(2));
        insert(a, same.get(3), TEST.job(null));
        insert(a, same.get(4), TEST.job(null).dependsOn(same.get(4)));
        assertSame(same);
        if (job.job().options().delay().isPresent()) {
            return;
        }

        String channel = job.job().options().channel();
        Selector narrow = Selector.of(BUILD).channels(channel);
        List<JobToken> tokens = new ArrayList<>();
        tokens.addAll(claim(narrow, 1));
        tokens.addAll(claim(narrow, 2));
        tokens.addAll(claim(Selector.of(BUILD).anyChannel(), 2));
        assertSame(same);

        finish(tokens.subList(0, 1));
        finish(tokens.subList(1, 3));
        finish(tokens.subList(3, 4));
        finish(tokens.subList(4, 5));
        String needed = row(same.get(4).id());
        assertThat(needed).contains("\"needed\": true");
        assertThat(needed.replace("\"needed\": true", "\"needed\": false"))
                .isEqualTo(row(same.get(0).id()));
        assertSame(same.subList(0, 4));
    }

    private void assertSame(List<JobRequest<RawJson, RawJson>> jobs) throws SQLException {
        String first = row(jobs.get(0).id());
        for (JobRequest<?, ?> job : jobs) {
            assertThat(row(job.id())).isEqualTo(first);
        }
    }

    private static final Selector BUILDS = Selector.of(BUILD);

    static Stream<Integer> sizes() {
        return Stream.of(1, 3);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName(
            "DEQ-1, DEQ-8: a claim takes the first of the pair, says whether there may be more, and takes fewer if there are too few")
    void orderAndMore(int n) {
        List<JobId> order = new ArrayList<>();
        order.add(insert(a, BUILD.job(n(1)).priority(2)));
        for (int i = 1; i < 2 * n; i++) {
            order.add(insert(a, BUILD.job(n(1))));
        }
        order.add(insert(a, BUILD.job(n(1)).priority(-1)));

        Claimed first = tryClaim(BUILDS, n);
        assertThat(ids(first)).isEqualTo(order.subList(0, n));
        assertThat(first.more()).isTrue();
        Claimed second = tryClaim(BUILDS, n);
        assertThat(ids(second)).isEqualTo(order.subList(n, 2 * n));
        assertThat(second.more()).as("one of a lower priority").isTrue();
        Claimed last = tryClaim(BUILDS, n);
        assertThat(ids(last)).isEqualTo(order.subList(2 * n, 2 * n + 1));
        assertThat(last.more()).as("it was given all that it wanted").isEqualTo(n == 1);
        assertThat(tryClaim(BUILDS, n).jobs()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName("DEQ-14, DEQ-1: a claim takes a job whose time has come in its order, and tells when the next is due")
    void dueJobs(int n) throws SQLException {
        JobId later = insert(a, BUILD.job(n(1)).priority(9).delay(Duration.ofHours(2)));
        JobId due = insert(a, BUILD.job(n(2)).priority(8).delay(Duration.ofHours(1)));
        for (int i = 0; i < 2 * n; i++) {
            insert(a, BUILD.job(n(3)));
        }
        Claimed before = tryClaim(BUILDS, n);
        assertThat(before.jobs())
                .hasSize(n)
                .noneMatch(job -> Set.of(later, due).contains(job.job().id()));
        assertThat(before.nextDue().orElseThrow()).isBetween(Duration.ofMinutes(58), Duration.ofHours(1));
        SharedServer.execute(
                "UPDATE " + SharedServer.quoted(schema)
                        + ".job SET due = due - interval '61 min', earliest = earliest - interval '61 min' WHERE due IS NOT NULL");

        Claimed after = tryClaim(BUILDS, n);
        assertThat(ids(after)).hasSize(n).startsWith(due).doesNotContain(later);
        assertThat(after.nextDue().orElseThrow()).isBetween(Duration.ofMinutes(57), Duration.ofMinutes(59));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName("QRY-3: a claim takes no paused job, and those of a pair that is not paused")
    void pausedJobs(int n) {
        for (int i = 0; i < n; i++) {
            insert(a, BUILD.job(n(1)));
        }
        b.pause(new PauseScope.Channel("elsewhere"));
        b.pause(new PauseScope.Type(BUILD.name()));
        assertThat(tryClaim(BUILDS, n).jobs()).isEmpty();
        b.resume(new PauseScope.Type(BUILD.name()));
        assertThat(tryClaim(BUILDS, n).jobs()).hasSize(n);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName("DEP-1, RET-1: a success is kept for those who need it and lets them go")
    void needed(int n) throws SQLException {
        List<JobId> dependents = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            JobId id = insert(a, BUILD.job(n(1)));
            if (i == 0) {
                dependents.add(insert(a, TEST.job(null).dependsOn(id)));
                dependents.add(insert(a, TEST.job(null).requires(id)));
            }
        }

        finish(claim(BUILDS, n));

        assertThat(count("job WHERE needed")).isEqualTo(1);
        assertThat(count("job WHERE state = 'SUCCEEDED' AND NOT needed")).isEqualTo(n - 1);
        dependents.forEach(id -> assertThat(state(b, id)).isEqualTo(JobState.READY));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName("HB-4: a success of an attempt that was heard leaves no heartbeat")
    void heard(int n) throws SQLException {
        for (int i = 0; i < n; i++) {
            insert(a, BUILD.job(n(1)));
        }
        List<JobToken> tokens = claim(BUILDS, n);
        JobToken heard = tokens.get(0);
        assertThat(a.report(List.of(new ProgressReport(heard, n(1))))).containsExactly(TokenAnswer.CONTINUE);
        assertThat(count("heartbeat WHERE true")).isEqualTo(1);

        finish(tokens);

        assertThat(count("heartbeat WHERE true")).isZero();
        assertThat(count("progress WHERE true")).isZero();
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName(
            "FIN-1, FIN-8: a success under a token that is not in force is LOST, beside others, and a repeated one is DONE")
    void tokensNotInForce(int n) {
        for (int i = 0; i < n; i++) {
            insert(a, BUILD.job(n(1)));
        }
        List<JobToken> tokens = new ArrayList<>(claim(BUILDS, n));
        tokens.add(0, JobToken.create());
        List<TokenAnswer> expected = new ArrayList<>(Collections.nCopies(n + 1, TokenAnswer.DONE));
        expected.set(0, TokenAnswer.LOST);
        assertThat(finish(tokens)).isEqualTo(expected);
        assertThat(finish(tokens)).isEqualTo(expected);
        assertThat(finish(tokens.subList(1, n + 1))).isEqualTo(expected.subList(1, n + 1));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @DisplayName("FIN-10: a success after very many attempts leaves the last 100")
    void manyAttempts(int n) throws SQLException {
        for (int i = 0; i < n; i++) {
            insert(a, BUILD.job(n(1)).recoveries(200));
        }
        List<JobToken> tokens = claim(BUILDS, n);
        String s = SharedServer.quoted(schema);
        SharedServer.execute("UPDATE " + s + ".job SET attempt = 101 WHERE token = '"
                + tokens.get(0).value() + "'");
        SharedServer.execute("INSERT INTO " + s + ".attempt (job_id, number, token, started, ended, ending, worker)"
                + " SELECT j.id, g, gen_random_uuid(), j.started, j.started, 'RELEASED', 'worker'"
                + " FROM " + s + ".job j, generate_series(1, 100) g WHERE j.attempt = 101");
        assertThat(finish(tokens)).containsOnly(TokenAnswer.DONE);
        assertThat(count("attempt WHERE number > 1")).isEqualTo(99);
        assertThat(count("attempt WHERE true")).isEqualTo(99);
    }

    private int count(String rows) throws SQLException {
        try (Connection connection = SharedServer.pool().getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT count(*) FROM " + SharedServer.quoted(schema) + "." + rows);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }

    private static List<JobId> ids(Claimed claimed) {
        return claimed.jobs().stream().map(job -> job.job().id()).toList();
    }

    private Claimed tryClaim(Selector selector, int n) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            slots.add(new ClaimSlot(JobToken.create(), "worker", true));
        }
        return a.claim(new ClaimRequest(selector, slots));
    }

    private List<JobToken> claim(Selector selector, int n) {
        List<ClaimedJob> jobs = tryClaim(selector, n).jobs();
        assertThat(jobs).hasSize(n);
        return jobs.stream().map(ClaimedJob::token).toList();
    }

    private List<TokenAnswer> finish(List<JobToken> tokens) {
        JobOutcome success = new JobOutcome.Succeeded(n(5));
        List<FinishRequest> requests = tokens.stream()
                .map(token -> new FinishRequest(token, success, 0, List.of()))
                .toList();
        return a.finish(requests).items().stream().map(TwoProcesses::accepted).toList();
    }
}
