package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobFinish;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the queue does itself, whatever store is below it. */
class StoreJobQueueTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final JobOutcome OK = new JobOutcome.Succeeded(RawJson.NULL);

    private final StaysOpen store = new StaysOpen();
    private final JobQueue queue = JobQueue.on(store);

    /** Goes on after its close, and notes what it is told. */
    private static final class StaysOpen extends DelegatingJobStore {
        private final List<Double> jitters = new ArrayList<>();
        private int closed;
        private int subscriptions;
        private boolean unknown;

        StaysOpen() {
            super(new InMemoryJobStore());
        }

        @Override
        public Subscription subscribe(Consumer<Changes> listener) {
            subscriptions++;
            Subscription subscription = super.subscribe(listener);
            return () -> {
                subscriptions--;
                subscription.close();
            };
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            requests.forEach(request -> jitters.add(request.jitter()));
            return super.finish(requests);
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            jitters.add(request.jitter());
            return super.expire(request);
        }

        @Override
        public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
            Answer<ClaimedJob> answer = super.claim(id, slot);
            if (unknown) {
                unknown = false;
                throw new JobQueueException.OutcomeUnknown("the answer was lost", null, List.of(id), List.of());
            }
            return answer;
        }

        @Override
        public void close() {
            closed++;
        }
    }

    @TestFactory
    @DisplayName("DUR-5: after a close each call says so, and the store hears of none")
    Stream<DynamicTest> eachCallSaysClosed() {
        JobId id = queue.enqueue(BUILD.job(null)).id();
        JobToken token = JobToken.create();
        queue.close();
        Map<String, ThrowingCallable> calls = Map.ofEntries(
                Map.entry("enqueue", () -> queue.enqueue(BUILD.job(null))),
                Map.entry("enqueueAll", () -> queue.enqueueAll(List.of())),
                Map.entry("dequeue", () -> queue.dequeue(BUILD, Duration.ZERO)),
                Map.entry("dequeue by id", () -> queue.dequeue(BUILD, id)),
                Map.entry("running", () -> queue.running(token)),
                Map.entry("jobOf", () -> queue.jobOf(token)),
                Map.entry("heartbeat", () -> queue.heartbeat(List.of(token))),
                Map.entry("report", () -> queue.report(token, RawJson.NULL)),
                Map.entry("finish", () -> queue.finish(token, OK)),
                Map.entry("finishAll of outcomes", () -> queue.finishAll(Map.of(token, OK))),
                Map.entry("finishAll", () -> queue.finishAll(List.of(new JobFinish(token, OK, List.of())))),
                Map.entry("stale", () -> queue.stale(Duration.ZERO)),
                Map.entry("cancel", () -> queue.cancel(id, "")),
                Map.entry("cancelGraph", () -> queue.cancelGraph(id, "")),
                Map.entry("finishPending", () -> queue.finishPending(id, OK)),
                Map.entry("jobType", () -> queue.jobType(id)),
                Map.entry("job", () -> queue.job(id)),
                Map.entry("status", () -> queue.status(id)),
                Map.entry("await", () -> queue.await(id, Duration.ZERO)),
                Map.entry("graph", () -> queue.graph(id)),
                Map.entry("dependents", () -> queue.dependents(id, Page.Request.first(1))),
                Map.entry(
                        "list",
                        () -> queue.list(
                                JobQuery.unfinished(BUILD.name(), "default", JobState.READY), Page.Request.first(1))),
                Map.entry("counts", queue::counts),
                Map.entry("explain", () -> queue.explain(id)),
                Map.entry("pause", () -> queue.pause(new PauseScope.Family("build"))),
                Map.entry("resume", () -> queue.resume(new PauseScope.Family("build"))),
                Map.entry("paused", queue::paused),
                Map.entry("expire", () -> queue.expire(1)),
                Map.entry("prune", () -> queue.prune(Duration.ZERO, 1)),
                Map.entry("delete", () -> queue.delete(id)),
                Map.entry("wake", queue::wake));
        return calls.entrySet().stream()
                .map(call -> DynamicTest.dynamicTest(
                        call.getKey(),
                        () -> assertThatThrownBy(call.getValue()).isInstanceOf(JobQueueException.Closed.class)));
    }

    @Test
    @DisplayName("DUR-5: a close ends the subscription once and closes the store")
    void closeEndsTheSubscription() {
        assertThat(store.subscriptions).isEqualTo(1);
        queue.close();
        queue.close();
        assertThat(store.subscriptions).isZero();
        assertThat(store.closed).isPositive();
    }

    @Test
    @DisplayName("lists longer than a call takes are refused before any effect")
    void longListsAreRefused() {
        List<JobToken> tokens =
                IntStream.range(0, 10_001).mapToObj(i -> JobToken.create()).toList();
        assertThatThrownBy(() -> queue.heartbeat(tokens)).hasMessageContaining("10001");
        List<JobFinish> finishes = tokens.stream()
                .map(token -> new JobFinish(token, OK, List.of()))
                .toList();
        assertThatThrownBy(() -> queue.finishAll(finishes)).hasMessageContaining("10001");
        Map<JobToken, JobOutcome> outcomes = tokens.stream().collect(Collectors.toMap(token -> token, token -> OK));
        assertThatThrownBy(() -> queue.finishAll(outcomes)).hasMessageContaining("10001");
        assertThat(store.jitters).isEmpty();
    }

    @Test
    @DisplayName("FIN-3: each finish and each sweep has a jitter of its own between 0 and 1")
    void jitterIsDrawnAnew() {
        for (int i = 0; i < 20; i++) {
            queue.finish(JobToken.create(), OK);
            queue.expire(1);
        }
        assertThat(store.jitters)
                .hasSize(40)
                .doesNotHaveDuplicates()
                .allSatisfy(jitter -> assertThat(jitter).isBetween(0.0, 1.0));
    }

    @Test
    @DisplayName("DEQ-13: a claim by id whose answer was lost is repeated and gives the job")
    void claimByIdIsRepeated() {
        JobId id = queue.enqueue(BUILD.job(null)).id();
        store.unknown = true;
        RunningJob<RawJson, RawJson> job = queue.dequeue(BUILD, id);
        assertThat(job.id()).isEqualTo(id);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.toString())
                .contains("build", id.toString(), "attempt 1")
                .doesNotContain(job.token().value().toString());
        assertThat(job.sinceDequeue().orElseThrow()).isBetween(Duration.ZERO, Duration.ofMinutes(5));
    }

    @Test
    @DisplayName("ENQ-2: an enqueue whose outcome stays unknown names all its jobs, in either size")
    void unknownEnqueueNamesItsJobs() {
        JobQueue unreachable = JobQueue.on(new DelegatingJobStore(new InMemoryJobStore()) {
            @Override
            public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
                throw new JobQueueException.OutcomeUnknown("the answer was lost", null, List.of(), List.of());
            }
        });
        for (int size : List.of(1, 3)) {
            List<JobRequest<RawJson, RawJson>> requests =
                    IntStream.range(0, size).mapToObj(i -> BUILD.job(null)).toList();
            assertThatThrownBy(() -> unreachable.enqueueAll(requests))
                    .isInstanceOfSatisfying(
                            JobQueueException.OutcomeUnknown.class,
                            e -> assertThat(e.ids())
                                    .containsExactlyElementsOf(requests.stream()
                                            .map(JobRequest::id)
                                            .toList()));
        }
        unreachable.close();
    }

    @Test
    @DisplayName("DEQ-9: a batch at once takes what is there, in order")
    void batchAtOnce() throws Exception {
        List<JobId> ids = IntStream.range(0, 3)
                .mapToObj(i -> queue.enqueue(BUILD.job(null)).id())
                .toList();
        assertThat(queue.dequeueBatch(
                        DequeueRequest.of(Selector.of(BUILD)).max(10).timeout(Duration.ZERO)))
                .extracting(RunningJob::id)
                .containsExactlyElementsOf(ids);
    }
}
