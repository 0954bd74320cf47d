package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.Maintenance;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules RET-1 and RET-2: what is removed, and what stays because somebody needs it. */
@Tag(Level.MUST)
public abstract class RetentionContract extends AreaContract {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    @DisplayName("RET-1 [must]: prune removes finished jobs as old as the limit, in any final state")
    void pruneRemovesOldJobs() {
        JobId succeeded = enqueue(BUILD);
        succeed(succeeded);
        JobId failed = enqueue(BUILD);
        fail(failed);
        JobId canceled = enqueue(BUILD);
        queue.cancel(canceled, "");
        pass(DAY.minus(TICK));
        assertThat(queue.prune(DAY, 10)).isZero();
        JobId young = enqueue(BUILD);
        succeed(young);
        pass(TICK);
        assertThat(queue.prune(DAY, 10)).isEqualTo(3);
        assertRemoved(succeeded, failed, canceled);
        assertThat(state(young)).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.prune(DAY, 10)).isZero();
    }

    @Test
    @DisplayName("RET-1, P12, F13 [must]: unfinished jobs are never removed")
    void unfinishedJobsStay() {
        JobId dependency = enqueue(OTHER);
        JobId running = enqueue(TEST);
        RunningJob<RawJson, RawJson> job = take(running);
        List<JobId> ids = List.of(
                dependency,
                enqueue(BUILD.job(null).dependsOn(dependency)),
                enqueue(BUILD.job(null).delay(Duration.ofDays(100))),
                running);
        pass(DAY);
        assertThat(queue.prune(NOW, 100)).isZero();
        for (JobId id : ids) {
            assertThatThrownBy(() -> queue.delete(id)).isInstanceOf(JobQueueException.Invalid.class);
        }
        succeed(job);
        succeed(dependency);
        assertThat(takeAll()).containsExactly(ids.get(1));
    }

    @Test
    @DisplayName("RET-1 [must]: a dependency stays while anyone has it, and its result stays readable")
    void neededDependencyStays() {
        JobId low = enqueue(OTHER);
        JobId middle = enqueue(OTHER.job(null).dependsOn(low));
        JobId id = enqueue(BUILD.job(null).dependsOn(middle, low));
        take(low).succeed(number(1));
        take(middle).succeed(number(2));
        pass(DAY);
        assertThat(queue.prune(NOW, 10)).isZero();
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(job.dependencies())
                .extracting(d -> d.result().orElseThrow().toString())
                .containsExactly("2", "1");
        assertThat(queue.prune(NOW, 10)).isZero();
        succeed(job);
        assertThat(queue.prune(DAY, 10)).as("the last one is too young").isZero();
        assertThat(queue.prune(NOW, 10)).isEqualTo(3);
        assertRemoved(low, middle, id);
    }

    @Test
    @DisplayName("RET-1 [must]: prune goes on downward, oldest finish first, at most as many as asked")
    void pruneGoesOnDownward() {
        List<JobId> chain = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            JobRequest<RawJson, RawJson> request = BUILD.job(null);
            chain.add(enqueue(i == 0 ? request : request.requires(chain.get(i - 1))));
        }
        for (JobId id : chain) {
            succeed(id);
            pass(TICK);
        }
        JobId alone = enqueue(TEST);
        succeed(alone);
        assertThat(queue.prune(NOW, 3)).isEqualTo(3);
        assertRemoved(chain.get(9), chain.get(8), chain.get(7));
        assertThat(state(chain.get(6))).isEqualTo(JobState.SUCCEEDED);
        assertThat(state(alone)).as("finished last").isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.prune(NOW, 100)).isEqualTo(8);
        assertRemoved(chain.get(0), alone);
    }

    @Test
    @DisplayName("RET-1 [must]: a removed job leaves nothing: its token, its id and its lists are gone")
    void removedJobLeavesNothing() {
        JobRequest<RawJson, RawJson> request = BUILD.job(null).uniqueKey("k");
        enqueue(request);
        RunningJob<RawJson, RawJson> job = take(request.id());
        succeed(job);
        assertThat(queue.prune(NOW, 10)).isEqualTo(1);
        assertRemoved(request.id());
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.LOST);
        assertThat(queue.finish(job.token(), new JobOutcome.Succeeded(RawJson.NULL)))
                .isEqualTo(TokenAnswer.LOST);
        assertThatThrownBy(() -> queue.enqueue(TEST.job(null).dependsOn(request)))
                .isInstanceOf(JobQueueException.Invalid.class);
        assertThat(queue.enqueue(request).created()).isTrue();
    }

    @Test
    @DisplayName("RET-1 [must]: Maintenance prunes by itself")
    void maintenancePrunes() {
        JobId id = enqueue(BUILD);
        succeed(id);
        pass(DAY);
        JobId young = enqueue(BUILD);
        succeed(young);
        try (Maintenance maintenance = Maintenance.of(queue)
                .retention(DAY)
                .pruneInterval(Duration.ofMillis(5))
                .start()) {
            assertThat(maintenance).isNotNull();
            Awaitility.await()
                    .atMost(fixture.soon())
                    .pollInterval(Duration.ofMillis(5))
                    .untilAsserted(() -> assertRemoved(id));
        }
        assertThat(state(young)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("RET-2, P12 [must]: delete removes the job and what only it needs")
    void deleteRemovesWhatOnlyItNeeds() {
        JobId shared = enqueue(OTHER);
        JobId own = enqueue(OTHER);
        JobId middle = enqueue(OTHER.job(null).dependsOn(own, shared));
        JobId root = enqueue(BUILD.job(null).requires(middle, own));
        JobId other = enqueue(TEST.job(null).dependsOn(shared));
        succeed(shared, own, middle);
        succeed(root);
        assertThat(queue.delete(root)).isEqualTo(3);
        assertRemoved(root, middle, own);
        assertThat(states(List.of(shared, other))).containsExactly(JobState.SUCCEEDED, JobState.READY);
        assertThat(takeAll()).containsExactly(other);
    }

    @Test
    @DisplayName("RET-2 [must]: refused if a job depends on it, whatever its state; the message names it")
    void deleteIsRefusedWhileNeeded() {
        JobId low = enqueue(OTHER);
        JobId dependent = enqueue(BUILD.job(null).dependsOn(low));
        succeed(low);
        assertThatThrownBy(() -> queue.delete(low))
                .isInstanceOf(JobQueueException.Invalid.class)
                .hasMessageContaining(dependent.toString());
        succeed(dependent);
        assertThatThrownBy(() -> queue.delete(low)).isInstanceOf(JobQueueException.Invalid.class);
        assertThat(queue.delete(dependent)).isEqualTo(2);
    }

    @Test
    @DisplayName("RET-2 [must]: refused if it or what it needs is unfinished; the message names it, nothing is removed")
    void deleteIsRefusedIfUnfinished() {
        JobId low = enqueue(OTHER);
        JobId middle = enqueue(BUILD.job(null).dependsOn(low));
        queue.finishPending(middle, new JobOutcome.Succeeded(RawJson.NULL));
        assertThatThrownBy(() -> queue.delete(middle))
                .isInstanceOf(JobQueueException.Invalid.class)
                .hasMessageContaining(low.toString());
        JobId ready = enqueue(BUILD);
        assertThatThrownBy(() -> queue.delete(ready))
                .isInstanceOf(JobQueueException.Invalid.class)
                .hasMessageContaining(ready.toString());
        assertThat(states(List.of(low, middle, ready)))
                .containsExactly(JobState.READY, JobState.SUCCEEDED, JobState.READY);
        succeed(low);
        assertThat(queue.delete(middle)).isEqualTo(2);
    }

    private void assertRemoved(JobId... ids) {
        for (JobId id : ids) {
            assertThatThrownBy(() -> queue.job(id)).isInstanceOf(JobQueueException.NotFound.class);
        }
    }
}
