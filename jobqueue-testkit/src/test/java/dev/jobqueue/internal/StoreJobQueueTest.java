package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.Enqueued;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Explanation;
import dev.jobqueue.FinishAnswer;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobError;
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
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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

    @Test
    @DisplayName("DUR-5: after a close each call says so, and the store hears of none")
    void eachCallSaysClosed() {
        JobId id = queue.enqueue(BUILD.job(null)).id();
        JobToken token = JobToken.create();
        queue.close();
        Map<String, ThrowingCallable> calls = Map.ofEntries(
                Map.entry("enqueue", () -> queue.enqueue(BUILD.job(null))),
                Map.entry("enqueueAll", () -> queue.enqueueAll(List.of())),
                Map.entry("dequeue", () -> queue.dequeue(BUILD, Duration.ZERO)),
                Map.entry("dequeueAsync", () -> queue.dequeueAsync(DequeueRequest.of(Selector.of(BUILD)))),
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
        calls.forEach((name, call) -> assertThatThrownBy(call).as(name).isInstanceOf(JobQueueException.Closed.class));
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

    private JobId enqueue() {
        return queue.enqueue(BUILD.job(null)).id();
    }

    private RunningJob<RawJson, RawJson> take() throws InterruptedException {
        return queue.dequeue(BUILD, Duration.ZERO).orElseThrow();
    }

    @Test
    @DisplayName("nothing to do is done without the store")
    void emptyCallsAreAnswered() {
        assertThat(queue.enqueueAll(List.of())).isEmpty();
        assertThat(queue.heartbeat(List.of())).isEmpty();
        assertThat(queue.finishAll(Map.of())).isEmpty();
        assertThat(queue.finishAll(List.of())).isEmpty();
        assertThat(store.jitters).isEmpty();
        assertThat(queue.options()).isEqualTo(QueueOptions.DEFAULT);
    }

    @Test
    @DisplayName("ENQ-2: the answers of a graph come in the order of the call, in whatever order its jobs are stored")
    void answersComeInTheOrderOfTheCall() {
        JobRequest<RawJson, RawJson> first = BUILD.job(null);
        JobRequest<RawJson, RawJson> second = BUILD.job(null).dependsOn(first);
        JobRequest<RawJson, RawJson> third = BUILD.job(null).dependsOn(second);
        assertThat(queue.enqueueAll(List.of(third, first, second)))
                .extracting(Enqueued::id)
                .containsExactly(third.id(), first.id(), second.id());
        assertThat(queue.enqueueAll(List.of(first, second, third)))
                .extracting(Enqueued::created)
                .containsExactly(false, false, false);
    }

    @Test
    @DisplayName("DEQ-4: an interrupt that came before the call ends it, and no job is taken")
    void interruptBeforeTheCall() {
        enqueue();
        Thread.currentThread().interrupt();
        assertThatThrownBy(this::take).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(queue.counts()).containsExactly(new JobCount(pair(), JobState.READY, 1));
    }

    private static TypeChannel pair() {
        return new TypeChannel(BUILD.name(), "default");
    }

    @Test
    @DisplayName("DEQ-2: a job has the worker that the request names, else the one of the options")
    void workersAreNamed() throws Exception {
        enqueue();
        enqueue();
        JobQueue named = JobQueue.on(store, QueueOptions.DEFAULT.worker("of-the-options"));
        RunningJob<RawJson, RawJson> first = named.dequeue(BUILD, Duration.ZERO).orElseThrow();
        RunningJob<RawJson, RawJson> second = named.dequeueBatch(DequeueRequest.of(Selector.of(BUILD))
                        .timeout(Duration.ZERO)
                        .worker("of-the-request"))
                .get(0);
        assertThat(queue.status(first.id()).attempts().get(0).worker()).isEqualTo("of-the-options");
        assertThat(queue.status(second.id()).attempts().get(0).worker()).isEqualTo("of-the-request");
        named.close();
    }

    @Test
    @DisplayName("HB-1, HB-7, FIN-1: calls by token reach the job, alone and in lists")
    void callsByToken() throws Exception {
        JobId id = enqueue();
        JobToken token = take().token();
        JobToken unknown = JobToken.create();
        assertThat(queue.running(token))
                .hasValueSatisfying(job -> assertThat(job.id()).isEqualTo(id));
        assertThat(queue.running(unknown)).isEmpty();
        assertThat(queue.heartbeat(List.of(unknown, token))).containsExactly(TokenAnswer.LOST, TokenAnswer.CONTINUE);
        assertThat(queue.report(token, RawJson.of("1"))).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(queue.status(id).progress()).contains(RawJson.of("1"));
        Awaitility.await().until(() -> queue.stale(Duration.ZERO).size() == 1);
        assertThat(queue.stale(Duration.ofHours(1))).isEmpty();
        JobRequest<RawJson, RawJson> followUp = BUILD.job(null);
        assertThat(queue.finishAll(
                        List.of(new JobFinish(unknown, OK, List.of()), new JobFinish(token, OK, List.of(followUp)))))
                .extracting(FinishAnswer::answer)
                .containsExactly(Optional.of(TokenAnswer.LOST), Optional.of(TokenAnswer.DONE));
        assertThat(queue.finishAll(Map.of(take().token(), OK))).containsExactly(TokenAnswer.DONE);
        assertThat(queue.status(followUp.id()).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("FIN-7: of many finishes, the one whose follow-ups are refused says why, and the others are done")
    void refusedFollowUpsSayWhy() throws Exception {
        enqueue();
        enqueue();
        JobToken first = take().token();
        JobToken second = take().token();
        JobId unknown = JobId.create();
        List<FinishAnswer> answers = queue.finishAll(List.of(
                new JobFinish(first, OK, List.of(BUILD.job(null).dependsOn(unknown))),
                new JobFinish(second, OK, List.of())));
        assertThat(answers.get(0).answer()).isEmpty();
        assertThat(answers.get(0).refusal().orElseThrow()).hasMessageContaining(unknown.toString());
        assertThat(answers.get(1).answer()).contains(TokenAnswer.DONE);
        assertThatThrownBy(() -> queue.finish(first, OK, List.of(BUILD.job(null).dependsOn(unknown))))
                .isInstanceOf(JobQueueException.Invalid.class);
        assertThat(queue.finish(first, OK)).isEqualTo(TokenAnswer.DONE);
    }

    @Test
    @DisplayName("CAN-1, CAN-5, FIN-6: a job or a graph ends from outside")
    void endsFromOutside() {
        JobId alone = enqueue();
        queue.cancel(alone, "why");
        assertThat(queue.status(alone).cancelReason()).contains("why");
        JobId below = enqueue();
        JobId top = queue.enqueue(BUILD.job(null).dependsOn(below)).id();
        assertThat(queue.cancelGraph(top, "all")).isEqualTo(2);
        assertThat(queue.cancelGraph(top, "all")).isZero();
        JobId pending = enqueue();
        queue.finishPending(pending, new JobOutcome.Succeeded(RawJson.of("3")));
        assertThat(queue.status(pending).result()).contains(RawJson.of("3"));
        assertThatThrownBy(() -> queue.finishPending(pending, OK))
                .isInstanceOf(JobQueueException.AlreadyFinished.class);
        assertThatThrownBy(() -> queue.cancel(pending, "")).isInstanceOf(JobQueueException.AlreadyFinished.class);
        assertThatThrownBy(() -> queue.cancel(JobId.create(), "")).isInstanceOf(JobQueueException.NotFound.class);
    }

    @Test
    @DisplayName("QRY-1, QRY-2, QRY-5, TYP-1: reads are decoded, and refused for another type")
    void reads() throws Exception {
        JobType<String, Integer> typed = JobType.of("build", String.class, Integer.class);
        JobId id = queue.enqueue(typed.job("args")).id();
        JobId dependent = queue.enqueue(BUILD.job(null).dependsOn(id)).id();
        assertThat(queue.jobType(id)).isEqualTo(BUILD.name());
        assertThat(queue.job(typed, id).args()).isEqualTo("args");
        assertThat(queue.status(typed, id).result()).isEmpty();
        assertThat(queue.await(typed, id, Duration.ZERO)).isEmpty();
        assertThatThrownBy(() -> queue.await(JobType.raw("other"), id, Duration.ZERO))
                .isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThat(take().succeed(RawJson.of("5"))).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.status(typed, id).result()).contains(5);
        assertThat(queue.await(typed, id, Duration.ZERO).orElseThrow().result()).contains(5);
        assertThat(queue.await(id, Duration.ZERO).orElseThrow().result()).contains(RawJson.of("5"));
        JobType<RawJson, RawJson> other = JobType.raw("other");
        assertThatThrownBy(() -> queue.job(other, id)).isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThatThrownBy(() -> queue.status(other, id)).isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThatThrownBy(() -> queue.await(other, id, Duration.ZERO))
                .isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThatThrownBy(() -> queue.dequeue(other, dependent)).isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThatThrownBy(() -> queue.status(JobId.create())).isInstanceOf(JobQueueException.NotFound.class);
        assertThat(queue.graph(dependent).jobs()).containsOnlyKeys(id, dependent);
        assertThat(queue.dependents(id, Page.Request.first(10)).items()).containsExactly(dependent);
        assertThat(queue.list(JobQuery.finished(BUILD.name(), "default"), Page.Request.first(10))
                        .items())
                .extracting(status -> status.result())
                .containsExactly(Optional.of(RawJson.of("5")));
        assertThat(queue.counts()).containsExactly(new JobCount(pair(), JobState.READY, 1));
        assertThat(queue.explain(dependent).reason()).isEqualTo(Explanation.Reason.QUEUED);
    }

    @Test
    @DisplayName("QRY-3, RET-1, RET-2, HB-2: pauses, sweeps and removals reach the store")
    void keeping() throws Exception {
        PauseScope scope = new PauseScope.Family("build");
        queue.pause(scope);
        assertThat(queue.paused()).containsExactly(scope);
        JobId id = enqueue();
        assertThat(queue.dequeue(BUILD, Duration.ZERO)).isEmpty();
        queue.resume(scope);
        assertThat(queue.paused()).isEmpty();
        JobQueue impatient = JobQueue.on(store, QueueOptions.DEFAULT.heartbeatLimit(Duration.ofMillis(1)));
        take();
        List<JobId> expired = new ArrayList<>();
        Awaitility.await().until(() -> expired.addAll(impatient.expire(10)));
        assertThat(expired).containsExactly(id);
        assertThat(take().succeed(null)).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.prune(Duration.ofHours(1), 10)).isZero();
        assertThat(queue.prune(Duration.ZERO, 10)).isEqualTo(1);
        JobId last = enqueue();
        queue.cancel(last, "");
        assertThat(queue.delete(last)).isEqualTo(1);
        assertThatThrownBy(() -> queue.delete(last)).isInstanceOf(JobQueueException.NotFound.class);
        impatient.close();
    }

    @Test
    @DisplayName("DUR-5: a close wakes those who wait for a job, or for the end of one")
    void closeWakes() {
        JobId id = queue.enqueue(JobType.raw("other").job(null)).id();
        ExecutorService executor = Executors.newCachedThreadPool();
        List<Thread> waiting = new CopyOnWriteArrayList<>();
        List<Future<?>> calls = List.of(
                executor.submit(() -> {
                    waiting.add(Thread.currentThread());
                    return queue.dequeue(BUILD);
                }),
                executor.submit(() -> {
                    waiting.add(Thread.currentThread());
                    return queue.await(id, Duration.ofHours(1));
                }));
        Awaitility.await().until(() -> waiting.size() == 2 && waiting.stream().allMatch(StoreJobQueueTest::waits));
        queue.close();
        for (Future<?> call : calls) {
            assertThat(call)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(JobQueueException.Closed.class);
        }
        executor.shutdownNow();
    }

    private static boolean waits(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }

    private static Set<Thread> pollers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("jobqueue-poll"))
                .collect(Collectors.toSet());
    }

    @Test
    @DisplayName("calls that are combined have the answers of calls that are not; a close ends the poll")
    void combinedCalls() throws Exception {
        JobQueue combining = JobQueue.on(new DelegatingJobStore(new InMemoryJobStore()) {
            @Override
            public Traits traits() {
                return new Traits(super.traits().capabilities(), 100, Optional.of(Duration.ofHours(1)), true);
            }
        });
        Set<Thread> polls = pollers();
        assertThat(polls).isNotEmpty();
        JobId id = combining.enqueue(BUILD.job(null)).id();
        RunningJob<RawJson, RawJson> job =
                combining.dequeue(BUILD, Duration.ZERO).orElseThrow();
        assertThat(job.heartbeat()).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(job.report(1)).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(job.fail(new JobError(7, ErrorClass.CLIENT, "broken", RawJson.NULL, true)))
                .isEqualTo(TokenAnswer.DONE);
        assertThat(combining.status(id).state()).isEqualTo(JobState.FAILED);
        JobId canceled = combining.enqueue(BUILD.job(null)).id();
        assertThat(combining.cancelGraph(canceled, "")).isEqualTo(1);
        combining.close();
        assertThat(polls.stream().filter(Thread::isAlive).count()).isLessThan(polls.size());
    }
}
