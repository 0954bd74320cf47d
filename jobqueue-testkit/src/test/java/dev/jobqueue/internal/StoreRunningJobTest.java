package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A running job in the hands of a caller. */
class StoreRunningJobTest {
    private static final JobType<String, Integer> BUILD = JobType.of("build", String.class, Integer.class);
    private static final JobError ERROR = new JobError(7, ErrorClass.CLIENT, "broken", RawJson.NULL, true);

    private final Store store = new Store();
    private final JobQueue queue = JobQueue.on(store);

    /** Leaves results out of claims, and cannot be reached for a finish, if it is told so. */
    private static final class Store extends DelegatingJobStore {
        private boolean withoutResults;
        private boolean unavailable;
        private int finishes;

        Store() {
            super(new InMemoryJobStore());
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            return withoutResults
                    ? new Claimed(
                            claimed.jobs().stream().map(Store::withoutResults).toList(),
                            claimed.more(),
                            claimed.nextDue())
                    : claimed;
        }

        private static ClaimedJob withoutResults(ClaimedJob job) {
            List<DependencyOutcome<RawJson>> bare = job.dependencies().stream()
                    .map(d -> new DependencyOutcome<RawJson>(
                            d.id(), d.type(), d.required(), d.state(), Optional.empty(), d.error()))
                    .toList();
            return new ClaimedJob(job.job(), job.token(), job.attempt(), bare, false);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            finishes++;
            if (unavailable) {
                throw new JobQueueException.StoreUnavailable("down", null);
            }
            return super.finish(requests);
        }
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private RunningJob<String, Integer> take() throws InterruptedException {
        return queue.dequeue(BUILD, Duration.ZERO).orElseThrow();
    }

    private RunningJob<String, Integer> run(String args) throws InterruptedException {
        queue.enqueue(BUILD.job(args));
        return take();
    }

    @Test
    @DisplayName("tells what the job is, decoded, and answers heartbeats and reports while it runs")
    void tellsWhatItIs() throws Exception {
        JobRequest<String, Integer> request = BUILD.variant("x").job("args");
        queue.enqueue(request);
        RunningJob<String, Integer> job =
                queue.dequeue(BUILD.variant("x"), Duration.ZERO).orElseThrow();
        assertThat(job.id()).isEqualTo(request.id());
        assertThat(job.type()).hasToString("build:x");
        assertThat(job.args()).isEqualTo("args");
        assertThat(job.job()).isEqualTo(queue.job(job.id()));
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.sinceDequeue().orElseThrow()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
        assertThat(job.heartbeat()).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(job.report(List.of(1, 2))).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(queue.status(job.id()).progress()).contains(RawJson.of("[1,2]"));
        assertThat(job.ended()).isFalse();
        assertThat(job.cancelReason()).isEmpty();
    }

    @Test
    @DisplayName("each end of the attempt reaches the store and is noted, in all views of it")
    void endsAreNoted() throws Exception {
        RunningJob<String, Integer> succeeds = run("a");
        RunningJob<RawJson, RawJson> view = succeeds.as(JobType.raw("build"));
        assertThat(succeeds.succeed(5)).isEqualTo(TokenAnswer.DONE);
        assertThat(view.ended()).isTrue();
        assertThat(queue.status(BUILD, succeeds.id()).result()).contains(5);
        RunningJob<String, Integer> fails = run("b");
        assertThat(fails.fail(ERROR)).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.status(fails.id()).error()).contains(ERROR);
        RunningJob<String, Integer> released = run("c");
        assertThat(released.release(Duration.ofHours(1))).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.status(released.id()).state()).isEqualTo(JobState.SCHEDULED);
        RunningJob<String, Integer> follows = run("d");
        JobRequest<String, Integer> next = BUILD.job("e");
        assertThat(follows.finish(new JobOutcome.Succeeded(RawJson.of("1")), List.of(next)))
                .isEqualTo(TokenAnswer.DONE);
        RunningJob<String, Integer> again = take();
        assertThat(again.id()).isEqualTo(next.id());
        JobRequest<String, Integer> last = BUILD.job("f");
        assertThat(again.succeed(1, List.of(last))).isEqualTo(TokenAnswer.DONE);
        assertThat(take().id()).isEqualTo(last.id());
        assertThat(List.of(fails.ended(), released.ended(), follows.ended(), again.ended()))
                .doesNotContain(false);
    }

    @Test
    @DisplayName("CAN-3: a cancel is noted with its reason")
    void cancelIsNoted() throws Exception {
        RunningJob<String, Integer> job = run("a");
        queue.cancel(job.id(), "enough");
        assertThat(job.heartbeat()).isEqualTo(TokenAnswer.canceled("enough"));
        assertThat(job.ended()).isTrue();
        assertThat(job.cancelReason()).contains("enough");
    }

    @Test
    @DisplayName("a close gives back what was not finished, once, and never fails")
    void closeGivesBack() throws Exception {
        RunningJob<String, Integer> job = run("a");
        job.close();
        job.close();
        assertThat(store.finishes).isEqualTo(1);
        assertThat(queue.status(job.id()).state()).isEqualTo(JobState.READY);
        assertThat(queue.status(job.id()).failures()).isZero();
        RunningJob<String, Integer> again = take();
        store.unavailable = true;
        again.close();
        assertThat(again.ended()).isFalse();
        assertThat(store.finishes).isEqualTo(2);
        assertThat(queue.status(job.id()).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    @DisplayName("DEP-6, DEQ-10: outcomes of dependencies come with the job, or are read when asked for")
    void dependenciesAreReadWhenLeftOut() throws Exception {
        for (boolean without : List.of(false, true)) {
            store.withoutResults = without;
            RunningJob<String, Integer> succeeded = run("a");
            assertThat(succeeded.succeed(5)).isEqualTo(TokenAnswer.DONE);
            RunningJob<String, Integer> failed = run("b");
            assertThat(failed.fail(ERROR)).isEqualTo(TokenAnswer.DONE);
            JobId id = queue.enqueue(BUILD.job("c").dependsOn(succeeded.id(), failed.id()))
                    .id();
            RunningJob<String, Integer> job = take();
            assertThat(job.id()).isEqualTo(id);
            assertThat(job.dependencies())
                    .extracting(DependencyOutcome::id)
                    .containsExactly(succeeded.id(), failed.id());
            assertThat(job.dependencies().get(0).result()).contains(RawJson.of("5"));
            DependencyOutcome<Integer> first = job.dependency(0, BUILD);
            assertThat(first.id()).isEqualTo(succeeded.id());
            assertThat(first.result()).contains(5);
            DependencyOutcome<Integer> second = job.dependency(1, BUILD);
            assertThat(second.state()).isEqualTo(JobState.FAILED);
            assertThat(second.error()).contains(ERROR);
            assertThat(second.result()).isEmpty();
            assertThatThrownBy(() -> job.dependency(0, JobType.raw("other")))
                    .isInstanceOf(JobQueueException.TypeMismatch.class);
            assertThatThrownBy(() -> job.as(JobType.raw("other"))).isInstanceOf(JobQueueException.TypeMismatch.class);
            assertThat(job.succeed(null)).isEqualTo(TokenAnswer.DONE);
        }
    }
}
