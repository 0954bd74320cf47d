package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.JobStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rule ENQ-6: work inside a transaction of the caller. */
class WriterTest extends TwoProcesses {
    private static final Duration NOW = Duration.ZERO;
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final JobType<String, Integer> COUNT = JobType.of("count", String.class, Integer.class);

    private PostgresJobQueue queue;
    private Connection connection;
    private JobWriter writer;

    @BeforeEach
    void begin() throws SQLException {
        queue = PostgresJobQueue.create(SharedServer.pool(), options());
        connection = SharedServer.pool().getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMPORARY TABLE mine (n integer) ON COMMIT PRESERVE ROWS");
        }
        connection.commit();
        writer = queue.in(connection);
    }

    @AfterEach
    void end() throws SQLException {
        connection.rollback();
        execute("DROP TABLE mine");
        connection.commit();
        connection.setAutoCommit(true);
        connection.close();
        queue.close();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The transaction of the caller is usable, and has what the caller did. */
    private void assertUsable() throws SQLException {
        execute("INSERT INTO mine VALUES (1)");
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM mine")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getInt(1)).isPositive();
        }
    }

    private Optional<RunningJob<RawJson, RawJson>> take(JobType<?, ?> type) throws InterruptedException {
        return queue.dequeue(Selector.of(type), NOW);
    }

    @Test
    @DisplayName("ENQ-6: an enqueue is there exactly if the transaction commits")
    void enqueueIsThereIfItCommits() throws Exception {
        JobRequest<String, Integer> lost = COUNT.job("lost");
        assertThat(writer.enqueue(lost)).isEqualTo(new Enqueued(lost.id(), true, JobState.READY));
        assertThat(take(COUNT)).isEmpty();
        connection.rollback();
        assertThat(take(COUNT)).isEmpty();
        JobRequest<String, Integer> kept = COUNT.job("kept");
        JobRequest<String, Integer> dependent = COUNT.job("dependent").requires(kept);
        assertThat(writer.enqueueAll(List.of(dependent, kept)))
                .extracting(Enqueued::state)
                .containsExactly(JobState.BLOCKED, JobState.READY);
        execute("INSERT INTO mine VALUES (1)");
        assertThat(take(COUNT)).isEmpty();
        connection.commit();
        assertThat(queue.dequeue(COUNT, NOW).orElseThrow().args()).isEqualTo("kept");
        assertThatThrownBy(() -> queue.job(lost.id())).isInstanceOf(JobQueueException.NotFound.class);
    }

    @Test
    @DisplayName(
            "ENQ-6: a finish counts exactly if the transaction commits; until then the attempt goes on for all others")
    void finishCountsIfItCommits() throws Exception {
        JobId id = queue.enqueue(BUILD.job(n(1))).id();
        JobRequest<RawJson, RawJson> dependent = TEST.job(n(2)).requires(id);
        queue.enqueue(dependent);
        JobToken token = take(BUILD).orElseThrow().token();
        assertThat(writer.finish(token, new JobOutcome.Succeeded(RawJson.of("3"))))
                .isEqualTo(TokenAnswer.DONE);
        assertThat(queue.status(id).state()).isEqualTo(JobState.RUNNING);
        connection.rollback();
        assertThat(queue.running(token)).isPresent();
        JobRequest<RawJson, RawJson> followUp = OTHER.job(null).requires(id);
        assertThat(writer.finish(token, new JobOutcome.Succeeded(RawJson.of("4")), List.of(followUp)))
                .isEqualTo(TokenAnswer.DONE);
        assertThat(writer.finish(token, new JobOutcome.Succeeded(RawJson.of("4"))))
                .as("repeated")
                .isEqualTo(TokenAnswer.DONE);
        connection.commit();
        assertThat(queue.status(id).result()).contains(RawJson.of("4"));
        assertThat(queue.status(dependent.id()).state()).isEqualTo(JobState.READY);
        assertThat(queue.status(followUp.id()).state()).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("ENQ-6: failures, releases and stale tokens are answered as ever")
    void otherOutcomes() throws Exception {
        queue.enqueueAll(List.of(BUILD.job(n(1)), BUILD.job(n(2))));
        JobToken first = take(BUILD).orElseThrow().token();
        JobToken second = take(BUILD).orElseThrow().token();
        assertThat(writer.finish(first, new JobOutcome.Failed(BROKEN))).isEqualTo(TokenAnswer.DONE);
        assertThat(writer.finish(second, new JobOutcome.Released(NOW))).isEqualTo(TokenAnswer.DONE);
        assertThat(writer.finish(JobToken.create(), new JobOutcome.Released(NOW)))
                .isEqualTo(TokenAnswer.LOST);
        connection.commit();
        assertThat(queue.heartbeat(List.of(first, second))).containsOnly(TokenAnswer.LOST);
        assertThat(take(BUILD)).isPresent();
    }

    @Test
    @DisplayName("ENQ-6: a cancel counts exactly if the transaction commits")
    void cancelCountsIfItCommits() throws Exception {
        JobRequest<RawJson, RawJson> low = BUILD.job(n(1));
        JobRequest<RawJson, RawJson> high = TEST.job(n(2)).dependsOn(low);
        queue.enqueueAll(List.of(low, high));
        writer.cancel(high.id(), "not wanted");
        connection.rollback();
        assertThat(queue.status(high.id()).state()).isEqualTo(JobState.BLOCKED);
        assertThat(writer.cancelGraph(high.id(), "not wanted")).isEqualTo(2);
        connection.commit();
        assertThat(queue.status(low.id()).cancelReason()).contains("not wanted");
    }

    @Test
    @DisplayName("ENQ-6: refusals leave the transaction usable, with all that was done before")
    void refusalsLeaveTheTransactionUsable() throws Exception {
        JobId done = queue.enqueue(OTHER.job(null)).id();
        take(OTHER).orElseThrow().succeed(RawJson.NULL);
        JobRequest<RawJson, RawJson> before = BUILD.job(n(1)).uniqueKey("k");
        writer.enqueue(before);
        assertThatThrownBy(() -> writer.enqueue(TEST.job(null).requires(JobId.create())))
                .isInstanceOf(JobQueueException.Invalid.class);
        assertUsable();
        assertThatThrownBy(() -> writer.enqueue(TEST.job(n(2)).id(before.id())))
                .isInstanceOf(JobQueueException.Invalid.class);
        assertUsable();
        assertThatThrownBy(() -> writer.cancel(done, "")).isInstanceOf(JobQueueException.AlreadyFinished.class);
        assertThatThrownBy(() -> writer.cancel(JobId.create(), "")).isInstanceOf(JobQueueException.NotFound.class);
        assertUsable();
        assertThat(writer.enqueue(BUILD.job(n(3)).uniqueKey("k")).id()).isEqualTo(before.id());
        assertThat(writer.enqueue(before).created()).isFalse();
        JobRequest<RawJson, RawJson> self = BUILD.job(null);
        assertThatThrownBy(() -> writer.enqueue(self.dependsOn(self))).isInstanceOf(JobQueueException.Invalid.class);
        assertUsable();
        connection.commit();
        assertThat(take(BUILD).orElseThrow().id()).isEqualTo(before.id());
    }

    @Test
    @DisplayName("ENQ-6: a finish whose follow-ups are refused leaves the attempt going on")
    void refusedFollowUps() throws Exception {
        queue.enqueue(BUILD.job(n(1)));
        JobToken token = take(BUILD).orElseThrow().token();
        assertThatThrownBy(() -> writer.finish(
                        token,
                        new JobOutcome.Succeeded(RawJson.NULL),
                        List.of(TEST.job(null).requires(JobId.create()))))
                .isInstanceOf(JobQueueException.Invalid.class);
        assertUsable();
        connection.commit();
        assertThat(queue.running(token)).isPresent();
    }

    @Test
    @DisplayName("ENQ-5, ENQ-6: a key that another transaction takes first does not fail the caller's")
    void keyTakenMeanwhile() throws Exception {
        for (int round = 0; round < 20; round++) {
            JobRequest<RawJson, RawJson> theirs = BUILD.job(n(1)).uniqueKey("k" + round);
            JobRequest<RawJson, RawJson> mine = BUILD.job(n(2)).uniqueKey("k" + round);
            // Whoever comes second waits for the commit of the first.
            List<Object> answers = this.<Object>together(
                    () -> accepted(a.insert(List.of(List.of(job(theirs))))
                                    .items()
                                    .get(0))
                            .get(0)
                            .id(),
                    () -> {
                        JobId id = writer.enqueue(mine).id();
                        assertUsable();
                        connection.commit();
                        return id;
                    });
            assertThat(answers.get(0)).isEqualTo(answers.get(1));
        }
    }

    @Test
    @DisplayName("ENQ-6: the writer is refused where there is no transaction, or one with another isolation")
    void connectionsThatDoNotFit() throws Exception {
        connection.rollback();
        connection.setAutoCommit(true);
        assertThatThrownBy(() -> queue.in(connection))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("setAutoCommit(false)");
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        assertThatThrownBy(() -> queue.in(connection))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("READ COMMITTED");
        connection.rollback();
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }

    @Test
    @DisplayName("ENQ-6: settings of the caller's session are left as they were")
    void settingsAreLeft() throws Exception {
        execute(
                "SET LOCAL enable_seqscan = on; SET LOCAL synchronous_commit = off; SET LOCAL search_path = pg_catalog");
        JobRequest<RawJson, RawJson> first = BUILD.job(n(1));
        writer.enqueue(first);
        writer.enqueue(BUILD.job(n(2)).requires(first));
        writer.cancel(first.id(), "");
        Map<String, String> settings = Map.of(
                "enable_seqscan", "on",
                "enable_bitmapscan", "on",
                "synchronous_commit", "off",
                "search_path", "pg_catalog",
                "jit", "on");
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SHOW " + setting.getKey())) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).as(setting.getKey()).isEqualTo(setting.getValue());
            }
        }
    }

    @Test
    @DisplayName("ENQ-6: on a Jdbi handle, beside the caller's own statements")
    void onAHandle() throws Exception {
        JobRequest<String, Integer> request = COUNT.job("handle");
        try (Handle handle = Jdbi.open(SharedServer.pool())) {
            handle.useTransaction(h -> {
                h.execute("CREATE TEMPORARY TABLE orders (id uuid) ON COMMIT DROP");
                h.execute("INSERT INTO orders VALUES (?)", request.id().value());
                queue.in(h).enqueue(request);
                assertThat(h.createQuery("SELECT count(*) FROM orders")
                                .mapTo(Integer.class)
                                .one())
                        .isEqualTo(1);
            });
        }
        assertThat(queue.dequeue(COUNT, NOW).orElseThrow().id()).isEqualTo(request.id());
    }

    @Test
    @DisplayName("ENQ-6, DEQ-5: waiters see committed work after wake, and at the next poll without it")
    void waitersSeeTheWork() throws Exception {
        for (boolean wake : List.of(true, false)) {
            Future<JobId> waiter = start(
                    () -> queue.dequeue(Selector.of(BUILD), SOON).orElseThrow().id());
            JobRequest<RawJson, RawJson> request = BUILD.job(n(1));
            writer.enqueue(request);
            connection.commit();
            if (wake) {
                queue.wake();
            }
            assertThat(get(waiter)).isEqualTo(request.id());
        }
    }

    @Test
    @DisplayName("ENQ-6, DEQ-5: with notification in the transaction other processes wake at the commit")
    void notificationInTheTransaction() throws Exception {
        PostgresQueueOptions slow =
                options().notification(Notification.IN_TRANSACTION).pollInterval(Duration.ofHours(1));
        JobStore listening = PostgresJobStore.open(SharedServer.pool(), slow);
        try (PostgresJobQueue other = PostgresJobQueue.create(SharedServer.pool(), slow)) {
            Signal heard = new Signal();
            listening.subscribe(heard);
            heard.awaitAnything();
            Future<JobId> waiter = start(() -> other.dequeue(BUILD).id());
            JobRequest<RawJson, RawJson> request = BUILD.job(n(1));
            JobWriter notifying = other.in(connection);
            notifying.enqueue(request);
            connection.commit();
            heard.awaitReady("build");
            assertThat(get(waiter)).isEqualTo(request.id());
        } finally {
            listening.close();
        }
    }
}
