package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.FinishAnswer;
import dev.jobqueue.JobError;
import dev.jobqueue.JobFinish;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.PendingFinish;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules FIN-1, FIN-2 and FIN-4 to FIN-8: who may end a job, and what follows. Attempts are in {@link AttemptContract}. */
@Tag(Level.MUST)
public abstract class FinishContract extends AreaContract {
    private static final JobOutcome OK = new JobOutcome.Succeeded(RawJson.NULL);

    @Test
    @DisplayName("FIN-1 [must]: a stale token never changes anything, each answer is LOST")
    void staleTokenChangesNothing() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> lost = take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        RunningJob<RawJson, RawJson> current = take(id);
        assertThat(current.token()).isNotEqualTo(lost.token());
        JobStatus<RawJson> before = queue.status(id);
        JobRequest<RawJson, RawJson> followUp = TEST.job(null);
        assertThat(queue.heartbeat(List.of(lost.token(), current.token())))
                .containsExactly(TokenAnswer.LOST, TokenAnswer.CONTINUE);
        assertThat(queue.report(lost.token(), number(1))).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.finish(lost.token(), new JobOutcome.Released(NOW))).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.finish(lost.token(), new JobOutcome.Failed(error("x"))))
                .isEqualTo(TokenAnswer.LOST);
        assertThat(queue.finish(lost.token(), OK, List.of(followUp))).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.running(lost.token())).isEmpty();
        assertThat(queue.status(id)).isEqualTo(before);
        assertThatThrownBy(() -> queue.job(followUp.id())).isInstanceOf(JobQueueException.NotFound.class);
        succeed(current);
    }

    @Test
    @DisplayName("FIN-1, F11 [must]: an unknown token is LOST and leaves nothing")
    void unknownTokenIsLost() {
        JobToken token = JobToken.create();
        assertThat(queue.heartbeat(List.of(token, token))).containsExactly(TokenAnswer.LOST, TokenAnswer.LOST);
        assertThat(queue.report(token, RawJson.NULL)).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.finish(token, OK)).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.running(token)).isEmpty();
        assertThat(queue.stale(NOW)).isEmpty();
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(10)).isEmpty();
    }

    @Test
    @DisplayName(
            "FIN-1 [must]: the token is the fence: one that was released is LOST for everything but a repeated release")
    void releasedTokenIsLost() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        job.release(NOW);
        assertThat(queue.finish(job.token(), OK)).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.LOST);
        assertThat(queue.report(job.token(), number(1))).isEqualTo(TokenAnswer.LOST);
        assertThat(state(id)).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("FIN-1 [must]: a token is masked wherever it might be logged")
    void tokenIsMasked() {
        enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(BUILD);
        String secret = job.token().reveal();
        assertThat(job.token().toString()).doesNotContain(secret.substring(0, 4));
        assertThat(job.toString()).doesNotContain(secret);
        assertThat(JobToken.parse(secret)).isEqualTo(job.token());
        assertThat(queue.status(job.id()).toString()).doesNotContain(secret);
    }

    @Test
    @DisplayName("FIN-2 [must]: success keeps the result")
    void successKeepsTheResult() {
        JobId id = enqueue(BUILD);
        assertThat(take(id).succeed(number(42))).isEqualTo(TokenAnswer.DONE);
        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(id).result()).contains(number(42));

        queue.enqueueAll(requests(BUILD, 3));
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(3);
        Map<JobToken, JobOutcome> outcomes = new LinkedHashMap<>();
        for (int i = 0; i < 3; i++) {
            outcomes.put(jobs.get(i).token(), new JobOutcome.Succeeded(number(i)));
        }
        assertThat(queue.finishAll(outcomes)).containsOnly(TokenAnswer.DONE);
        for (int i = 0; i < 3; i++) {
            assertThat(queue.status(jobs.get(i).id()).result()).contains(number(i));
        }
    }

    @Test
    @DisplayName("FIN-2 [must]: failure keeps the error and the result, if there is one")
    void failureKeepsErrorAndResult() {
        JobError error = error("it broke").withDetails(RawJson.of("{\"exit\":1}"));
        JobId plain = enqueue(BUILD);
        take(plain).fail(error);
        assertThat(queue.status(plain).error()).contains(error);
        assertThat(queue.status(plain).result()).isEmpty();
        JobId withResult = enqueue(BUILD);
        take(withResult).finish(new JobOutcome.Failed(error, Optional.of(number(1))), List.of());
        assertThat(queue.status(withResult).error()).contains(error);
        assertThat(queue.status(withResult).result()).contains(number(1));
    }

    @Test
    @DisplayName("FIN-2, S-e [must]: release makes the job ready again, at once or after the delay")
    void releaseMakesTheJobReadyAgain() {
        JobId id = enqueue(BUILD);
        take(id).release(NOW);
        assertThat(state(id)).isEqualTo(JobState.READY);
        take(id).release(Duration.ofSeconds(5));
        assertThat(state(id)).isEqualTo(JobState.SCHEDULED);
        assertThat(queue.status(id).times().due()).contains(clock.now().plusSeconds(5));
        assertNothingReady();
        pass(Duration.ofSeconds(5));
        assertThat(take(id).attempt()).isEqualTo(3);
    }

    @Test
    @DisplayName("FIN-2 [must]: close releases what was not finished, and nothing else")
    void closeReleases() {
        JobId id = enqueue(BUILD);
        try (RunningJob<RawJson, RawJson> job = take(id)) {
            assertThat(job.ended()).isFalse();
        }
        assertThat(state(id)).isEqualTo(JobState.READY);
        try (RunningJob<RawJson, RawJson> job = take(id)) {
            succeed(job);
            assertThat(job.ended()).isTrue();
        }
        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("FIN-2, FIN-1 [must]: many finishes in one call are independent, each answers at its position")
    void finishesAreIndependent() {
        queue.enqueueAll(requests(BUILD, 4));
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(4);
        queue.cancel(jobs.get(1).id(), "stop");
        Map<JobToken, JobOutcome> outcomes = new LinkedHashMap<>();
        outcomes.put(jobs.get(0).token(), new JobOutcome.Succeeded(number(0)));
        outcomes.put(jobs.get(1).token(), OK);
        outcomes.put(JobToken.create(), OK);
        outcomes.put(jobs.get(2).token(), new JobOutcome.Failed(error("x")));
        outcomes.put(jobs.get(3).token(), new JobOutcome.Released(NOW));
        assertThat(queue.finishAll(outcomes))
                .extracting(TokenAnswer::verdict)
                .containsExactly(Verdict.DONE, Verdict.CANCELED, Verdict.LOST, Verdict.DONE, Verdict.DONE);
        assertThat(jobs.stream().map(j -> state(j.id())))
                .containsExactly(JobState.SUCCEEDED, JobState.CANCELED, JobState.FAILED, JobState.READY);
    }

    @Test
    @DisplayName(
            "FIN-7, FIN-2 [must]: many finishes in one call carry their own follow-ups, a refused one spoils no other")
    void finishesCarryTheirFollowUps() {
        queue.enqueueAll(requests(BUILD, 3));
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(3);
        JobRequest<RawJson, RawJson> after = TEST.job(null).requires(jobs.get(0).id());
        JobRequest<RawJson, RawJson> refused = TEST.job(null).requires(JobId.create());
        JobRequest<RawJson, RawJson> lost = TEST.job(null);
        List<FinishAnswer> answers = queue.finishAll(List.of(
                new JobFinish(jobs.get(0).token(), OK, List.of(after)),
                new JobFinish(jobs.get(1).token(), OK, List.of(refused)),
                new JobFinish(JobToken.create(), OK, List.of(lost)),
                new JobFinish(jobs.get(2).token(), new JobOutcome.Failed(error("x")), List.of())));
        assertThat(answers)
                .extracting(answer -> answer.answer().map(TokenAnswer::verdict).orElse(null))
                .containsExactly(Verdict.DONE, null, Verdict.LOST, Verdict.DONE);
        assertThat(answers.get(1).refusal()).containsInstanceOf(JobQueueException.Invalid.class);
        assertThat(jobs.stream().map(j -> state(j.id())))
                .containsExactly(JobState.SUCCEEDED, JobState.RUNNING, JobState.FAILED);
        assertThat(state(after.id())).isEqualTo(JobState.READY);
        assertThatThrownBy(() -> queue.job(lost.id())).isInstanceOf(JobQueueException.NotFound.class);
    }

    @Test
    @DisplayName("FIN-4, F4 [must]: a finished job stays as it is, whatever is called")
    void finishedJobStays() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        job.fail(error("first"));
        JobStatus<RawJson> before = queue.status(id);
        assertThat(queue.finish(job.token(), OK)).isEqualTo(TokenAnswer.LOST);
        assertThatThrownBy(() -> queue.cancel(id, "")).isInstanceOf(JobQueueException.AlreadyFinished.class);
        assertThatThrownBy(() -> queue.finishPending(id, OK)).isInstanceOf(JobQueueException.AlreadyFinished.class);
        assertThatThrownBy(() -> queue.dequeue(BUILD, id)).isInstanceOf(JobQueueException.NotPending.class);
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(10)).isEmpty();
        assertThat(queue.status(id)).isEqualTo(before);
    }

    @Test
    @DisplayName("FIN-4, P13 [must]: calls by id throw distinct errors, the same on every store")
    void errorsAreDistinct() {
        JobId unknown = JobId.create();
        assertThatThrownBy(() -> queue.job(unknown)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.status(unknown)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.jobType(unknown)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.graph(unknown)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.explain(unknown)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.cancel(unknown, "")).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.cancelGraph(unknown, "")).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.finishPending(unknown, OK)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.delete(unknown)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.await(unknown, NOW)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.dependents(unknown, Page.Request.first(1)))
                .isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> queue.dequeue(BUILD, unknown))
                .isInstanceOf(JobQueueException.NotFound.class)
                .hasMessageContaining(unknown.toString());
        JobId running = enqueue(BUILD);
        take(running);
        assertThatThrownBy(() -> queue.finishPending(running, OK))
                .isInstanceOfSatisfying(
                        JobQueueException.NotPending.class,
                        e -> assertThat(e.state()).isEqualTo(JobState.RUNNING));
    }

    @Test
    @DisplayName("FIN-4 [must]: a refused item does not spoil the others of the same call")
    void refusedItemDoesNotSpoilOthers() {
        JobId unknown = JobId.create();
        JobId finished = enqueue(BUILD);
        succeed(finished);
        JobId first = enqueue(BUILD);
        JobId second = enqueue(BUILD);
        List<Answer<Integer>> canceled = store.cancel(List.of(
                        new CancelRequest(first, "", false),
                        new CancelRequest(unknown, "", false),
                        new CancelRequest(finished, "", true),
                        new CancelRequest(first, "", false)))
                .items();
        assertThat(accepted(canceled.get(0))).isEqualTo(1);
        assertThat(refused(canceled.get(1))).isEqualTo(Answer.Reason.NOT_FOUND);
        assertThat(refused(canceled.get(2))).isEqualTo(Answer.Reason.ALREADY_FINISHED);
        assertThat(accepted(canceled.get(3))).isZero();
        List<Answer<JobState>> ended = store.finishPending(List.of(
                        new PendingFinish(unknown, OK), new PendingFinish(second, OK), new PendingFinish(first, OK)))
                .items();
        assertThat(refused(ended.get(0))).isEqualTo(Answer.Reason.NOT_FOUND);
        assertThat(accepted(ended.get(1))).isEqualTo(JobState.SUCCEEDED);
        assertThat(refused(ended.get(2))).isEqualTo(Answer.Reason.ALREADY_FINISHED);
        JobRequest<RawJson, RawJson> bad = BUILD.job(null).dependsOn(unknown);
        JobRequest<RawJson, RawJson> good = BUILD.job(null);
        assertThat(store.insert(List.of(List.of(newJob(bad)), List.of(newJob(good))))
                        .items())
                .hasOnlyElementsOfTypes(Answer.Refused.class, Answer.Accepted.class);
        assertThat(takeAll()).containsExactly(good.id());
    }

    @Test
    @DisplayName("FIN-5 [must]: progress is visible while the attempt runs, the last one wins")
    void progressIsVisible() {
        JobId id = enqueue(BUILD);
        assertThat(queue.status(id).progress()).isEmpty();
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(job.report(Map.of("done", 1))).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(queue.status(id).progress()).contains(RawJson.of("{\"done\":1}"));
        job.report(2);
        job.report(3);
        assertThat(queue.status(id).progress()).contains(number(3));
        RawJson most = RawJson.of("\"" + "x".repeat((64 << 10) - 2) + "\"");
        job.report(most);
        assertThat(queue.status(id).progress()).contains(most);
        RawJson tooMuch = RawJson.of("\"" + "x".repeat((64 << 10) - 1) + "\"");
        assertThatIllegalArgumentException().isThrownBy(() -> queue.report(job.token(), tooMuch));
    }

    @Test
    @DisplayName("FIN-5, S-e [must]: progress is gone when the attempt ends, however it ends")
    void progressGoesWithTheAttempt() {
        JobId id = enqueue(BUILD.job(null).attempts(3, Backoff.NONE));
        RunningJob<RawJson, RawJson> released = take(id);
        released.report(1);
        released.release(NOW);
        assertThat(queue.status(id).progress()).isEmpty();
        RunningJob<RawJson, RawJson> failed = take(id);
        assertThat(queue.status(id).progress()).as("of the attempt before").isEmpty();
        failed.report(2);
        failed.fail(error("x"));
        assertThat(queue.status(id).progress()).isEmpty();
        RunningJob<RawJson, RawJson> lost = take(id);
        lost.report(3);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        assertThat(queue.status(id).progress()).isEmpty();
        RunningJob<RawJson, RawJson> succeeded = take(id);
        succeeded.report(4);
        succeed(succeeded);
        assertThat(queue.status(id).progress()).isEmpty();
        JobId canceled = enqueue(BUILD);
        take(canceled).report(5);
        queue.cancel(canceled, "");
        assertThat(queue.status(canceled).progress()).isEmpty();
    }

    @Test
    @DisplayName("FIN-6 [must]: finishPending ends a job that has not run, dependents follow")
    void finishPendingEndsPendingJobs() {
        JobId dependency = enqueue(OTHER);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(dependency));
        JobId scheduled = enqueue(BUILD.job(null).delay(Duration.ofDays(1)));
        JobId ready = enqueue(BUILD);
        JobId after = enqueue(TEST.job(null).requires(blocked, scheduled, ready));
        queue.finishPending(blocked, new JobOutcome.Succeeded(number(1)));
        queue.finishPending(scheduled, new JobOutcome.Succeeded(number(2)));
        assertThat(state(after)).isEqualTo(JobState.BLOCKED);
        queue.finishPending(ready, new JobOutcome.Succeeded(number(3)));
        assertThat(states(List.of(blocked, scheduled, ready)))
                .containsExactly(JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.SUCCEEDED);
        assertThat(queue.status(blocked).times().unblocked())
                .as("ended while blocked")
                .isEmpty();
        RunningJob<RawJson, RawJson> job = take(after);
        assertThat(job.dependencies())
                .extracting(d -> d.result().orElseThrow().toString())
                .containsExactly("1", "2", "3");
        succeed(dependency);
        assertNothingReady();
    }

    @Test
    @DisplayName("FIN-6, F4 [must]: a failure by finishPending is final whatever attempts are left, dependents follow")
    void finishPendingFailureIsFinal() {
        JobId id = enqueue(BUILD.job(null).attempts(9, Backoff.NONE));
        JobId required = enqueue(TEST.job(null).requires(id));
        JobId depends = enqueue(TEST.job(null).dependsOn(id));
        queue.finishPending(id, new JobOutcome.Failed(error("given up"), Optional.of(number(1))));
        assertThat(states(List.of(id, required))).containsExactly(JobState.FAILED, JobState.FAILED);
        assertThat(takeAll()).containsExactly(depends);
        assertThat(queue.status(id).error()).contains(error("given up"));
        assertThat(queue.status(id).result()).contains(number(1));
        assertThat(queue.status(id).failures()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queue.finishPending(enqueue(BUILD), new JobOutcome.Released(NOW)));
    }

    @Test
    @DisplayName("FIN-7 [must]: a finish enqueues its follow-ups in the same step, and they may depend on it")
    void followUpsMayDependOnTheFinishedJob() {
        JobId id = enqueue(BUILD);
        JobRequest<RawJson, RawJson> next = TEST.job(number(1)).requires(id);
        JobRequest<RawJson, RawJson> last = TEST.job(number(2)).requires(next);
        assertThat(take(id).succeed(number(7), List.of(last, next))).isEqualTo(TokenAnswer.DONE);
        RunningJob<RawJson, RawJson> job = take(next.id());
        assertThat(job.dependency(0, BUILD).result()).contains(number(7));
        assertThat(state(last.id())).isEqualTo(JobState.BLOCKED);
        succeed(job);
        succeed(last.id());
    }

    @Test
    @DisplayName("FIN-7 [must]: a failure may carry follow-ups too, and so may an attempt that is tried again")
    void failureMayCarryFollowUps() {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        JobRequest<RawJson, RawJson> first = TEST.job(null);
        JobRequest<RawJson, RawJson> second = TEST.job(null).requires(id);
        JobRequest<RawJson, RawJson> third = TEST.job(null).dependsOn(id);
        take(id).finish(new JobOutcome.Failed(error("x")), List.of(first));
        assertThat(states(List.of(id, first.id()))).containsExactly(JobState.READY, JobState.READY);
        take(id).finish(new JobOutcome.Failed(error("x")), List.of(second, third));
        assertThat(states(List.of(id, second.id(), third.id())))
                .containsExactly(JobState.FAILED, JobState.FAILED, JobState.READY);
    }

    @Test
    @DisplayName("FIN-7 [must]: if the token is refused, nothing is enqueued")
    void refusedTokenEnqueuesNothing() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        queue.cancel(id, "stop");
        JobRequest<RawJson, RawJson> followUp = TEST.job(null);
        assertThat(job.succeed(null, List.of(followUp)).verdict()).isEqualTo(Verdict.CANCELED);
        assertThat(queue.finish(JobToken.create(), OK, List.of(followUp))).isEqualTo(TokenAnswer.LOST);
        assertThatThrownBy(() -> queue.job(followUp.id())).isInstanceOf(JobQueueException.NotFound.class);
    }

    @Test
    @DisplayName("FIN-7 [must]: if the follow-ups are refused, the attempt goes on")
    void refusedFollowUpsLeaveTheAttempt() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        JobRequest<RawJson, RawJson> good = TEST.job(null);
        JobRequest<RawJson, RawJson> bad = TEST.job(null).dependsOn(good).dependsOn(JobId.create());
        assertThatThrownBy(() -> job.succeed(null, List.of(good, bad))).isInstanceOf(JobQueueException.Invalid.class);
        assertThat(state(id)).isEqualTo(JobState.RUNNING);
        assertNothingReady();
        assertThat(job.succeed(null, List.of(good))).isEqualTo(TokenAnswer.DONE);
        assertThat(takeAll()).containsExactly(good.id());
    }

    @Test
    @DisplayName("FIN-7, ENQ-5 [must]: a follow-up may take the unique key that its job has just freed")
    void followUpTakesTheFreedKey() {
        JobRequest<RawJson, RawJson> request = BUILD.job(null).uniqueKey("k");
        enqueue(request);
        JobRequest<RawJson, RawJson> next = request.again();
        take(request.id()).succeed(null, List.of(next));
        assertThat(takeAll()).containsExactly(next.id());
    }

    @Test
    @DisplayName("FIN-8 [must]: a finish repeated with the same token and kind of outcome is DONE and changes nothing")
    void repeatedFinishIsDone() {
        for (JobOutcome outcome : List.of(
                new JobOutcome.Succeeded(number(1)),
                new JobOutcome.Failed(error("x")),
                new JobOutcome.Released(Duration.ofSeconds(1)))) {
            JobId id = enqueue(BUILD);
            RunningJob<RawJson, RawJson> job = take(id);
            assertThat(queue.finish(job.token(), outcome)).isEqualTo(TokenAnswer.DONE);
            JobStatus<RawJson> before = queue.status(id);
            pass(TICK);
            assertThat(queue.finish(job.token(), outcome)).isEqualTo(TokenAnswer.DONE);
            assertThat(queue.status(id)).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("FIN-8 [must]: a repeated finish enqueues its follow-ups once")
    void repeatedFinishEnqueuesOnce() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        JobRequest<RawJson, RawJson> followUp = TEST.job(null);
        FinishRequest request = new FinishRequest(job.token(), OK, 0, List.of(newJob(followUp)));
        assertThat(accepted(store.finish(List.of(request)).items().get(0))).isEqualTo(TokenAnswer.DONE);
        FinishRequest other = new FinishRequest(job.token(), OK, 0, List.of(newJob(TEST.job(null))));
        for (FinishRequest again : List.of(request, other)) {
            assertThat(accepted(store.finish(List.of(again)).items().get(0))).isEqualTo(TokenAnswer.DONE);
        }
        assertThat(takeAll()).containsExactly(followUp.id());
    }

    @Test
    @DisplayName("FIN-8 [must]: a repeated failure is DONE after later attempts too, another kind of outcome is LOST")
    void repeatedFailureAfterLaterAttempts() {
        JobId id = enqueue(BUILD.job(null).attempts(3, Backoff.NONE));
        RunningJob<RawJson, RawJson> first = take(id);
        fail(first);
        RunningJob<RawJson, RawJson> second = take(id);
        JobOutcome failed = new JobOutcome.Failed(error("it broke"));
        assertThat(queue.finish(first.token(), failed)).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.finish(first.token(), OK)).isEqualTo(TokenAnswer.LOST);
        assertThat(queue.status(id).failures()).isEqualTo(1);
        succeed(second);
        assertThat(queue.finish(first.token(), failed)).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.finish(second.token(), failed)).isEqualTo(TokenAnswer.LOST);
        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("FIN-8 [must]: a token tells its job while it is in force, and when its attempt has ended in any way")
    void tokenTellsItsJob() {
        JobId id = enqueue(BUILD.job(null).attempts(3, Backoff.NONE));
        RunningJob<RawJson, RawJson> released = take(id);
        assertThat(queue.jobOf(released.token())).contains(id);
        released.release(NOW);
        RunningJob<RawJson, RawJson> failed = take(id);
        fail(failed);
        RunningJob<RawJson, RawJson> last = take(id);
        JobId other = enqueue(TEST);
        RunningJob<RawJson, RawJson> canceled = take(other);
        JobToken unknown = JobToken.create();
        List<JobToken> tokens =
                List.of(last.token(), canceled.token(), unknown, released.token(), failed.token(), released.token());
        List<Optional<JobId>> jobs = List.of(
                Optional.of(id),
                Optional.of(other),
                Optional.empty(),
                Optional.of(id),
                Optional.of(id),
                Optional.of(id));
        assertThat(store.jobsOf(tokens)).isEqualTo(jobs);
        succeed(last);
        queue.cancel(other, "not needed");
        assertThat(store.jobsOf(tokens)).isEqualTo(jobs);
        assertThat(store.jobsOf(List.of())).isEmpty();
        assertThat(queue.jobOf(unknown)).isEmpty();
        var unused = queue.delete(id);
        assertThat(queue.jobOf(last.token())).isEmpty();
        assertThat(queue.jobOf(released.token())).isEmpty();
    }
}
