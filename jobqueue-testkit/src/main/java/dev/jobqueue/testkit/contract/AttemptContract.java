package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.Attempt.End;
import dev.jobqueue.Backoff;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules FIN-3, FIN-9 and FIN-10: attempts, retries and time-outs. */
@Tag(Level.MUST)
public abstract class AttemptContract extends AreaContract {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    @DisplayName("FIN-3, S-e [must]: a failure with attempts left waits for its backoff, the last one is final")
    void failureIsTriedAgainAfterItsBackoff() {
        JobId id =
                enqueue(BUILD.job(null).attempts(3, Backoff.exponential(SECOND.multipliedBy(10), Duration.ofHours(1))));
        Duration first = failAndWait(id);
        assertThat(first).isBetween(SECOND.multipliedBy(8), SECOND.multipliedBy(10));
        Duration second = failAndWait(id);
        assertThat(second).isBetween(SECOND.multipliedBy(16), SECOND.multipliedBy(20));
        fail(id);
        assertThat(state(id)).isEqualTo(JobState.FAILED);
        assertThat(queue.status(id).error()).contains(error("it broke"));
        assertThat(queue.status(id).failures()).isEqualTo(3);
    }

    /** Fails the job, checks that it waits exactly until it is due, and gives the wait. */
    private Duration failAndWait(JobId id) {
        fail(id);
        JobStatus<RawJson> status = queue.status(id);
        assertThat(status.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(status.error()).as("not finished").isEmpty();
        Duration wait = Duration.between(clock.now(), status.times().due().orElseThrow());
        pass(wait.minus(TICK));
        assertNothingReady();
        pass(TICK);
        return wait;
    }

    @Test
    @DisplayName("FIN-3 [must]: the jitter given shortens the wait by up to a fifth")
    void jitterShortensTheWait() {
        List<Long> waits = new ArrayList<>();
        for (double jitter : new double[] {0, 0.5, 0.999}) {
            JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.fixed(SECOND.multipliedBy(100))));
            FinishRequest request =
                    new FinishRequest(take(id).token(), new JobOutcome.Failed(error("x")), jitter, List.of());
            assertThat(accepted(store.finish(List.of(request)).items().get(0))).isEqualTo(TokenAnswer.DONE);
            waits.add(
                    Duration.between(clock.now(), queue.status(id).times().due().orElseThrow())
                            .toSeconds());
        }
        assertThat(waits).containsExactly(100L, 90L, 80L);
    }

    @Test
    @DisplayName("FIN-3 [must]: without a backoff the job is ready at once")
    void withoutBackoffReadyAtOnce() {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        fail(id);
        assertThat(state(id)).isEqualTo(JobState.READY);
        assertThat(queue.status(id).times().due()).as("it never waited").isEmpty();
        assertThat(take(id).attempt()).isEqualTo(2);
    }

    @Test
    @DisplayName("FIN-3 [must]: a permanent error is final whatever attempts are left")
    void permanentErrorIsFinal() {
        JobId id = enqueue(BUILD.job(null).attempts(9, Backoff.NONE));
        take(id).fail(error("bad input").asPermanent());
        assertThat(state(id)).isEqualTo(JobState.FAILED);
        assertThat(queue.status(id).error().orElseThrow().permanent()).isTrue();
    }

    @Test
    @DisplayName("FIN-3, S-e [must]: the result of a failure that is tried again is dropped")
    void resultOfARetriedFailureIsDropped() {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        take(id).finish(new JobOutcome.Failed(error("x"), Optional.of(number(1))), List.of());
        assertThat(queue.status(id).result()).isEmpty();
        take(id).fail(error("y"));
        assertThat(queue.status(id).result()).isEmpty();
    }

    @Test
    @DisplayName(
            "FIN-9 [must]: the sweep ends an attempt that is over its timeout by one heartbeat limit, heard of or not")
    void sweepEndsAttemptsOverTheirTimeout() {
        Duration timeout = LIMIT.multipliedBy(3);
        JobId id = enqueue(BUILD.job(null).timeout(timeout));
        RunningJob<RawJson, RawJson> job = take(id);
        Duration over = timeout.plus(LIMIT);
        while (!over.isZero()) {
            pass(LIMIT.dividedBy(2));
            over = over.minus(LIMIT.dividedBy(2));
            assertThat(job.heartbeat()).isEqualTo(TokenAnswer.CONTINUE);
            assertThat(queue.expire(10)).isEmpty();
        }
        pass(TICK);
        assertThat(queue.expire(10)).containsExactly(id);
        JobStatus<RawJson> status = queue.status(id);
        assertThat(status.state()).isEqualTo(JobState.FAILED);
        assertThat(status.error().orElseThrow().code()).isEqualTo(LibraryError.TIMED_OUT.code());
        assertThat(status.failures()).isEqualTo(1);
        assertThat(status.recoveries()).isZero();
        assertThat(status.attempts().get(0).end()).contains(End.TIMED_OUT);
        assertThat(job.heartbeat()).isEqualTo(TokenAnswer.LOST);
    }

    @Test
    @DisplayName("FIN-9 [must]: a time-out is a failure like any other: tried again, with backoff")
    void timeOutIsTriedAgain() {
        JobId id = enqueue(BUILD.job(null).timeout(SECOND).attempts(2, Backoff.fixed(SECOND.multipliedBy(10))));
        RunningJob<RawJson, RawJson> job = take(id);
        pass(LIMIT);
        beat(job);
        pass(SECOND.plus(TICK));
        assertThat(store.expire(new ExpireRequest(LIMIT, 10, 0)).items()).containsExactly(id);
        assertThat(state(id)).isEqualTo(JobState.SCHEDULED);
        assertThat(queue.status(id).times().due()).contains(clock.now().plusSeconds(10));
        pass(SECOND.multipliedBy(10));
        assertThat(take(id).attempt()).as("the timeout bounds one attempt").isEqualTo(2);
        pass(SECOND);
        assertThat(queue.expire(10)).isEmpty();
    }

    @Test
    @DisplayName("FIN-9 [must]: an attempt that is silent and over its timeout counts as lost")
    void silentAndOverItsTimeoutIsLost() {
        JobId id = enqueue(BUILD.job(null).timeout(SECOND));
        take(id);
        pass(LIMIT.plus(SECOND).plus(TICK));
        assertThat(queue.expire(10)).containsExactly(id);
        assertThat(state(id)).isEqualTo(JobState.READY);
        assertThat(queue.status(id).attempts().get(0).end()).contains(End.HEARTBEAT_LOST);
    }

    @Test
    @DisplayName("FIN-9 [must]: a step of the wall clock does not time an attempt out")
    void wallClockDoesNotTimeOut() {
        JobId id = enqueue(BUILD.job(null).timeout(SECOND));
        take(id);
        clock.stepWall(Duration.ofDays(1));
        assertThat(queue.expire(10)).isEmpty();
        clock.stepWall(Duration.ofDays(-2));
        assertThat(queue.expire(10)).isEmpty();
    }

    @Test
    @DisplayName("FIN-10 [must]: failures count errors and time-outs, recoveries lost heartbeats, a release neither")
    void countsGoByTheEnd() {
        JobId id =
                enqueue(BUILD.job(null).attempts(4, Backoff.NONE).recoveries(2).timeout(SECOND));
        fail(id);
        assertCounts(id, 1, 0);
        take(id).release(NOW);
        assertCounts(id, 1, 0);
        take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        assertCounts(id, 1, 1);
        RunningJob<RawJson, RawJson> slow = take(id);
        pass(LIMIT);
        beat(slow);
        pass(SECOND.plus(TICK));
        queue.expire(10);
        assertCounts(id, 2, 1);
        fail(id);
        assertCounts(id, 3, 1);
        take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        assertCounts(id, 3, 2);
        succeed(id);
        assertCounts(id, 3, 2);
        assertThat(queue.status(id).attempts())
                .extracting(a -> a.end().orElseThrow())
                .containsExactly(
                        End.FAILED,
                        End.RELEASED,
                        End.HEARTBEAT_LOST,
                        End.TIMED_OUT,
                        End.FAILED,
                        End.HEARTBEAT_LOST,
                        End.SUCCEEDED);
    }

    private void assertCounts(JobId id, int failures, int recoveries) {
        assertThat(queue.status(id).failures()).isEqualTo(failures);
        assertThat(queue.status(id).recoveries()).isEqualTo(recoveries);
    }

    @Test
    @DisplayName("FIN-10 [must]: releases use up no attempts")
    void releasesUseUpNoAttempts() {
        JobId id = enqueue(BUILD);
        for (int i = 1; i <= 10; i++) {
            RunningJob<RawJson, RawJson> job = take(id);
            assertThat(job.attempt()).isEqualTo(i);
            job.release(NOW);
        }
        assertThat(take(id).attempt()).isEqualTo(11);
    }

    @Test
    @DisplayName("FIN-10 [must]: backoff goes by failures, not by attempts")
    void backoffGoesByFailures() {
        JobId id =
                enqueue(BUILD.job(null).attempts(3, Backoff.exponential(SECOND.multipliedBy(100), Duration.ofDays(1))));
        take(id).release(NOW);
        take(id).release(NOW);
        assertThat(failAndWait(id)).isLessThanOrEqualTo(SECOND.multipliedBy(100));
    }

    @Test
    @DisplayName("FIN-10 [must]: each ended attempt leaves a record: number, worker, start, end, outcome, error")
    void attemptsLeaveRecords() throws Exception {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        DequeueRequest request = DequeueRequest.of(ALL).timeout(NOW);
        pass(SECOND);
        Instant firstStart = clock.now();
        RunningJob<RawJson, RawJson> first =
                queue.dequeueBatch(request.worker("first worker")).get(0);
        assertThat(queue.status(id).attempts())
                .containsExactly(new Attempt(
                        1, "first worker", firstStart, Optional.empty(), Optional.empty(), Optional.empty()));
        pass(SECOND);
        Instant firstEnd = clock.now();
        fail(first);
        pass(SECOND);
        Instant secondStart = clock.now();
        RunningJob<RawJson, RawJson> second =
                queue.dequeueBatch(request.worker("second worker")).get(0);
        pass(SECOND);
        Instant secondEnd = clock.now();
        succeed(second);
        assertThat(queue.status(id).attempts())
                .containsExactly(
                        new Attempt(
                                1,
                                "first worker",
                                firstStart,
                                Optional.of(firstEnd),
                                Optional.of(End.FAILED),
                                Optional.of(error("it broke"))),
                        new Attempt(
                                2,
                                "second worker",
                                secondStart,
                                Optional.of(secondEnd),
                                Optional.of(End.SUCCEEDED),
                                Optional.empty()));
    }

    @Test
    @DisplayName("FIN-10, CAN-1 [must]: the attempt of a job that was canceled while it ran leaves a record")
    void canceledAttemptLeavesARecord() {
        JobId id = enqueue(BUILD);
        take(id);
        queue.cancel(id, "stop");
        assertThat(queue.status(id).attempts()).singleElement().satisfies(a -> {
            assertThat(a.end()).contains(End.CANCELED);
            assertThat(a.ended()).contains(clock.now());
            assertThat(a.error()).isEmpty();
        });
    }

    @Test
    @DisplayName(
            "FIN-10, FIN-8 [must]: the last 100 ended attempts are kept, also by their tokens, numbers and counts go on")
    void lastHundredAreKept() {
        JobId id = enqueue(BUILD.job(null).attempts(1_000, Backoff.NONE));
        List<JobToken> tokens = new ArrayList<>();
        for (int i = 0; i < 105; i++) {
            RunningJob<RawJson, RawJson> job = take(id);
            tokens.add(job.token());
            fail(job);
        }
        take(id);
        assertThat(store.jobsOf(tokens.subList(5, 105))).hasSize(100).containsOnly(Optional.of(id));
        JobStatus<RawJson> status = queue.status(id);
        assertThat(status.failures()).isEqualTo(105);
        assertThat(status.attempts())
                .extracting(Attempt::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(6, 106).boxed().toList());
    }

    @Test
    @DisplayName("FIN-9, HB-6 [must]: the sweep takes attempts in enqueue order, at most as many as asked")
    void sweepIsBounded() {
        List<JobId> ids = ids(requests(BUILD, 5));
        ids.forEach(id -> enqueue(BUILD.job(null).id(id).recoveries(0)));
        takeBatch(5);
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(2)).containsExactly(ids.get(0), ids.get(1));
        assertThat(queue.expire(2)).containsExactly(ids.get(2), ids.get(3));
        assertThat(queue.expire(2)).containsExactly(ids.get(4));
        assertThat(queue.expire(2)).isEmpty();
    }
}
