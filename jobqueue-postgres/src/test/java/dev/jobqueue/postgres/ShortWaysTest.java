package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One job in a call takes a shorter way through the database than many; the rows are the same. */
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
    @DisplayName("ENQ-1, DEQ-1, FIN-1: a job alone, among others, and with a dependent has the same row at each step")
    void theRowsAreTheSame(JobRequest<RawJson, RawJson> job) throws SQLException {
        List<JobRequest<RawJson, RawJson>> same = List.of(job.again(), job.again(), job.again(), job.again());
        insert(a, same.get(0));
        insert(a, same.get(1), same.get(2));
        insert(a, same.get(3), TEST.job(null).dependsOn(same.get(3)));
        assertSame(same);
        if (job.job().options().delay().isPresent()) {
            return;
        }

        String channel = job.job().options().channel();
        Selector narrow = Selector.of(BUILD).channels(channel);
        List<JobToken> tokens = new ArrayList<>();
        tokens.addAll(claim(narrow, 1));
        tokens.addAll(claim(narrow, 2));
        tokens.addAll(claim(Selector.of(BUILD).anyChannel(), 1));
        assertSame(same);

        finish(tokens.subList(0, 1));
        finish(tokens.subList(1, 3));
        finish(tokens.subList(3, 4));
        String needed = row(same.get(3).id());
        assertThat(needed).contains("\"needed\": true");
        assertThat(needed.replace("\"needed\": true", "\"needed\": false"))
                .isEqualTo(row(same.get(0).id()));
        assertSame(same.subList(0, 3));
    }

    private void assertSame(List<JobRequest<RawJson, RawJson>> jobs) throws SQLException {
        String first = row(jobs.get(0).id());
        for (JobRequest<?, ?> job : jobs) {
            assertThat(row(job.id())).isEqualTo(first);
        }
    }

    private List<JobToken> claim(Selector selector, int n) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            slots.add(new ClaimSlot(JobToken.create(), "worker", true));
        }
        List<ClaimedJob> jobs = a.claim(new ClaimRequest(selector, slots)).jobs();
        assertThat(jobs).hasSize(n);
        return jobs.stream().map(ClaimedJob::token).toList();
    }

    private void finish(List<JobToken> tokens) {
        JobOutcome success = new JobOutcome.Succeeded(n(5));
        a.finish(tokens.stream()
                .map(token -> new FinishRequest(token, success, 0, List.of()))
                .toList());
    }
}
