package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.JobError;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.LibraryError;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules DEP-1 to DEP-10: when a job runs that depends on others, and what it learns of them. */
@Tag(Level.MUST)
public abstract class DependencyContract extends AreaContract {
    @Test
    @DisplayName("DEP-1 [must]: a job is blocked until all its dependencies are finished")
    void blockedUntilAllAreFinished() {
        JobId a = enqueue(OTHER);
        JobId b = enqueue(OTHER);
        JobId c = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).dependsOn(a, b).requires(c));
        assertBlocked(id);
        succeed(a);
        assertBlocked(id);
        RunningJob<RawJson, RawJson> job = take(b);
        assertBlocked(id);
        succeed(c);
        assertBlocked(id);
        succeed(job);
        assertThat(state(id)).isEqualTo(JobState.READY);
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DEP-1 [must]: each position blocks, whichever ends last")
    void eachPositionBlocks() {
        for (int last = 0; last < 3; last++) {
            List<JobId> ids = new ArrayList<>(ids(requests(OTHER, 3)));
            ids.forEach(id -> enqueue(OTHER.job(null).id(id)));
            JobId id = enqueue(BUILD.job(null).dependsOn(ids.get(0), ids.get(1)).requires(ids.get(2)));
            JobId waitedFor = ids.remove(last);
            ids.forEach(each -> queue.finishPending(each, new JobOutcome.Succeeded(RawJson.NULL)));
            assertBlocked(id);
            succeed(waitedFor);
            assertThat(takeAll()).containsExactly(id);
        }
    }

    private void assertBlocked(JobId id) {
        assertThat(state(id)).isEqualTo(JobState.BLOCKED);
        assertNothingReady();
    }

    @Test
    @DisplayName("DEP-1 [must]: a dependency that was released or waits for its next attempt still blocks")
    void retriedDependencyBlocks() {
        JobId dependency = enqueue(OTHER.job(null).attempts(2, Backoff.NONE));
        JobId id = enqueue(BUILD.job(null).requires(dependency));
        take(dependency).release(NOW);
        assertBlocked(id);
        fail(dependency);
        assertBlocked(id);
        succeed(dependency);
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DEP-2, F4 [must]: dependsOn runs whatever the outcome")
    void dependsOnRunsWhateverTheOutcome() {
        JobId failed = enqueue(OTHER);
        JobId canceled = enqueue(OTHER);
        JobId lost = enqueue(OTHER.job(null).recoveries(0));
        List<JobId> ids = new ArrayList<>();
        for (JobId dependency : List.of(failed, canceled, lost)) {
            ids.add(enqueue(BUILD.job(null).dependsOn(dependency)));
        }
        JobId last = enqueue(BUILD.job(null).dependsOn(failed, canceled, lost));
        fail(failed);
        queue.cancel(canceled, "");
        take(lost);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        ids.add(last);
        assertThat(takeAll()).containsExactlyElementsOf(ids);
    }

    @Test
    @DisplayName("DEP-3, S-b [must]: a job whose required dependency fails becomes FAILED at once and never runs")
    void requiredFailureFailsTheJob() {
        JobId dependency = enqueue(OTHER);
        JobId other = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).requires(dependency).dependsOn(other));
        fail(dependency);
        assertThat(state(id)).as("though another dependency is unfinished").isEqualTo(JobState.FAILED);
        JobStatus<RawJson> status = queue.status(id);
        JobError error = status.error().orElseThrow();
        assertThat(error.code()).isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertThat(error.reason()).contains(dependency.toString());
        assertThat(status.attempts()).isEmpty();
        assertThat(status.failures()).isZero();
        assertThat(status.times().unblocked()).as("ended while blocked").isEmpty();
        succeed(other);
        assertNothingReady();
        assertThat(state(id)).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("DEP-3 [must]: a required dependency that was canceled fails the job")
    void requiredCancelFailsTheJob() {
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).requires(dependency));
        queue.cancel(dependency, "not wanted");
        assertThat(state(id)).isEqualTo(JobState.FAILED);
        assertThat(queue.status(id).error().orElseThrow().code()).isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertNothingReady();
    }

    @Test
    @DisplayName("DEP-3 [must]: and so on down the graph, up to dependsOn")
    void failureGoesDownTheGraph() {
        JobId root = enqueue(OTHER);
        JobId middle = enqueue(BUILD.job(null).requires(root));
        JobId low = enqueue(BUILD.job(null).requires(middle));
        JobId tolerant = enqueue(TEST.job(null).dependsOn(middle, low));
        JobId afterTolerant = enqueue(BUILD.job(null).requires(tolerant));
        fail(root);
        assertThat(states(List.of(middle, low, tolerant, afterTolerant)))
                .containsExactly(JobState.FAILED, JobState.FAILED, JobState.READY, JobState.BLOCKED);
        succeed(tolerant);
        assertThat(takeAll()).containsExactly(afterTolerant);
    }

    @Test
    @DisplayName("DEP-3 [must]: also when the dependency ends by heartbeat, by finishPending or by its last attempt")
    void everyFailureCounts() {
        JobId lost = enqueue(OTHER.job(null).recoveries(0));
        JobId afterLost = enqueue(BUILD.job(null).requires(lost));
        take(lost);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        JobId ended = enqueue(OTHER);
        JobId afterEnded = enqueue(BUILD.job(null).requires(ended));
        queue.finishPending(ended, new JobOutcome.Failed(error("from outside")));
        JobId retried = enqueue(OTHER.job(null).attempts(2, Backoff.NONE));
        JobId afterRetried = enqueue(BUILD.job(null).requires(retried));
        fail(retried);
        assertThat(state(afterRetried)).as("attempts are left").isEqualTo(JobState.BLOCKED);
        fail(retried);
        assertThat(states(List.of(afterLost, afterEnded, afterRetried)))
                .containsExactly(JobState.FAILED, JobState.FAILED, JobState.FAILED);
    }

    @Test
    @DisplayName("DEP-3 [must]: also at enqueue, when it has already happened")
    void failureBeforeTheEnqueue() {
        JobId failed = enqueue(OTHER);
        fail(failed);
        JobId canceled = enqueue(OTHER);
        queue.cancel(canceled, "");
        JobId open = enqueue(OTHER);
        JobRequest<RawJson, RawJson> afterFailed =
                BUILD.job(null).dependsOn(open).requires(failed);
        JobRequest<RawJson, RawJson> afterCanceled =
                BUILD.job(null).requires(canceled).delay(Duration.ofDays(1));
        JobRequest<RawJson, RawJson> below = BUILD.job(null).requires(afterFailed);
        JobRequest<RawJson, RawJson> tolerant = TEST.job(null).dependsOn(below, afterCanceled);
        assertThat(queue.enqueueAll(List.of(afterFailed, afterCanceled, below, tolerant)))
                .extracting(e -> e.state())
                .containsExactly(JobState.FAILED, JobState.FAILED, JobState.FAILED, JobState.READY);
        assertThat(queue.status(afterFailed.id()).error().orElseThrow().code())
                .isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertThat(takeAll()).containsExactly(tolerant.id());
    }

    @Test
    @DisplayName("DEP-3 [must]: an id named both ways is required, at each of its positions")
    void namedBothWaysIsRequired() {
        JobId dependency = enqueue(OTHER);
        JobId first = enqueue(BUILD.job(null).requires(dependency).dependsOn(dependency));
        JobId second = enqueue(BUILD.job(null).dependsOn(dependency).requires(dependency));
        assertThat(queue.status(second).dependencies())
                .extracting(DependencyOutcome::required)
                .containsExactly(true, true);
        assertThat(queue.job(second).dependencies())
                .as("as given")
                .extracting(d -> d.required())
                .containsExactly(false, true);
        fail(dependency);
        assertThat(states(List.of(first, second))).containsExactly(JobState.FAILED, JobState.FAILED);
    }

    @Test
    @DisplayName("DEP-4, CAN-4, S-a [must]: canceled counts as finished, no dependent waits for ever")
    void canceledCountsAsFinished() {
        JobId ready = enqueue(OTHER);
        JobId blocked = enqueue(OTHER.job(null).dependsOn(ready));
        JobId scheduled = enqueue(OTHER.job(null).delay(Duration.ofDays(1)));
        JobId running = enqueue(OTHER.job(null).priority(1));
        take(running);
        JobId id = enqueue(BUILD.job(null).dependsOn(ready, blocked, scheduled, running));
        for (JobId dependency : List.of(blocked, scheduled, running, ready)) {
            assertBlocked(id);
            queue.cancel(dependency, "");
        }
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DEP-6, P1 [must]: the outcomes come by position, duplicates included, with state, result and error")
    void outcomesComeByPosition() {
        List<JobId> ids = ids(requests(OTHER, 5));
        ids.forEach(id -> enqueue(OTHER.job(null).id(id)));
        JobId id = enqueue(BUILD.job(null)
                .dependsOn(ids.get(3), ids.get(0))
                .requires(ids.get(4))
                .dependsOn(ids.get(2), ids.get(1), ids.get(3)));
        JobError broke = error("it broke");
        take(ids.get(0)).succeed(number(10));
        take(ids.get(1)).fail(broke);
        take(ids.get(2)).finish(new JobOutcome.Failed(broke, Optional.of(number(12))), List.of());
        queue.cancel(ids.get(3), "");
        take(ids.get(4)).succeed(null);
        List<DependencyOutcome<RawJson>> expected = List.of(
                outcome(ids.get(3), false, JobState.CANCELED, null, null),
                outcome(ids.get(0), false, JobState.SUCCEEDED, number(10), null),
                outcome(ids.get(4), true, JobState.SUCCEEDED, RawJson.NULL, null),
                outcome(ids.get(2), false, JobState.FAILED, number(12), broke),
                outcome(ids.get(1), false, JobState.FAILED, null, broke),
                outcome(ids.get(3), false, JobState.CANCELED, null, null));
        assertThat(queue.status(id).dependencies()).containsExactlyElementsOf(expected);
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(job.dependencies()).containsExactlyElementsOf(expected);
        succeed(job);
        assertThat(queue.status(id).dependencies()).containsExactlyElementsOf(expected);
    }

    private static DependencyOutcome<RawJson> outcome(
            JobId id, boolean required, JobState state, @Nullable RawJson result, @Nullable JobError error) {
        return new DependencyOutcome<>(
                id, OTHER.name(), required, state, Optional.ofNullable(result), Optional.ofNullable(error));
    }

    @Test
    @DisplayName("DEP-6 [must]: the status of a blocked job shows unfinished dependencies too")
    void statusShowsUnfinishedDependencies() {
        JobId ready = enqueue(OTHER);
        JobId blocked = enqueue(OTHER.job(null).dependsOn(ready));
        JobId id = enqueue(BUILD.job(null).dependsOn(blocked, ready));
        assertThat(queue.status(id).dependencies())
                .containsExactly(
                        outcome(blocked, false, JobState.BLOCKED, null, null),
                        outcome(ready, false, JobState.READY, null, null));
        succeed(ready);
        assertThat(queue.status(id).dependencies())
                .containsExactly(
                        outcome(blocked, false, JobState.READY, null, null),
                        outcome(ready, false, JobState.SUCCEEDED, RawJson.NULL, null));
    }

    @Test
    @DisplayName("DEP-6 [must]: outcomes survive other jobs that come and go")
    void outcomesSurviveOtherJobs() {
        List<JobId> ids = ids(requests(OTHER, 6));
        for (int i = 0; i < 6; i++) {
            enqueue(OTHER.job(null).id(ids.get(i)));
        }
        List<JobId> shuffled = new ArrayList<>(ids);
        Collections.reverse(shuffled);
        JobId doomed = enqueue(TEST.job(null));
        JobId id = enqueue(BUILD.job(null).dependencies(shuffled, false));
        queue.cancel(doomed, "");
        queue.delete(doomed);
        enqueue(TEST.job(null).dependencies(ids, false));
        for (int i = 0; i < 6; i++) {
            take(ids.get(i)).succeed(number(i));
        }
        List<DependencyOutcome<RawJson>> outcomes = take(id).dependencies();
        assertThat(outcomes).extracting(DependencyOutcome::id).containsExactlyElementsOf(shuffled);
        assertThat(outcomes)
                .extracting(o -> o.result().orElseThrow().toString())
                .containsExactly("5", "4", "3", "2", "1", "0");
    }

    @Test
    @DisplayName("DEP-7 [must]: a failure is not copied into dependsOn dependents, the graph answers for the whole")
    void graphAnswersForTheWhole() {
        JobId low = enqueue(OTHER);
        JobId middle = enqueue(OTHER.job(null).requires(low));
        JobId beside = enqueue(OTHER);
        JobId root = enqueue(BUILD.job(null).dependsOn(middle, beside));
        assertThat(queue.graph(root).outcome()).isEqualTo(JobGraph.Outcome.PENDING);
        fail(low);
        assertThat(queue.graph(root).outcome())
                .as("the job itself is unfinished")
                .isEqualTo(JobGraph.Outcome.PENDING);
        succeed(beside);
        succeed(root);
        assertThat(state(root)).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(root).error()).isEmpty();
        JobGraph graph = queue.graph(root);
        assertThat(graph.outcome()).isEqualTo(JobGraph.Outcome.FAILED);
        assertThat(graph.causes()).as("the lowest failed jobs").containsExactly(low);
        assertThat(graph.jobs()).containsOnlyKeys(low, middle, beside, root);
        assertThat(graph.jobs())
                .containsEntry(
                        middle,
                        new JobGraph.Node(middle, OTHER.name(), JobState.FAILED, List.of(new Dependency(low, true))))
                .containsEntry(beside, new JobGraph.Node(beside, OTHER.name(), JobState.SUCCEEDED, List.of()));
    }

    @Test
    @DisplayName("DEP-7 [must]: causes come each once, in enqueue order; a failed root is a cause itself")
    void causesComeOnce() {
        List<JobId> ids = ids(requests(OTHER, 3));
        ids.forEach(id -> enqueue(OTHER.job(null).id(id)));
        JobId left = enqueue(BUILD.job(null).dependsOn(ids.get(2), ids.get(0)));
        JobId right = enqueue(BUILD.job(null).dependsOn(ids.get(1), ids.get(0)));
        JobId root = enqueue(TEST.job(null).dependsOn(right, left));
        ids.forEach(this::fail);
        succeed(left);
        succeed(right);
        succeed(root);
        assertThat(queue.graph(root).causes()).containsExactlyElementsOf(ids);
        JobId alone = enqueue(BUILD);
        fail(alone);
        assertThat(queue.graph(alone).outcome()).isEqualTo(JobGraph.Outcome.FAILED);
        assertThat(queue.graph(alone).causes()).containsExactly(alone);
    }

    @Test
    @DisplayName("DEP-7 [must]: a graph with a canceled job and no failed one is CANCELED, else SUCCEEDED")
    void graphCanceledOrSucceeded() {
        JobId canceled = enqueue(OTHER);
        JobId root = enqueue(BUILD.job(null).dependsOn(canceled));
        queue.cancel(canceled, "");
        succeed(root);
        assertThat(queue.graph(root).outcome()).isEqualTo(JobGraph.Outcome.CANCELED);
        assertThat(queue.graph(root).causes()).isEmpty();
        JobId fine = enqueue(BUILD);
        JobId above = enqueue(TEST.job(null).dependsOn(fine));
        succeed(fine, above);
        assertThat(queue.graph(above).outcome()).isEqualTo(JobGraph.Outcome.SUCCEEDED);
        JobId refused = enqueue(BUILD);
        queue.cancel(refused, "");
        assertThat(queue.graph(refused).outcome()).isEqualTo(JobGraph.Outcome.CANCELED);
    }

    @Test
    @DisplayName("DEP-8, F12 [must]: duplicates in the list release once")
    void duplicatesReleaseOnce() {
        JobId a = enqueue(OTHER);
        JobId b = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).dependsOn(a, a).requires(b, a, b));
        succeed(a);
        assertBlocked(id);
        succeed(b);
        assertThat(takeAll()).containsExactly(id);
        JobId late = enqueue(BUILD.job(null).dependsOn(a, a));
        assertThat(takeAll()).containsExactly(late);
        assertThat(queue.dependents(a, Page.Request.first(10)).items()).containsExactly(id, late);
    }

    @Test
    @DisplayName(
            "DEP-10 [must]: a job failed by its required dependency counts as finished while its other dependencies run")
    void failedJobCountsAsFinished() {
        JobId runs = enqueue(OTHER.job(null).priority(1));
        RunningJob<RawJson, RawJson> running = take(runs);
        JobId fails = enqueue(OTHER);
        JobId middle = enqueue(OTHER.job(null).requires(fails).dependsOn(runs));
        JobId id = enqueue(BUILD.job(null).dependsOn(middle));
        fail(fails);
        assertThat(state(middle)).isEqualTo(JobState.FAILED);
        assertThat(takeAll()).containsExactly(id);
        succeed(running);
    }

    @Test
    @DisplayName(
            "DEP-10 [must]: a canceled job counts as finished while its dependencies or its former worker still run")
    void canceledJobCountsAsFinished() {
        JobId low = enqueue(OTHER);
        RunningJob<RawJson, RawJson> below = take(low);
        JobId blocked = enqueue(OTHER.job(null).dependsOn(low));
        JobId runs = enqueue(OTHER);
        RunningJob<RawJson, RawJson> former = take(runs);
        JobId first = enqueue(BUILD.job(null).dependsOn(blocked));
        JobId second = enqueue(BUILD.job(null).dependsOn(runs));
        queue.cancel(blocked, "");
        queue.cancel(runs, "");
        assertThat(takeAll()).containsExactly(first, second);
        assertThat(former.succeed(null).verdict()).isEqualTo(TokenAnswer.Verdict.CANCELED);
        succeed(below);
        assertNothingReady();
    }
}
