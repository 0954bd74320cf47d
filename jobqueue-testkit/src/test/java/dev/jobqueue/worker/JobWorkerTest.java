package dev.jobqueue.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The worker with its threads over the in-memory store. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class JobWorkerTest {
    private static final JobType<String, Integer> COUNT = JobType.of("count", String.class, Integer.class);
    private static final JobType<String, Integer> OTHER = JobType.of("other", String.class, Integer.class);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration OFTEN = Duration.ofMillis(5);

    private enum AppError implements ErrorCode {
        NO_SUCH_PACKAGE(4, ErrorClass.CLIENT);

        private final int code;
        private final ErrorClass errorClass;

        AppError(int code, ErrorClass errorClass) {
            this.code = code;
            this.errorClass = errorClass;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public ErrorClass errorClass() {
            return errorClass;
        }
    }

    /** Refuses calls, or holds finishes, when a test says so. */
    private static final class FaultyStore extends DelegatingJobStore {
        final AtomicInteger claimsToFail = new AtomicInteger();
        final AtomicInteger finishesToFail = new AtomicInteger();
        final AtomicInteger repliesToLose = new AtomicInteger();
        final AtomicInteger claims = new AtomicInteger();
        volatile boolean unreachable;

        FaultyStore() {
            super(new InMemoryJobStore());
        }

        private void fail(AtomicInteger times) {
            if (unreachable || times.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new JobQueueException.StoreUnavailable("planned", null);
            }
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            claims.incrementAndGet();
            fail(claimsToFail);
            return super.claim(request);
        }

        @Override
        public List<TokenAnswer> heartbeat(List<dev.jobqueue.JobToken> tokens) {
            fail(new AtomicInteger());
            return super.heartbeat(tokens);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            fail(finishesToFail);
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            if (repliesToLose.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new JobQueueException.OutcomeUnknown("planned", null);
            }
            return receipt;
        }
    }

    private final FaultyStore store = new FaultyStore();
    private final JobQueue queue = JobQueue.on(store);
    private final List<JobWorker> workers = new ArrayList<>();
    /** Lets handlers return that hang until the end of the test. */
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    @Timeout(value = 1, unit = TimeUnit.MINUTES)
    void close() {
        end.countDown();
        workers.forEach(worker -> worker.stop(Duration.ZERO));
        queue.close();
    }

    private JobWorker start(JobWorker.Builder builder) {
        JobWorker worker = builder.build();
        workers.add(worker);
        return worker.start();
    }

    private JobWorker.Builder builder() {
        return JobWorker.builder(queue).heartbeatInterval(OFTEN).grace(Duration.ZERO);
    }

    private JobStatus<Integer> run(JobHandler<String, Integer> handler, JobRequest<String, Integer> request)
            throws InterruptedException {
        start(builder().handler(COUNT, handler));
        return await(queue.enqueue(request).id());
    }

    private JobStatus<Integer> await(JobId id) throws InterruptedException {
        return queue.await(COUNT, id, LONG).orElseThrow();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("waited for " + LONG);
        }
    }

    private void awaitState(JobId id, JobState state) {
        Awaitility.await().until(() -> queue.status(id).state() == state);
    }

    @Test
    @DisplayName("a handler gets args and dependency outcomes; its result and follow-ups are stored")
    void runsAGraph() throws Exception {
        JobRequest<String, Integer> first = COUNT.job("hello, ");
        JobRequest<String, Integer> second = COUNT.job("job queue").requires(first);
        JobRequest<String, Integer> after = OTHER.job("after").requires(second);
        start(builder().handler(COUNT, context -> {
            int before = 0;
            if (!context.dependencies().isEmpty()) {
                DependencyOutcome<Integer> outcome = context.dependency(0, COUNT);
                before = outcome.result().orElseThrow();
                context.followUp(after);
            }
            return before + context.args().length();
        }));
        queue.enqueueAll(List.of(first, second));

        assertThat(await(second.id()).result()).contains(16);
        assertThat(queue.status(after.id()).state()).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("WRK-4, ERR-2: an exception becomes HANDLER_FAILED with class, message and the top of the stack")
    void exception() throws Exception {
        JobStatus<Integer> status = run(
                context -> {
                    throw new IllegalStateException("boom \ud800", new IllegalArgumentException("cause"));
                },
                COUNT.job("x"));

        JobError error = status.error().orElseThrow();
        assertThat(error.code()).isEqualTo(LibraryError.HANDLER_FAILED.code());
        assertThat(error.reason()).isEqualTo("boom ?");
        assertThat(error.details().toString())
                .contains(
                        "\"exception\":\"java.lang.IllegalStateException\"",
                        "\"message\":\"boom ?\"",
                        "JobWorkerTest",
                        "caused by java.lang.IllegalArgumentException: cause");
    }

    @Test
    @DisplayName("WRK-4: an error ends the attempt like an exception, whatever its size, and the worker goes on")
    void error() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        JobStatus<Integer> status = run(
                context -> {
                    if (calls.incrementAndGet() == 1) {
                        recurse(0);
                    }
                    return 1;
                },
                COUNT.job("x").attempts(2, Backoff.NONE));

        assertThat(status.state()).isEqualTo(JobState.SUCCEEDED);
        JobError error = status.attempts().get(0).error().orElseThrow();
        assertThat(error.reason()).isEqualTo(StackOverflowError.class.getName());
        assertThat(error.details().size()).isBetween(100, 64 << 10);
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int recurse(int depth) {
        return recurse(depth + 1) + 1;
    }

    @Test
    @DisplayName("WRK-4: args that do not fit end the attempt with UNDECODABLE_ARGS, for good")
    void undecodableArgs() throws Exception {
        start(builder().handler(COUNT, context -> 1));
        JobId id = queue.enqueue(
                        JobType.raw("count").job(RawJson.of("{\"a\":1}")).attempts(3, Backoff.NONE))
                .id();

        JobError error = await(id).error().orElseThrow();
        assertThat(error.code()).isEqualTo(LibraryError.UNDECODABLE_ARGS.code());
        assertThat(queue.status(id).failures()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "ERR-2, FIN-3: an application's error is tried again unless it is permanent, and keeps its code, class and result")
    void applicationError() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        JobStatus<Integer> status = run(
                context -> {
                    JobError error = JobError.of(AppError.NO_SUCH_PACKAGE, "no package vim");
                    throw new JobFailedException(
                            calls.incrementAndGet() < 2 ? error : error.asPermanent(), RawJson.of("7"), null);
                },
                COUNT.job("x").attempts(5, Backoff.NONE));

        assertThat(status.state()).isEqualTo(JobState.FAILED);
        // A machine that stands still for a second adds a release, which is no failure.
        assertThat(status.failures()).isEqualTo(2);
        assertThat(status.result()).contains(7);
        JobError error = status.error().orElseThrow();
        assertThat(error.code()).isEqualTo(4);
        assertThat(error.errorClass()).isEqualTo(ErrorClass.CLIENT);
        assertThat(error.reason()).isEqualTo("no package vim");
    }

    @Test
    @DisplayName("FIN-2, FIN-10: a handler may give its job back, with a delay")
    void release() throws Exception {
        JobStatus<Integer> status = run(
                context -> {
                    if (context.attempt() == 1) {
                        throw new JobReleasedException(Duration.ofMillis(20));
                    }
                    return context.attempt();
                },
                COUNT.job("x"));

        assertThat(status.result()).contains(2);
        assertThat(status.failures()).isZero();
        Attempt first = status.attempts().get(0);
        assertThat(status.attempts().get(1).started())
                .isAfterOrEqualTo(first.ended().orElseThrow().plusMillis(20));
    }

    @Test
    @DisplayName("CAN-3: a canceled job stops its handler by flag, callback and, if wanted, interrupt")
    void cancel() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch called = new CountDownLatch(1);
        AtomicReference<Optional<StopReason>> reason = new AtomicReference<>(Optional.empty());
        CountDownLatch returned = new CountDownLatch(1);
        start(builder().interruptHandlers(true).handler(COUNT, context -> {
            context.onCancel(called::countDown);
            started.countDown();
            try {
                await(end);
            } finally {
                reason.set(context.stopReason());
                returned.countDown();
            }
            return 1;
        }));
        JobId id = queue.enqueue(COUNT.job("x")).id();
        await(started);
        queue.cancel(id, "enough");

        await(returned);
        assertThat(called.getCount()).isZero();
        assertThat(reason.get()).contains(StopReason.CANCELED);
    }

    @Test
    @DisplayName("an interrupt of one job does not reach the next one in the same thread")
    void interruptStaysWithItsJob() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        start(builder().concurrency(1).interruptHandlers(true).handler(COUNT, context -> {
            if (context.args().equals("first")) {
                started.countDown();
                while (!context.canceled()) {
                    Thread.onSpinWait();
                }
            }
            // The interrupt of the first job comes or has come; its thread is left with the flag set.
            return Thread.currentThread().isInterrupted() ? 1 : 0;
        }));
        JobId first = queue.enqueue(COUNT.job("first")).id();
        JobId second = queue.enqueue(COUNT.job("second")).id();
        await(started);
        queue.cancel(first, "enough");

        assertThat(await(second).result()).contains(0);
    }

    @Test
    @DisplayName("WRK-4, FIN-9: a handler that hangs is ended by its timeout")
    void timeout() throws Exception {
        JobStatus<Integer> status = run(
                context -> {
                    await(end);
                    return 1;
                },
                COUNT.job("x").timeout(Duration.ofMillis(50)));

        assertThat(status.error().orElseThrow().code()).isEqualTo(LibraryError.TIMED_OUT.code());
    }

    @Test
    @DisplayName("WRK-1: without heartbeats a handler is told to stop before the store gives its job away")
    void fence() throws Exception {
        JobQueue nervous = JobQueue.on(store, QueueOptions.DEFAULT.heartbeatLimit(Duration.ofMillis(400)));
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch called = new CountDownLatch(1);
        start(JobWorker.builder(nervous).handler(COUNT, context -> {
            context.onCancel(called::countDown);
            started.countDown();
            await(end);
            return 1;
        }));
        JobId id = nervous.enqueue(COUNT.job("x")).id();
        await(started);
        store.unreachable = true;

        await(called);
        store.unreachable = false;
        assertThat(queue.status(id).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    @DisplayName("WRK-3: a stop waits for what runs, within its limit")
    void stopWaits() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        JobWorker worker = start(builder().handler(COUNT, context -> {
            started.countDown();
            while (!context.workerStopping()) {
                Thread.onSpinWait();
            }
            return 5;
        }));
        JobId id = queue.enqueue(COUNT.job("x")).id();
        await(started);
        worker.stop(LONG);

        assertThat(queue.status(COUNT, id).result()).contains(5);
        JobId later = queue.enqueue(COUNT.job("x")).id();
        assertThat(queue.status(later).state()).isEqualTo(JobState.READY);
        worker.close();
        assertThatIllegalStateException().isThrownBy(worker::start);
    }

    @Test
    @DisplayName("WRK-3: a stop releases what still runs at its limit")
    void stopReleases() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        JobWorker worker = start(builder().handler(COUNT, context -> {
            started.countDown();
            await(end);
            return 1;
        }));
        JobId id = queue.enqueue(COUNT.job("x")).id();
        await(started);
        worker.stop(Duration.ZERO);

        assertThat(queue.status(id).state()).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("WRK-3: a worker can be stopped before it starts, and from a handler of its own")
    void stopFromEverywhere() throws Exception {
        JobWorker never = builder().handler(COUNT, context -> 1).build();
        never.close();
        assertThatIllegalStateException().isThrownBy(never::start);

        AtomicReference<JobWorker> self = new AtomicReference<>();
        JobId id = queue.enqueue(COUNT.job("x")).id();
        self.set(builder()
                .handler(COUNT, context -> {
                    self.get().stop(Duration.ZERO);
                    return 1;
                })
                .build());
        self.get().start();
        awaitState(id, JobState.READY);
    }

    @Test
    @DisplayName("a worker goes on after the store was unavailable: claims, finishes, lost replies")
    void outage() throws Exception {
        store.claimsToFail.set(2);
        store.finishesToFail.set(2);
        store.repliesToLose.set(1);
        List<String> ends = new ArrayList<>();
        start(builder()
                .listener(new WorkerListener() {
                    @Override
                    public void succeeded(AttemptInfo attempt) {
                        ends.add("succeeded");
                    }

                    @Override
                    public void lost(AttemptInfo attempt) {
                        ends.add("lost");
                    }
                })
                .handler(COUNT, context -> 3));
        JobId id = queue.enqueue(COUNT.job("x")).id();

        assertThat(await(id).result()).contains(3);
        workers.get(0).close();
        assertThat(ends).containsExactly("succeeded");
    }

    @Test
    @DisplayName("WRK-3: the queue may be closed under a worker; it stops by itself")
    void queueClosed() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        JobWorker worker = start(builder().handler(COUNT, context -> {
            context.onCancel(called::countDown);
            started.countDown();
            await(called);
            return 1;
        }));
        queue.enqueue(COUNT.job("x"));
        await(started);
        queue.close();

        await(called);
        worker.close();
    }

    @Test
    @DisplayName("never more handlers at once than the concurrency, in all and of a type")
    void concurrency() throws Exception {
        AtomicInteger all = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger counts = new AtomicInteger();
        AtomicInteger mostCounts = new AtomicInteger();
        JobHandler<String, Integer> work = context -> {
            boolean count = context.type().equals(COUNT.name());
            most.accumulateAndGet(all.incrementAndGet(), Math::max);
            if (count) {
                mostCounts.accumulateAndGet(counts.incrementAndGet(), Math::max);
            }
            LockSupport.parkNanos(1_000);
            all.decrementAndGet();
            counts.addAndGet(count ? -1 : 0);
            return 1;
        };
        List<JobRequest<?, ?>> requests = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            requests.add(COUNT.job("x"));
            requests.add(OTHER.job("x"));
        }
        queue.enqueueAll(requests);
        start(builder()
                .concurrency(5)
                .concurrency(COUNT, 2)
                .handler(COUNT, work)
                .handler(OTHER, work));
        for (JobRequest<?, ?> request : requests) {
            assertThat(queue.await(request.id(), LONG)).isPresent();
        }

        assertThat(most).hasValueBetween(1, 5);
        assertThat(mostCounts).hasValueBetween(1, 2);
    }

    /** What listeners hear of attempts: claimed, started, ended; or given back before the start, when the machine stands still for a second. */
    private static final class Steps implements WorkerListener {
        private record Key(JobId id, int attempt) {}

        private final Map<Key, String> last = new ConcurrentHashMap<>();
        final AtomicInteger wrong = new AtomicInteger();
        final CountDownLatch succeeded;

        Steps(int jobs) {
            succeeded = new CountDownLatch(jobs);
        }

        private void step(AttemptInfo attempt, String before, String step) {
            String was = last.put(new Key(attempt.id(), attempt.attempt()), step);
            if (!before.equals(was == null ? "" : was)) {
                wrong.incrementAndGet();
            }
        }

        @Override
        public void claimed(AttemptInfo attempt) {
            step(attempt, "", "claimed");
        }

        @Override
        public void started(AttemptInfo attempt) {
            step(attempt, "claimed", "started");
        }

        @Override
        public void released(AttemptInfo attempt, Duration delay) {
            step(attempt, "claimed", "released");
        }

        @Override
        public void succeeded(AttemptInfo attempt) {
            step(attempt, "started", "succeeded");
            succeeded.countDown();
        }
    }

    @Test
    @DisplayName(
            "thousands of short jobs on many threads: each succeeds once, each attempt is claimed, started and ended in this order")
    void manyShortJobs() throws Exception {
        int jobs = 10_000;
        List<JobRequest<?, ?>> requests = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            requests.add(COUNT.job("x"));
        }
        queue.enqueueAll(requests);
        Steps steps = new Steps(jobs);
        start(builder().concurrency(16).listener(steps).handler(COUNT, context -> 1));

        await(steps.succeeded);
        workers.get(0).stop(LONG);
        assertThat(steps.wrong).hasValue(0);
        assertThat(steps.last.values().stream().filter("succeeded"::equals)).hasSize(jobs);
    }

    @Test
    @DisplayName("a type that was at its limit is asked for again, also while the worker waits for others")
    void limitedTypeIsAskedForAgain() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        start(builder()
                .concurrency(4)
                .concurrency(COUNT, 1)
                .handler(OTHER, context -> 1)
                .handler(COUNT, context -> {
                    started.countDown();
                    await(go);
                    return 1;
                }));
        queue.enqueue(COUNT.job("x"));
        await(started);
        int claims = store.claims.get();
        JobId next = queue.enqueue(COUNT.job("x")).id();
        // The wait for the other type has begun when a job of it has run.
        assertThat(queue.await(queue.enqueue(OTHER.job("x")).id(), LONG)).isPresent();
        Awaitility.await().until(() -> store.claims.get() > claims + 1);
        go.countDown();

        assertThat(await(next).result()).contains(1);
    }

    /** A worker with the default settings whose handlers run, when told to, for so long that they count as long, and then until a gate opens. */
    private final class LongJobs {
        final AtomicInteger started = new AtomicInteger();

        LongJobs(AtomicReference<CountDownLatch> gate) {
            start(JobWorker.builder(queue).handler(COUNT, context -> {
                if (context.args().equals("long")) {
                    CountDownLatch mine = gate.get();
                    long end = System.nanoTime() + Duration.ofMillis(60).toNanos();
                    started.incrementAndGet();
                    await(mine);
                    while (end - System.nanoTime() > 0) {
                        LockSupport.parkNanos(end - System.nanoTime());
                    }
                }
                return 1;
            }));
        }
    }

    @Test
    @DisplayName("long jobs are spread evenly over two workers with default settings, also behind many short ones")
    void noHoarding() throws Exception {
        int concurrency = Runtime.getRuntime().availableProcessors();
        int rounds = 5;
        AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(1));
        LongJobs one = new LongJobs(gate);
        LongJobs two = new LongJobs(gate);
        List<JobRequest<String, Integer>> shortOnes = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            shortOnes.add(COUNT.job("short"));
        }
        queue.enqueueAll(shortOnes);
        for (JobRequest<String, Integer> request : shortOnes) {
            await(request.id());
        }
        List<JobRequest<String, Integer>> longOnes = new ArrayList<>();
        for (int i = 0; i < 2 * concurrency * rounds; i++) {
            longOnes.add(COUNT.job("long"));
        }
        queue.enqueueAll(longOnes);
        for (int round = 1; round <= rounds; round++) {
            int each = concurrency * round;
            // Whatever one of them has taken in advance is given back, so that both can work.
            Awaitility.await().atMost(LONG).until(() -> one.started.get() == each && two.started.get() == each);
            gate.getAndSet(new CountDownLatch(1)).countDown();
        }
        for (JobRequest<String, Integer> request : longOnes) {
            assertThat(await(request.id()).result()).contains(1);
        }
    }

    @Test
    @DisplayName("an idle worker asks for nothing until there is something")
    void idle() throws Exception {
        start(builder().handler(COUNT, context -> 1));
        Awaitility.await().until(() -> store.claims.get() > 0);
        int before = store.claims.get();
        queue.enqueue(OTHER.job("x"));
        JobId id = queue.enqueue(COUNT.job("x")).id();

        assertThat(await(id).result()).contains(1);
        assertThat(store.claims.get() - before).isLessThanOrEqualTo(3);
    }

    @Test
    @DisplayName("an executor that refuses a handler costs the job nothing but a release")
    void executorRefuses() throws Exception {
        AtomicInteger refusals = new AtomicInteger(2);
        try (Threads threads = new Threads(Executors.newCachedThreadPool())) {
            start(builder()
                    .executor(task -> {
                        if (refusals.getAndDecrement() > 0) {
                            throw new RejectedExecutionException("planned");
                        }
                        threads.executor().execute(task);
                    })
                    .handler(COUNT, context -> 1));
            JobId id = queue.enqueue(COUNT.job("x")).id();

            assertThat(await(id).attempts())
                    .extracting(attempt -> attempt.end().orElseThrow())
                    .containsExactly(Attempt.End.RELEASED, Attempt.End.RELEASED, Attempt.End.SUCCEEDED);
        }
    }

    private record Threads(ExecutorService executor) implements AutoCloseable {
        @Override
        public void close() {
            executor.shutdownNow();
        }
    }

    @Test
    @DisplayName("handlers run on virtual threads where there are any")
    void virtualThreads() throws Throwable {
        MethodHandle factory;
        try {
            factory = MethodHandles.lookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class));
        } catch (NoSuchMethodException e) {
            Assumptions.abort("virtual threads need JDK 21 or later, this is " + Runtime.version());
            return;
        }
        MethodHandle isVirtual =
                MethodHandles.lookup().findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        try (Threads threads = new Threads((ExecutorService) factory.invoke())) {
            AtomicInteger virtual = new AtomicInteger();
            start(builder().concurrency(1_000).executor(threads.executor()).handler(COUNT, context -> {
                try {
                    virtual.addAndGet((boolean) isVirtual.invoke(Thread.currentThread()) ? 1 : 0);
                } catch (Throwable e) {
                    throw new IllegalStateException(e);
                }
                return 1;
            }));
            List<JobRequest<String, Integer>> requests = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                requests.add(COUNT.job("x"));
            }
            queue.enqueueAll(requests);
            for (JobRequest<String, Integer> request : requests) {
                assertThat(await(request.id()).result()).contains(1);
            }
            assertThat(virtual).hasValue(2_000);
        }
    }

    @Test
    @DisplayName("a listener that throws changes nothing")
    void brokenListener() throws Exception {
        start(builder()
                .listener(new WorkerListener() {
                    @Override
                    public void claimed(AttemptInfo attempt) {
                        throw new IllegalStateException("planned");
                    }

                    @Override
                    public void started(AttemptInfo attempt) {
                        throw new IllegalStateException("planned");
                    }

                    @Override
                    public void succeeded(AttemptInfo attempt) {
                        throw new IllegalStateException("planned");
                    }
                })
                .handler(COUNT, context -> 1));
        for (int i = 0; i < 10; i++) {
            assertThat(await(queue.enqueue(COUNT.job("x")).id()).result()).contains(1);
        }
    }

    @Test
    @DisplayName("confirm tells a handler what the store says now")
    void confirm() throws Exception {
        AtomicReference<Boolean> before = new AtomicReference<>();
        AtomicReference<Boolean> after = new AtomicReference<>();
        CountDownLatch returned = new CountDownLatch(1);
        start(JobWorker.builder(queue).handler(COUNT, context -> {
            before.set(context.confirm());
            queue.cancel(context.id(), "enough");
            after.set(context.confirm());
            returned.countDown();
            return 1;
        }));
        queue.enqueue(COUNT.job("x"));

        await(returned);
        assertThat(before).hasValue(true);
        assertThat(after).hasValue(false);
    }

    @Test
    @DisplayName("runUntilIdle runs all that is ready in this thread, and what that makes ready")
    void runUntilIdle() throws Exception {
        Thread test = Thread.currentThread();
        JobRequest<String, Integer> first = COUNT.job("a");
        JobRequest<String, Integer> second = COUNT.job("b").requires(first);
        JobId delayed = queue.enqueue(COUNT.job("c").delay(Duration.ofDays(1))).id();
        queue.enqueueAll(List.of(second, first));
        JobWorker worker = builder()
                .handler(COUNT, context -> {
                    assertThat(Thread.currentThread()).isSameAs(test);
                    return 1;
                })
                .build();

        assertThat(worker.runUntilIdle()).isEqualTo(2);
        assertThat(worker.runUntilIdle()).isZero();
        assertThat(queue.status(second.id()).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(delayed).state()).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    @DisplayName("settings that cannot work are refused, with their values")
    void settings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobWorker.builder(queue).build())
                .withMessageContaining("handler");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().handler(COUNT, c -> 1).handler(COUNT, c -> 2))
                .withMessageContaining("count");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        builder().handler(COUNT, c -> 1).concurrency(OTHER, 1).build())
                .withMessageContaining("other");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder()
                        .handler(COUNT, c -> 1)
                        .heartbeatInterval(Duration.ofMinutes(2))
                        .build())
                .withMessageContaining("PT2M");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().concurrency(0))
                .withMessageContaining("0");
    }
}
