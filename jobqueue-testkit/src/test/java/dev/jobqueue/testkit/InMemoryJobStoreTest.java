package dev.jobqueue.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.Receipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the contract does not say of the reference store: restarts of a store in memory, large graphs, undone items. */
class InMemoryJobStoreTest {
    private static final TypeName TYPE = TypeName.parse("build");
    private static final Selector SELECTOR = Selector.of(List.of(TYPE));
    private static final int LARGE = 100_000;

    private final ManualClock clock = new ManualClock();
    private final InMemoryJobStore store = new InMemoryJobStore(clock);

    // ---- reopen

    @Test
    void reopenKeepsJobsTokensAndPausesAndClosesTheOldStore() {
        JobId id = insert(job());
        JobToken token = claim().token();
        store.pause(new PauseScope.Type(TYPE));

        InMemoryJobStore reopened = store.reopen();

        assertThat(reopened.running(List.of(token)).get(0).orElseThrow().job().id())
                .isEqualTo(id);
        assertThat(reopened.paused()).containsExactly(new PauseScope.Type(TYPE));
        assertThatThrownBy(store::counts).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(store::reopen).isInstanceOf(JobQueueException.Closed.class);
    }

    @Test
    void reopenStartsHeartbeatAgesAgain() {
        insert(job());
        claim();
        clock.advance(Duration.ofMinutes(5));

        InMemoryJobStore reopened = store.reopen();

        assertThat(reopened.stale(Duration.ZERO, 10)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(reopened.stale(Duration.ZERO, 10))
                .extracting(StaleJob::silence)
                .containsExactly(Duration.ofSeconds(1));
    }

    @Test
    void reopenTellsTheRunningTimeByTheWallClock() {
        JobId id = insert(job(Optional.of(Duration.ofMinutes(10)), Optional.empty()));
        claim();
        clock.advance(Duration.ofMinutes(2));
        clock.stepWall(Duration.ofMinutes(9));

        InMemoryJobStore reopened = store.reopen();

        ExpireRequest request = new ExpireRequest(Duration.ofMinutes(1), 10, 0);
        assertThat(reopened.expire(request).items()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(reopened.expire(request).items()).containsExactly(id);
        assertThat(reopened.find(List.of(id), Set.of())
                        .get(0)
                        .orElseThrow()
                        .status()
                        .attempts())
                .extracting(Attempt::end)
                .containsExactly(Optional.of(Attempt.End.TIMED_OUT));
    }

    @Test
    void reopenCountsNoNegativeRunningTime() {
        JobId id = insert(job(Optional.of(Duration.ofMinutes(10)), Optional.empty()));
        JobToken token = claim().token();
        clock.stepWall(Duration.ofHours(-3));

        InMemoryJobStore reopened = store.reopen();

        clock.advance(Duration.ofMinutes(10).plusMillis(1));
        reopened.heartbeat(List.of(token));
        assertThat(reopened.expire(new ExpireRequest(Duration.ZERO, 10, 0)).items())
                .containsExactly(id);
    }

    @Test
    void reopenForgetsDemand() {
        TypeChannel pair = new TypeChannel(TYPE, JobOptions.DEFAULT_CHANNEL);
        store.demand(List.of(SELECTOR));
        assertThat(store.sinceDemand(pair)).contains(Duration.ZERO);

        assertThat(store.reopen().sinceDemand(pair)).isEmpty();
    }

    // ---- tokens and pages

    @Test
    void tokenOfAnAttemptThatIsNotKeptIsForgotten() {
        JobId id = insert(job());
        JobToken first = claim().token();
        JobToken last = first;
        for (int i = 0; i < Attempt.KEPT; i++) {
            finish(last, new JobOutcome.Released(Duration.ZERO));
            last = claim().token();
        }
        assertThat(finish(first, new JobOutcome.Released(Duration.ZERO))).isEqualTo(TokenAnswer.DONE);

        finish(last, new JobOutcome.Released(Duration.ZERO));

        assertThat(finish(first, new JobOutcome.Released(Duration.ZERO))).isEqualTo(TokenAnswer.LOST);
        assertThat(status(id).attempts()).hasSize(Attempt.KEPT);
        assertThat(status(id).attempts().get(0).number()).isEqualTo(2);
    }

    @Test
    void wordOfAnotherStoreIsNoPage() {
        JobQuery query = JobQuery.finished(TYPE, JobOptions.DEFAULT_CHANNEL);

        assertThatThrownBy(() -> store.list(query, Page.Request.first(1).after("page two")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("page two");
    }

    @Test
    void closedStoreStillTellsItsTraits() {
        store.close();
        store.close();

        assertThat(store.traits().capabilities()).isEmpty();
        assertThatThrownBy(store::counts).isInstanceOf(JobQueueException.Closed.class);
    }

    // ---- refused items

    @Test
    void finishWithRefusedFollowUpsIsUndoneWithItsCascade() {
        JobId root = insert(job());
        JobId released = insert(job(root, false));
        JobId failed = insert(job(root, true));
        JobToken token = claim().token();
        List<JobStatus<RawJson>> before = statuses(root, released, failed);

        Receipt<Answer<TokenAnswer>> receipt = store.finish(List.of(
                new FinishRequest(token, failure(), 0, List.of(job(root, true), job(JobId.create(), false)))));

        assertThat(receipt.items().get(0)).isInstanceOf(Answer.Refused.class);
        assertThat(receipt.changes().ready()).isEmpty();
        assertThat(receipt.changes().ended()).isEmpty();
        assertThat(statuses(root, released, failed)).isEqualTo(before);
        assertThat(store.counts())
                .extracting(count -> count.state() + " " + count.count())
                .containsExactlyInAnyOrder("RUNNING 1", "BLOCKED 2");
        assertThat(finish(token, failure())).isEqualTo(TokenAnswer.DONE);
        assertThat(statuses(released, failed))
                .extracting(JobStatus::state)
                .containsExactly(JobState.READY, JobState.FAILED);
    }

    @Test
    void keyOfTheFinishingJobIsFreeForItsFollowUp() {
        NewJob first = job(Optional.empty(), Optional.of("k"));
        NewJob next = job(Optional.empty(), Optional.of("k"));
        insert(first);

        store.finish(List.of(new FinishRequest(claim().token(), success(), 0, List.of(next))));

        assertThat(status(next.job().id()).state()).isEqualTo(JobState.READY);
        NewJob third = job(Optional.empty(), Optional.of("k"));
        assertThat(insertAll(third).get(0).id()).isEqualTo(next.job().id());
    }

    // ---- large graphs

    @Test
    @Timeout(20)
    void longChainFailsAndIsPruned() {
        List<NewJob> chain = new ArrayList<>();
        chain.add(job());
        while (chain.size() < LARGE) {
            chain.add(job(chain.get(chain.size() - 1).job().id(), true));
        }
        insertAll(chain.toArray(NewJob[]::new));

        assertThat(finish(claim().token(), failure())).isEqualTo(TokenAnswer.DONE);

        JobStatus<RawJson> last = status(chain.get(LARGE - 1).job().id());
        assertThat(last.state()).isEqualTo(JobState.FAILED);
        assertThat(last.error().orElseThrow().details().toString()).contains("\"length\":" + (LARGE - 1));
        assertThat(store.prune(Duration.ZERO, LARGE)).isEqualTo(LARGE);
    }

    @Test
    @Timeout(20)
    void wideGraphRunsAndIsCanceledAsAWhole() {
        NewJob root = job();
        List<NewJob> graph = new ArrayList<>(List.of(root));
        List<Dependency> middle = new ArrayList<>();
        for (int i = 0; i < LARGE; i++) {
            NewJob job = job(root.job().id(), true);
            graph.add(job);
            middle.add(new Dependency(job.job().id(), true));
        }
        NewJob top =
                new NewJob(new Job<>(JobId.create(), TYPE, RawJson.NULL, middle, JobOptions.DEFAULT), Duration.ZERO);
        graph.add(top);
        insertAll(graph.toArray(NewJob[]::new));

        finish(claim().token(), success());
        for (int i = 0; i < LARGE / 2; i++) {
            finish(claim().token(), success());
        }

        assertThat(store.closure(top.job().id(), LARGE)).isInstanceOf(Answer.Refused.class);
        Receipt<Answer<Integer>> canceled =
                store.cancel(List.of(new CancelRequest(top.job().id(), "enough", true)));
        assertThat(canceled.items()).containsExactly(Answer.accepted(LARGE / 2 + 1));
        assertThat(store.delete(top.job().id())).isEqualTo(Answer.accepted(LARGE + 2));
        assertThat(store.counts()).isEmpty();
    }

    // ---- short forms

    private JobId insert(NewJob job) {
        return insertAll(job).get(0).id();
    }

    private List<Enqueued> insertAll(NewJob... jobs) {
        return ((Answer.Accepted<List<Enqueued>>)
                        store.insert(List.of(List.of(jobs))).items().get(0))
                .value();
    }

    private ClaimedJob claim() {
        return store.claim(new ClaimRequest(SELECTOR, List.of(new ClaimSlot(JobToken.create(), "worker"))))
                .jobs()
                .get(0);
    }

    private TokenAnswer finish(JobToken token, JobOutcome outcome) {
        return ((Answer.Accepted<TokenAnswer>) store.finish(List.of(new FinishRequest(token, outcome, 0, List.of())))
                        .items()
                        .get(0))
                .value();
    }

    private JobStatus<RawJson> status(JobId id) {
        return store.find(List.of(id), Set.of(Part.values()))
                .get(0)
                .orElseThrow()
                .status();
    }

    private List<JobStatus<RawJson>> statuses(JobId... ids) {
        return List.of(ids).stream().map(this::status).toList();
    }

    private static NewJob job(Dependency... dependencies) {
        return new NewJob(
                new Job<>(JobId.create(), TYPE, RawJson.NULL, List.of(dependencies), JobOptions.DEFAULT),
                Duration.ZERO);
    }

    private static NewJob job(Optional<Duration> timeout, Optional<String> uniqueKey) {
        JobOptions options = new JobOptions(
                JobOptions.DEFAULT_CHANNEL,
                0,
                1,
                Backoff.NONE,
                0,
                Optional.empty(),
                Optional.empty(),
                timeout,
                uniqueKey);
        return new NewJob(new Job<>(JobId.create(), TYPE, RawJson.NULL, List.of(), options), Duration.ZERO);
    }

    private static NewJob job(JobId dependency, boolean required) {
        return job(new Dependency(dependency, required));
    }

    private static JobOutcome success() {
        return new JobOutcome.Succeeded(RawJson.NULL);
    }

    private static JobOutcome failure() {
        return new JobOutcome.Failed(new JobError(7, ErrorClass.INTERNAL, "broken", RawJson.NULL, true));
    }
}
