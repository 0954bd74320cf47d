package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The decisions of a worker, step by step on a manual clock. */
class WorkerCoreTest {
    private static final JobType<RawJson, RawJson> A = JobType.raw("a");
    private static final JobType<RawJson, RawJson> B = JobType.raw("b");
    private static final JobOutcome OK = new JobOutcome.Succeeded(RawJson.NULL);
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final Duration FENCE = Duration.ofSeconds(90);
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final ManualClock clock = new ManualClock();
    private final List<List<JobToken>> heartbeats = new ArrayList<>();
    private final List<ClaimRequest> claims = new ArrayList<>();
    private final List<Integer> finishes = new ArrayList<>();
    private final JobQueue queue = JobQueue.on(
            new DelegatingJobStore(new InMemoryJobStore(clock)) {
                @Override
                public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
                    heartbeats.add(tokens);
                    return super.heartbeat(tokens);
                }

                @Override
                public Claimed claim(ClaimRequest request) {
                    claims.add(request);
                    return super.claim(request);
                }

                @Override
                public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
                    finishes.add(requests.size());
                    return super.finish(requests);
                }
            },
            QueueOptions.DEFAULT.clock(clock));
    private final List<String> events = new ArrayList<>();
    private final WorkerListener listener = new WorkerListener() {
        @Override
        public void succeeded(AttemptInfo attempt) {
            events.add("succeeded");
        }

        @Override
        public void failed(AttemptInfo attempt, JobError error) {
            events.add("failed " + error.code());
        }

        @Override
        public void released(AttemptInfo attempt, Duration delay) {
            events.add("released");
        }

        @Override
        public void stopRequested(AttemptInfo attempt, StopReason reason) {
            events.add("stop " + reason);
        }

        @Override
        public void canceled(AttemptInfo attempt, String reason) {
            events.add("canceled " + reason);
        }

        @Override
        public void lost(AttemptInfo attempt) {
            events.add("lost");
        }
    };

    @AfterEach
    void close() {
        queue.close();
    }

    private WorkerCore core(int concurrency, int prefetch, JobType<?, ?>... types) {
        return core(concurrency, prefetch, Map.of(), types);
    }

    private WorkerCore core(int concurrency, int prefetch, Map<JobType<?, ?>, Integer> limits, JobType<?, ?>... types) {
        Map<TypeName, Registration<?, ?>> handlers = new LinkedHashMap<>();
        for (JobType<?, ?> type : types) {
            handlers.put(
                    type.name(),
                    new Registration<>(type, context -> null, limits.getOrDefault(type, Registration.NO_LIMIT)));
        }
        Settings settings = new Settings(
                queue,
                handlers,
                Set.of("default"),
                Optional.empty(),
                concurrency,
                prefetch,
                HEARTBEAT.toNanos(),
                FENCE.toNanos(),
                GRACE.toNanos(),
                Duration.ZERO,
                false,
                clock::nanoTime,
                () -> 0);
        return new WorkerCore(settings, new Listeners(List.of(listener)), () -> {});
    }

    private List<JobId> enqueue(JobType<RawJson, RawJson> type, int count) {
        List<JobRequest<?, ?>> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(type.job(null));
        }
        queue.enqueueAll(requests);
        return requests.stream().map(JobRequest::id).toList();
    }

    /** Makes the next call of this lane; false if there is none. */
    private static boolean run(WorkerCore core, Lane lane) {
        Call<?> call = core.take(lane);
        if (call != null) {
            call.run();
        }
        return call != null;
    }

    private static Run<?, ?> claimAndStart(WorkerCore core) {
        assertThat(run(core, Lane.CLAIM)).isTrue();
        return requireNonNull(core.start());
    }

    private static List<Run<?, ?>> startAll(WorkerCore core) {
        List<Run<?, ?>> started = new ArrayList<>();
        for (@Nullable Run<?, ?> run = core.start(); run != null; run = core.start()) {
            started.add(run);
        }
        return started;
    }

    private JobState state(JobId id) {
        return queue.status(id).state();
    }

    private Attempt.End lastEnd(JobId id) {
        List<Attempt> attempts = queue.status(id).attempts();
        return attempts.get(attempts.size() - 1).end().orElseThrow();
    }

    // ---- heartbeats and fence

    @Test
    @DisplayName(
            "HB-1: one heartbeat call in an interval, for running and waiting jobs and for ends that are not sent yet")
    void oneHeartbeatForAll() {
        WorkerCore core = core(3, 0, A);
        enqueue(A, 3);
        run(core, Lane.CLAIM);
        Run<?, ?> first = requireNonNull(core.start());
        core.start();
        core.returned(first, OK);

        assertThat(run(core, Lane.HEARTBEAT)).isFalse();
        clock.advance(HEARTBEAT);
        assertThat(run(core, Lane.HEARTBEAT)).isTrue();
        assertThat(run(core, Lane.HEARTBEAT)).isFalse();
        assertThat(heartbeats).hasSize(1);
        assertThat(heartbeats.get(0)).hasSize(3);
    }

    @Test
    @DisplayName(
            "WRK-1: a handler must stop when the last confirmed heartbeat was sent too long ago, and nothing more is sent")
    void fence() {
        WorkerCore core = core(1, 0, A);
        JobId id = enqueue(A, 1).get(0);
        Run<?, ?> run = claimAndStart(core);
        clock.advance(HEARTBEAT);
        run(core, Lane.HEARTBEAT);
        clock.advance(FENCE);
        assertThat(run.canceled()).isFalse();
        clock.advance(Duration.ofNanos(1));

        assertThat(run.stopReason()).contains(StopReason.LOST);
        core.returned(run, OK);
        assertThat(run(core, Lane.FINISH)).isFalse();
        assertThat(run(core, Lane.HEARTBEAT)).isFalse();
        assertThat(state(id)).isEqualTo(JobState.RUNNING);
        assertThat(events).containsExactly("stop LOST", "lost");
    }

    @Test
    @DisplayName("WRK-1: what counts is when a heartbeat was sent, not when it was answered")
    void fenceGoesByTheSending() {
        WorkerCore core = core(1, 0, A);
        enqueue(A, 1);
        Run<?, ?> run = claimAndStart(core);
        clock.advance(HEARTBEAT);
        Call<?> call = requireNonNull(core.take(Lane.HEARTBEAT));
        clock.advance(Duration.ofSeconds(60));
        call.run();
        clock.advance(FENCE.minusSeconds(60));
        assertThat(run.canceled()).isFalse();
        clock.advance(Duration.ofNanos(1));

        assertThat(run.canceled()).isTrue();
    }

    @Test
    @DisplayName("WRK-1: a claim counts from its sending too")
    void claimCountsFromItsSending() throws InterruptedException {
        WorkerCore core = core(1, 0, A);
        enqueue(A, 1);
        claimLater(requireNonNull(core.take(Lane.CLAIM)), Duration.ofSeconds(89));
        Run<?, ?> run = requireNonNull(core.start());
        clock.advance(Duration.ofSeconds(1));
        assertThat(run.canceled()).isFalse();
        clock.advance(Duration.ofNanos(1));
        assertThat(run.canceled()).isTrue();
    }

    private <T> void claimLater(Call<T> call, Duration time) throws InterruptedException {
        T jobs = call.send();
        clock.advance(time);
        call.answered(jobs);
    }

    @Test
    @DisplayName("WRK-1: a handler that returned after its fence is not believed, and a job does not start behind it")
    void nothingBehindTheFence() throws InterruptedException {
        WorkerCore core = core(1, 0, A);
        enqueue(A, 1);
        claimLater(requireNonNull(core.take(Lane.CLAIM)), FENCE.plusNanos(1));
        assertThat(core.start()).isNull();
        assertThat(events).containsExactly("lost");

        enqueue(A, 1);
        Run<?, ?> run = claimAndStart(core);
        clock.advance(FENCE.plusNanos(1));
        core.returned(run, OK);
        assertThat(run(core, Lane.FINISH)).isFalse();
        assertThat(events).containsExactly("lost", "lost");
    }

    @Test
    @DisplayName("WRK-1: the clock stops a handler that does not ask")
    void clockStops() {
        WorkerCore core = core(1, 0, A);
        enqueue(A, 1);
        Run<?, ?> run = claimAndStart(core);
        List<String> called = new ArrayList<>();
        run.onCancel(() -> called.add("first"));
        clock.advance(FENCE.plusNanos(1));
        core.tick();
        run.onCancel(() -> called.add("at once"));

        assertThat(called).containsExactly("first", "at once");
        assertThat(events).containsExactly("stop LOST");
    }

    @Test
    @DisplayName("WRK-2, CAN-3: after CANCELED nothing more is sent, and the handler knows the reason")
    void canceled() {
        WorkerCore core = core(2, 0, A);
        List<JobId> ids = enqueue(A, 2);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> runs = startAll(core);
        queue.cancel(ids.get(0), "enough");
        clock.advance(HEARTBEAT);
        run(core, Lane.HEARTBEAT);

        assertThat(runs.get(0).stopReason()).contains(StopReason.CANCELED);
        assertThat(runs.get(0).cancelReason()).contains("enough");
        assertThat(runs.get(1).canceled()).isFalse();
        assertThat(events).containsExactly("stop CANCELED");
        core.returned(runs.get(0), OK);
        clock.advance(HEARTBEAT);
        run(core, Lane.HEARTBEAT);
        assertThat(run(core, Lane.FINISH)).isFalse();
        assertThat(heartbeats.get(1)).containsExactly(runs.get(1).job.token());
        assertThat(events).containsExactly("stop CANCELED", "canceled enough");
    }

    @Test
    @DisplayName(
            "WRK-2: a job that is lost before its handler starts is never started, one that waits to be ended is not ended")
    void lostBeforeOrAfterTheHandler() {
        WorkerCore core = core(2, 0, Map.of(A, 1), A, B);
        List<JobId> a = enqueue(A, 1);
        List<JobId> b = enqueue(B, 1);
        run(core, Lane.CLAIM);
        run(core, Lane.CLAIM);
        Run<?, ?> ended = requireNonNull(core.start());
        core.returned(ended, OK);
        a.forEach(id -> queue.cancel(id, "x"));
        b.forEach(id -> queue.cancel(id, "x"));
        clock.advance(HEARTBEAT);
        run(core, Lane.HEARTBEAT);

        assertThat(core.start()).isNull();
        assertThat(run(core, Lane.FINISH)).isFalse();
        assertThat(events).containsExactly("canceled x", "canceled x");
    }

    @Test
    @DisplayName("WRK-2: a heartbeat that arrives behind an accepted finish loses nothing")
    void heartbeatBehindAFinish() {
        WorkerCore core = core(1, 0, A);
        JobId id = enqueue(A, 1).get(0);
        Run<?, ?> run = claimAndStart(core);
        clock.advance(HEARTBEAT);
        Call<?> heartbeat = requireNonNull(core.take(Lane.HEARTBEAT));
        core.returned(run, OK);
        Call<?> finish = requireNonNull(core.take(Lane.FINISH));
        queue.finish(run.job.token(), OK);
        heartbeat.run();
        finish.run();

        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
        assertThat(events).containsExactly("succeeded");
    }

    @Test
    @DisplayName("WRK-2: what a heartbeat says during a finish that never reached the store holds afterwards")
    void lostDuringAFinishThatFailed() {
        WorkerCore core = core(1, 0, A);
        JobId id = enqueue(A, 1).get(0);
        Run<?, ?> run = claimAndStart(core);
        clock.advance(HEARTBEAT);
        Call<?> heartbeat = requireNonNull(core.take(Lane.HEARTBEAT));
        core.returned(run, OK);
        Call<?> finish = requireNonNull(core.take(Lane.FINISH));
        queue.cancel(id, "x");
        heartbeat.run();
        assertThat(events).isEmpty();
        finish.failed(new JobQueueException.StoreUnavailable("planned", null));
        clock.advance(Duration.ofSeconds(10));

        assertThat(run(core, Lane.FINISH)).isFalse();
        assertThat(events).containsExactly("canceled x");
    }

    // ---- time-outs

    @Test
    @DisplayName(
            "FIN-9, WRK-4: a handler over its timeout must stop; whatever it gives, the attempt ends with TIMED_OUT")
    void timeout() {
        WorkerCore core = core(1, 0, A);
        JobId id = queue.enqueue(A.job(null).timeout(Duration.ofSeconds(5))).id();
        Run<?, ?> run = claimAndStart(core);
        clock.advance(Duration.ofSeconds(5).minusNanos(1));
        assertThat(run.canceled()).isFalse();
        clock.advance(Duration.ofNanos(1));
        assertThat(run.stopReason()).contains(StopReason.TIMED_OUT);
        core.returned(run, OK);
        run(core, Lane.FINISH);

        assertThat(queue.status(id).error().orElseThrow().code()).isEqualTo(LibraryError.TIMED_OUT.code());
        assertThat(events).containsExactly("stop TIMED_OUT", "failed " + LibraryError.TIMED_OUT.code());
    }

    @Test
    @DisplayName(
            "FIN-9, WRK-4: an attempt whose handler does not stop ends without it, and keeps its place until it returns")
    void handlerThatDoesNotStop() {
        WorkerCore core = core(1, 0, A);
        JobId id = queue.enqueue(A.job(null).timeout(Duration.ofSeconds(5))).id();
        enqueue(A, 1);
        Run<?, ?> run = claimAndStart(core);
        clock.advance(Duration.ofSeconds(5));
        core.tick();
        clock.advance(GRACE.minusNanos(1));
        core.tick();
        assertThat(run(core, Lane.FINISH)).isFalse();
        clock.advance(Duration.ofNanos(1));
        core.tick();
        run(core, Lane.FINISH);

        assertThat(lastEnd(id)).isEqualTo(Attempt.End.FAILED);
        assertThat(core.take(Lane.CLAIM)).isNull();
        core.returned(run, OK);
        assertThat(core.take(Lane.FINISH)).isNull();
        assertThat(core.take(Lane.CLAIM)).isNotNull();
        assertThat(events).containsExactly("stop TIMED_OUT", "failed " + LibraryError.TIMED_OUT.code());
    }

    @Test
    @DisplayName("WRK-2: an attempt that is over while its handler does not stop is told of once")
    void lostWhileDetached() {
        WorkerCore core = core(1, 0, A);
        JobId id = queue.enqueue(A.job(null).timeout(Duration.ofSeconds(20))).id();
        Run<?, ?> run = claimAndStart(core);
        clock.advance(Duration.ofSeconds(20));
        core.tick();
        clock.advance(GRACE);
        core.tick();
        queue.cancel(id, "x");
        run(core, Lane.HEARTBEAT);
        core.returned(run, OK);

        assertThat(run(core, Lane.FINISH)).isFalse();
        assertThat(events).containsExactly("stop TIMED_OUT", "canceled x");
    }

    // ---- stop

    @Test
    @DisplayName("WRK-3: a stop claims nothing, gives back what waits, and releases what runs after its limit")
    void stop() {
        WorkerCore core = core(2, 0, Map.of(A, 1), A, B);
        List<JobId> a = enqueue(A, 2);
        run(core, Lane.CLAIM);
        Run<?, ?> run = requireNonNull(core.start());
        JobId waits = enqueue(B, 1).get(0);
        run(core, Lane.CLAIM);
        core.stop(Duration.ofSeconds(30));

        assertThat(core.take(Lane.CLAIM)).isNull();
        assertThat(core.start()).isNull();
        run(core, Lane.FINISH);
        assertThat(state(waits)).isEqualTo(JobState.READY);
        assertThat(lastEnd(waits)).isEqualTo(Attempt.End.RELEASED);
        assertThat(run.workerStopping()).isTrue();
        clock.advance(Duration.ofSeconds(30).minusNanos(1));
        assertThat(run.canceled()).isFalse();
        core.tick();
        assertThat(run.canceled()).isFalse();
        clock.advance(Duration.ofNanos(1));
        core.tick();
        assertThat(run.stopReason()).contains(StopReason.WORKER_STOPPED);
        assertThat(core.hasStopped()).isFalse();
        clock.advance(GRACE);
        core.tick();
        run(core, Lane.FINISH);

        assertThat(lastEnd(a.get(0))).isEqualTo(Attempt.End.RELEASED);
        assertThat(core.hasStopped()).isTrue();
        assertThat(events).containsExactly("released", "stop WORKER_STOPPED", "released");
    }

    @Test
    @DisplayName(
            "WRK-3: what a handler achieves before or after the limit is kept; an exception after it releases the job")
    void resultsDuringAStop() {
        WorkerCore core = core(3, 0, A);
        List<JobId> ids = enqueue(A, 3);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> runs = startAll(core);
        core.stop(Duration.ofSeconds(30));
        core.returned(runs.get(0), OK);
        clock.advance(Duration.ofSeconds(30));
        core.tick();
        core.returned(runs.get(1), OK);
        core.returned(
                runs.get(2),
                new JobOutcome.Failed(new JobError(1, ErrorClass.INTERNAL, "interrupted", RawJson.NULL, false)));
        run(core, Lane.FINISH);

        assertThat(ids.stream().map(this::state))
                .containsExactly(JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.READY);
        assertThat(core.hasStopped()).isTrue();
    }

    @Test
    @DisplayName("WRK-3: a claim that is answered after the stop is given back")
    void claimDuringAStop() throws InterruptedException {
        WorkerCore core = core(1, 0, A);
        JobId id = enqueue(A, 1).get(0);
        Call<?> claim = requireNonNull(core.take(Lane.CLAIM));
        core.stop(Duration.ZERO);
        assertThat(core.hasStopped()).isFalse();
        claimLater(claim, Duration.ZERO);
        assertThat(core.start()).isNull();
        run(core, Lane.FINISH);

        assertThat(lastEnd(id)).isEqualTo(Attempt.End.RELEASED);
        assertThat(core.hasStopped()).isTrue();
    }

    // ---- claims

    @Test
    @DisplayName("WRK-5: only types with a handler are asked for, and no more jobs than can start")
    void asksForWhatItCanRun() {
        WorkerCore core = core(3, 100, A);
        enqueue(B, 1);
        enqueue(A, 5);
        run(core, Lane.CLAIM);

        assertThat(claims.get(0).selector().types()).containsExactly(A.name());
        assertThat(claims.get(0).slots()).hasSize(3);
        assertThat(startAll(core)).hasSize(3);
        assertThat(core.take(Lane.CLAIM)).isNull();
    }

    @Test
    @DisplayName("WRK-4: a job of a type without a handler ends with NO_HANDLER")
    void noHandler() {
        WorkerCore core = core(1, 0, A);
        JobId id = enqueue(B, 1).get(0);
        ClaimCall claim = (ClaimCall) requireNonNull(core.take(Lane.CLAIM));
        claim.answered(List.of(queue.dequeue(B, id)));
        run(core, Lane.FINISH);

        assertThat(queue.status(id).error().orElseThrow().code()).isEqualTo(LibraryError.NO_HANDLER.code());
    }

    @Test
    @DisplayName("a type at its limit is not asked for until one of its jobs ends")
    void limitOfAType() {
        WorkerCore core = core(4, 0, Map.of(A, 1), A, B);
        enqueue(A, 2);
        run(core, Lane.CLAIM);
        assertThat(claims.get(0).slots()).hasSize(1);
        Run<?, ?> run = requireNonNull(core.start());
        run(core, Lane.CLAIM);
        assertThat(claims.get(1).selector().types()).containsExactly(B.name());
        core.returned(run, OK);
        run(core, Lane.CLAIM);

        assertThat(claims.get(2).selector().types()).containsExactlyInAnyOrder(A.name(), B.name());
    }

    /** Runs jobs of this length until so many have ended. */
    private void work(WorkerCore core, Duration length, int jobs) {
        for (int done = 0; done < jobs; ) {
            run(core, Lane.CLAIM);
            List<Run<?, ?>> runs = startAll(core);
            clock.advance(length);
            runs.forEach(run -> core.returned(run, OK));
            done += runs.size();
            run(core, Lane.FINISH);
        }
    }

    @Test
    @DisplayName("prefetch grows from nothing with short jobs, doubling, up to a batch")
    void prefetchGrows() {
        WorkerCore core = core(2, 50, A);
        enqueue(A, 400);
        work(core, Duration.ofMillis(1), 300);

        assertThat(claims.stream().map(claim -> claim.slots().size()))
                .startsWith(2, 2, 2)
                .contains(4, 6, 10, 18)
                // Less than half of the 50 are left when they are filled up.
                .endsWith(2 + 26);
    }

    @Test
    @DisplayName("prefetch is what the worker does in a fifth of a second")
    void prefetchGoesByTheLength() {
        WorkerCore core = core(2, 1_000, A);
        enqueue(A, 400);
        work(core, Duration.ofMillis(20), 200);

        assertThat(claims.stream().mapToInt(claim -> claim.slots().size()).max().orElseThrow())
                .isBetween(2 + 8, 2 + 20);
    }

    /** A worker whose jobs have proved to be short, and that has none. */
    private WorkerCore idleAfterShortJobs(int prefetch) {
        WorkerCore core = core(2, prefetch, A);
        enqueue(A, 12_000);
        work(core, Duration.ZERO, 10_000);
        for (List<Run<?, ?>> runs = startAll(core); !runs.isEmpty(); runs = startAll(core)) {
            runs.forEach(run -> core.returned(run, OK));
        }
        while (run(core, Lane.FINISH)) {}
        claims.clear();
        return core;
    }

    @Test
    @DisplayName("of short jobs a second claim may be under way; both together take no more than prefetch")
    void secondClaim() {
        WorkerCore core = idleAfterShortJobs(2_000);
        Call<?> first = requireNonNull(core.take(Lane.CLAIM));
        Call<?> second = requireNonNull(core.take(Lane.AHEAD));
        assertThat(core.take(Lane.CLAIM)).isNull();
        assertThat(core.take(Lane.AHEAD)).isNull();
        first.run();
        second.run();
        assertThat(claims.stream().map(claim -> claim.slots().size())).containsExactly(1_000, 1_000);

        WorkerCore other = idleAfterShortJobs(1_500);
        requireNonNull(other.take(Lane.CLAIM));
        assertThat(other.take(Lane.AHEAD)).as("what was asked for counts").isNull();
    }

    @Test
    @DisplayName("of long jobs no second claim is under way")
    void noSecondClaimOfLongJobs() {
        WorkerCore core = core(4, 1_000, Map.of(A, 1), A, B);
        enqueue(A, 10);
        enqueue(B, 10);
        Call<?> first = requireNonNull(core.take(Lane.CLAIM));
        assertThat(core.take(Lane.AHEAD)).isNull();
        first.run();
        requireNonNull(core.take(Lane.CLAIM));
        assertThat(core.take(Lane.AHEAD)).isNull();
    }

    @Test
    @DisplayName("the first long job ends prefetch, already while it runs")
    void prefetchEndsWithALongJob() {
        WorkerCore core = core(2, 50, A);
        enqueue(A, 500);
        work(core, Duration.ofMillis(1), 300);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> running = List.of(requireNonNull(core.start()), requireNonNull(core.start()));
        clock.advance(Duration.ofMillis(50));
        assertThat(core.take(Lane.CLAIM)).isNull();

        int before = claims.size();
        running.forEach(run -> core.returned(run, OK));
        clock.advance(Duration.ofSeconds(1));
        core.tick();
        while (run(core, Lane.FINISH)) {}
        run(core, Lane.CLAIM);
        assertThat(claims.get(before).slots()).hasSize(2);
    }

    @Test
    @DisplayName("what has not started after 1 s is given back")
    void prefetchIsGivenBack() {
        WorkerCore core = core(2, 50, A);
        enqueue(A, 400);
        work(core, Duration.ofMillis(1), 300);
        run(core, Lane.CLAIM);
        core.start();
        core.start();
        events.clear();
        clock.advance(Duration.ofMillis(900));
        core.tick();
        assertThat(run(core, Lane.FINISH)).isFalse();
        clock.advance(Duration.ofMillis(100));
        core.tick();
        run(core, Lane.FINISH);

        assertThat(events).isNotEmpty().containsOnly("released");
        assertThat(core.start()).isNull();
        assertThat(core.take(Lane.CLAIM)).isNull();
    }

    @Test
    @DisplayName("two workers share long jobs evenly, however many are ready")
    void noHoarding() {
        WorkerCore one = core(4, 1_000, A);
        WorkerCore two = core(4, 1_000, A);
        enqueue(A, 80);
        int ofOne = 0;
        int ofTwo = 0;
        for (int round = 0; round < 10; round++) {
            run(one, Lane.CLAIM);
            run(two, Lane.CLAIM);
            List<Run<?, ?>> first = startAll(one);
            List<Run<?, ?>> second = startAll(two);
            clock.advance(Duration.ofSeconds(10));
            first.forEach(run -> one.returned(run, OK));
            second.forEach(run -> two.returned(run, OK));
            ofOne += first.size();
            ofTwo += second.size();
            run(one, Lane.FINISH);
            run(two, Lane.FINISH);
        }

        assertThat(ofOne).isEqualTo(40);
        assertThat(ofTwo).isEqualTo(40);
    }

    // ---- finishes

    @Test
    @DisplayName("the first end goes at once; those that come during its call share the next one")
    void endsShareACall() {
        WorkerCore core = core(20, 0, A);
        enqueue(A, 20);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> runs = startAll(core);
        core.returned(runs.get(0), OK);
        Call<?> first = requireNonNull(core.take(Lane.FINISH));
        runs.subList(1, 20).forEach(run -> core.returned(run, OK));
        assertThat(core.take(Lane.FINISH)).isNull();
        assertThat(events).isEmpty();
        first.run();
        assertThat(events).containsExactly("succeeded");
        run(core, Lane.FINISH);

        assertThat(finishes).containsExactly(1, 19);
        assertThat(events).hasSize(20);
    }

    @Test
    @DisplayName("WRK-4: a result that is too large fails its job and no other of the same call")
    void tooLargeResult() {
        WorkerCore core = core(3, 0, A);
        List<JobId> ids = enqueue(A, 3);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> runs = startAll(core);
        core.returned(runs.get(0), OK);
        core.returned(runs.get(1), new JobOutcome.Succeeded(RawJson.of("\"" + "x".repeat(17 << 20) + "\"")));
        core.returned(runs.get(2), OK);
        while (run(core, Lane.FINISH)) {}

        assertThat(ids.stream().map(this::state))
                .containsExactly(JobState.SUCCEEDED, JobState.FAILED, JobState.SUCCEEDED);
        JobError error = queue.status(ids.get(1)).error().orElseThrow();
        assertThat(error.code()).isEqualTo(LibraryError.HANDLER_FAILED.code());
        assertThat(error.reason()).contains("16777216");
    }

    @Test
    @DisplayName("WRK-4, FIN-7: follow-ups that are refused fail their job; good ones come with the result")
    void followUps() {
        WorkerCore core = core(3, 0, A);
        List<JobId> ids = enqueue(A, 3);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> runs = startAll(core);
        JobRequest<?, ?> good = B.job(null).requires(ids.get(0));
        JobRequest<?, ?> cycle = B.job(null);
        runs.get(0).followUp(good);
        runs.get(1).followUp(B.job(null).requires(JobId.create()));
        runs.get(2).followUp(cycle.dependsOn(cycle));
        runs.forEach(run -> core.returned(run, OK));
        while (run(core, Lane.FINISH)) {}

        assertThat(ids.stream().map(this::state)).containsExactly(JobState.SUCCEEDED, JobState.FAILED, JobState.FAILED);
        assertThat(state(good.id())).isEqualTo(JobState.READY);
    }

    // ---- progress

    @Test
    @DisplayName("FIN-5: the first progress is sent at once, then the last one of each half second")
    void progress() {
        WorkerCore core = core(2, 0, A);
        List<JobId> ids = enqueue(A, 2);
        run(core, Lane.CLAIM);
        List<Run<?, ?>> runs = startAll(core);
        runs.get(0).report(1);
        assertThat(run(core, Lane.REPORT)).isTrue();
        runs.get(0).report(2);
        runs.get(0).report(3);
        assertThat(run(core, Lane.REPORT)).isFalse();
        assertThat(queue.status(ids.get(0)).progress()).contains(RawJson.of("1"));
        runs.get(1).report("other");
        assertThat(run(core, Lane.REPORT)).isTrue();
        clock.advance(Duration.ofMillis(500));
        assertThat(run(core, Lane.REPORT)).isTrue();
        assertThat(run(core, Lane.REPORT)).isFalse();

        assertThat(queue.status(ids.get(0)).progress()).contains(RawJson.of("3"));
        assertThat(queue.status(ids.get(1)).progress()).contains(RawJson.of("\"other\""));
    }
}
