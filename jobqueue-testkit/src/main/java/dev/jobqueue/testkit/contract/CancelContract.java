package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules CAN-1 to CAN-5: a canceled job never runs, and its worker hears of it. */
@Tag(Level.MUST)
public abstract class CancelContract extends AreaContract {
    private static final TokenAnswer STOP = TokenAnswer.canceled("stop");

    @Test
    @DisplayName("CAN-1 [must]: an unfinished job becomes CANCELED at once, in every state")
    void cancelWorksInEveryState() {
        JobId dependency = enqueue(OTHER);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(dependency));
        JobId scheduled = enqueue(BUILD.job(null).delay(Duration.ofDays(1)));
        JobId running = enqueue(BUILD);
        take(running);
        JobId ready = enqueue(BUILD);
        for (JobId id : List.of(blocked, scheduled, running, ready)) {
            queue.cancel(id, "stop");
            JobStatus<RawJson> status = queue.status(id);
            assertThat(status.state()).isEqualTo(JobState.CANCELED);
            assertThat(status.cancelReason()).contains("stop");
            assertThat(status.times().finished()).contains(clock.now());
            assertThat(status.error()).isEmpty();
            assertThat(status.result()).isEmpty();
        }
        assertNothingReady();
    }

    @Test
    @DisplayName("CAN-1, F2 [must]: a canceled job never runs again, whatever happens around it")
    void canceledJobNeverRuns() {
        JobId dependency = enqueue(OTHER);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(dependency));
        JobId scheduled = enqueue(BUILD.job(null).delay(Duration.ofSeconds(1)));
        JobId waiting = enqueue(BUILD.job(null).attempts(3, Backoff.fixed(Duration.ofSeconds(1))));
        fail(waiting);
        JobId running = enqueue(BUILD.job(null).attempts(3, Backoff.NONE));
        RunningJob<RawJson, RawJson> job = take(running);
        List<JobId> ids = List.of(blocked, scheduled, waiting, running);
        ids.forEach(id -> queue.cancel(id, "stop"));
        succeed(dependency);
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(10)).isEmpty();
        job.fail(error("x"));
        job.release(NOW);
        assertNothingReady();
        assertThat(states(ids)).containsOnly(JobState.CANCELED);
        for (JobId id : ids) {
            assertThatThrownBy(() -> queue.dequeue(BUILD, id)).isInstanceOf(JobQueueException.NotPending.class);
        }
    }

    @Test
    @DisplayName("CAN-2 [must]: a finished job stays as it is, and says so")
    void finishedJobCannotBeCanceled() {
        JobId succeeded = enqueue(BUILD);
        succeed(succeeded);
        JobId failed = enqueue(BUILD);
        fail(failed);
        for (JobId id : List.of(succeeded, failed)) {
            JobStatus<RawJson> before = queue.status(id);
            assertThatThrownBy(() -> queue.cancel(id, "stop"))
                    .isInstanceOfSatisfying(
                            JobQueueException.AlreadyFinished.class,
                            e -> assertThat(e.state()).isEqualTo(before.state()));
            assertThatThrownBy(() -> queue.cancelGraph(id, "stop"))
                    .isInstanceOf(JobQueueException.AlreadyFinished.class);
            assertThat(queue.status(id)).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("CAN-2 [must]: canceling twice is fine, the first reason stays")
    void cancelingTwiceIsFine() {
        JobId id = enqueue(BUILD);
        queue.cancel(id, "first");
        JobStatus<RawJson> before = queue.status(id);
        pass(TICK);
        queue.cancel(id, "second");
        assertThat(queue.cancelGraph(id, "third")).isZero();
        assertThat(queue.status(id)).isEqualTo(before);
    }

    @Test
    @DisplayName("CAN-3 [must]: the worker learns it at its next heartbeat, report or finish, with the reason")
    void workerLearnsIt() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        queue.cancel(id, "stop");
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(STOP);
        assertThat(queue.report(job.token(), number(1))).isEqualTo(STOP);
        assertThat(job.heartbeat()).isEqualTo(STOP);
        assertThat(job.cancelReason()).contains("stop");
        assertThat(job.ended()).isTrue();
        assertThat(queue.finish(job.token(), new JobOutcome.Succeeded(number(1))))
                .isEqualTo(STOP);
        assertThat(queue.finish(job.token(), new JobOutcome.Failed(error("x")))).isEqualTo(STOP);
        assertThat(queue.running(job.token())).isEmpty();
        assertThat(queue.status(id).result()).isEmpty();
    }

    @Test
    @DisplayName("CAN-3 [must]: for at least an hour, also when the history is pruned")
    void workerLearnsItForAnHour() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        queue.cancel(id, "stop");
        for (int minutes = 0; minutes < 60; minutes += 20) {
            assertThat(queue.prune(NOW, 10)).isZero();
            assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(STOP);
            pass(Duration.ofMinutes(20).minus(TICK));
        }
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(STOP);
        pass(Duration.ofMinutes(1));
        assertThat(queue.prune(NOW, 10)).isEqualTo(1);
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.LOST);
    }

    @Test
    @DisplayName("CAN-3 [must]: the token of an earlier attempt is LOST, not CANCELED")
    void earlierAttemptIsLost() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> first = take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        RunningJob<RawJson, RawJson> second = take(id);
        queue.cancel(id, "stop");
        assertThat(queue.heartbeat(List.of(first.token(), second.token()))).containsExactly(TokenAnswer.LOST, STOP);
    }

    @Test
    @DisplayName("CAN-4, DEP-3 [must]: dependents of a canceled job run or fail by the kind of their edge")
    void dependentsFollow() {
        JobId id = enqueue(OTHER);
        JobId required = enqueue(BUILD.job(null).requires(id));
        JobId depends = enqueue(BUILD.job(null).dependsOn(id));
        JobId below = enqueue(TEST.job(null).dependsOn(required));
        RunningJob<RawJson, RawJson> job = take(id);
        queue.cancel(id, "stop");
        assertThat(states(List.of(required, depends, below)))
                .containsExactly(JobState.FAILED, JobState.READY, JobState.READY);
        assertThat(queue.status(required).error().orElseThrow().code())
                .isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertThat(takeAll()).containsExactly(depends, below);
        assertThat(job.heartbeat()).isEqualTo(STOP);
    }

    @Test
    @DisplayName("CAN-5 [must]: cancelGraph cancels the job and whatever unfinished only it needs, in one step")
    void cancelGraphCancelsWhatOnlyItNeeds() {
        JobId done = enqueue(OTHER);
        succeed(done);
        JobId shared = enqueue(OTHER);
        JobId own = enqueue(OTHER.job(null).dependsOn(done));
        JobId running = enqueue(OTHER.job(null).priority(1));
        RunningJob<RawJson, RawJson> job = take(running);
        JobId middle = enqueue(BUILD.job(null).requires(own, shared, running));
        JobId root = enqueue(BUILD.job(null).requires(middle, done));
        JobId other = enqueue(BUILD.job(null).dependsOn(shared));
        JobId above = enqueue(TEST.job(null).dependsOn(root));
        assertThat(queue.cancelGraph(root, "stop")).isEqualTo(4);
        assertThat(states(List.of(root, middle, own, running))).containsOnly(JobState.CANCELED);
        assertThat(states(List.of(done, shared, other, above)))
                .containsExactly(JobState.SUCCEEDED, JobState.READY, JobState.BLOCKED, JobState.READY);
        assertThat(queue.status(own).cancelReason()).contains("stop");
        assertThat(job.heartbeat()).isEqualTo(STOP);
        succeed(shared);
        assertThat(takeAll()).containsExactly(other, above);
    }

    @Test
    @DisplayName("CAN-5 [must]: a job below is needed by an unfinished dependent outside, not by a finished one")
    void finishedDependentsNeedNothing() {
        JobId low = enqueue(OTHER);
        JobId finished = enqueue(BUILD.job(null).dependsOn(low));
        queue.cancel(finished, "before");
        JobId root = enqueue(BUILD.job(null).dependsOn(low));
        assertThat(queue.cancelGraph(root, "stop")).isEqualTo(2);
        assertThat(states(List.of(low, root))).containsOnly(JobState.CANCELED);
        assertThat(queue.status(finished).cancelReason()).contains("before");
    }

    @Test
    @DisplayName("CAN-5 [must]: the search goes on below a finished job in between")
    void searchGoesThroughFinishedJobs() {
        JobId low = enqueue(OTHER);
        JobId between = enqueue(OTHER.job(null).dependsOn(low));
        JobId root = enqueue(BUILD.job(null).dependsOn(between));
        queue.finishPending(between, new JobOutcome.Succeeded(RawJson.NULL));
        assertThat(queue.cancelGraph(root, "stop")).isEqualTo(2);
        assertThat(states(List.of(low, between, root)))
                .containsExactly(JobState.CANCELED, JobState.SUCCEEDED, JobState.CANCELED);
    }

    @Test
    @DisplayName("CAN-5 [must]: the search goes on below a job that stays, too")
    void searchGoesOnBelowJobsThatStay() {
        JobId low = enqueue(OTHER);
        JobId between = enqueue(OTHER.job(null).dependsOn(low));
        JobId shared = enqueue(OTHER.job(null).dependsOn(between));
        JobId other = enqueue(OTHER.job(null).dependsOn(shared));
        JobId root = enqueue(BUILD.job(null).dependsOn(shared));
        queue.finishPending(between, new JobOutcome.Succeeded(RawJson.NULL));
        assertThat(queue.cancelGraph(root, "stop")).isEqualTo(2);
        assertThat(states(List.of(low, root))).containsOnly(JobState.CANCELED);
        assertThat(states(List.of(shared, other))).containsExactly(JobState.READY, JobState.BLOCKED);
    }

    @Test
    @DisplayName("CAN-5 [must]: cancel alone leaves what is below")
    void cancelLeavesWhatIsBelow() {
        JobId low = enqueue(OTHER);
        JobId root = enqueue(BUILD.job(null).requires(low));
        queue.cancel(root, "stop");
        assertThat(states(List.of(low, root))).containsExactly(JobState.READY, JobState.CANCELED);
    }

    @Test
    @DisplayName("CAN-1, P12 [must]: a canceled dependency frees its dependents, removing an unfinished one is refused")
    void unfinishedDependencyCannotBeRemoved() {
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).dependsOn(dependency));
        assertThatThrownBy(() -> queue.delete(dependency)).isInstanceOf(JobQueueException.Invalid.class);
        assertThat(queue.prune(NOW, 10)).isZero();
        assertThat(state(id)).isEqualTo(JobState.BLOCKED);
        queue.cancel(dependency, "");
        assertThat(takeAll()).containsExactly(id);
    }
}
