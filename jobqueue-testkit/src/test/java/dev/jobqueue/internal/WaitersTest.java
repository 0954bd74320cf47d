package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How threads and futures wait and leave, and how many share a claim. */
class WaitersTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Selector SELECTOR = Selector.of(BUILD);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final DequeueRequest REQUEST = DequeueRequest.of(SELECTOR).timeout(HOUR);
    private static final DequeueRequest NOW = REQUEST.timeout(Duration.ZERO);

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final Prepared store = new Prepared();
    private final JobQueue queue = JobQueue.on(store);
    private final AtomicLong time = new AtomicLong();
    private final List<ClaimedJob> released = new CopyOnWriteArrayList<>();
    private final Waiters waiters = new Waiters(store, time::get, Duration.ZERO, released::addAll);

    /** Has its calls combined. Notes claims and demand; holds claims, and fails those for which a failure is prepared. */
    private static final class Prepared extends DelegatingJobStore {
        private final List<List<ClaimSlot>> claims = new CopyOnWriteArrayList<>();
        private final List<List<Selector>> demands = new CopyOnWriteArrayList<>();
        private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
        private volatile @Nullable RuntimeException outage;
        private final Queue<Error> errors = new ConcurrentLinkedQueue<>();
        private volatile CountDownLatch held = new CountDownLatch(0);

        Prepared() {
            super(new InMemoryJobStore());
        }

        @Override
        public Traits traits() {
            Traits traits = super.traits();
            return new Traits(traits.capabilities(), traits.maxBatch(), traits.pollInterval(), true);
        }

        @Override
        public void demand(List<Selector> selectors) {
            demands.add(selectors);
            super.demand(selectors);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            claims.add(request.slots());
            CompletableFuture.runAsync(() -> awaitHeld()).join();
            Error error = errors.poll();
            if (error != null) {
                throw error;
            }
            RuntimeException failure = outage;
            if (failure == null) {
                failure = failures.poll();
            }
            if (failure != null) {
                throw failure;
            }
            return super.claim(request);
        }

        /** Elsewhere, so that an interrupt does not end it. */
        private void awaitHeld() {
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        List<Integer> sizes() {
            return claims.stream().map(List::size).toList();
        }

        int slots() {
            return claims.stream().mapToInt(List::size).sum();
        }
    }

    /** Looks often, so that the tests are quick. */
    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(1));
    }

    @AfterEach
    void stop() {
        store.held.countDown();
        waiters.close();
        executor.shutdownNow();
        queue.close();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    /** A caller in a thread of his own. */
    private record Caller(Thread thread, Future<Integer> jobs) {}

    /** Takes a job; returns when that has one, or waits. */
    private Caller caller(Waiters of) {
        CompletableFuture<Thread> started = new CompletableFuture<>();
        Future<Integer> jobs = executor.submit(() -> {
            started.complete(Thread.currentThread());
            return of.take(REQUEST, "worker").size();
        });
        Thread thread = started.join();
        await().until(() -> jobs.isDone() || thread.getState() == Thread.State.TIMED_WAITING);
        return new Caller(thread, jobs);
    }

    private Future<Integer> take(Waiters of) {
        return caller(of).jobs();
    }

    /** A caller whose claim the store holds. */
    private Future<Integer> heldTaker() {
        store.held = new CountDownLatch(1);
        int before = store.claims.size();
        Future<Integer> jobs =
                executor.submit(() -> waiters.take(REQUEST, "worker").size());
        await().until(() -> store.claims.size() > before);
        return jobs;
    }

    /** A future that has asked the store. */
    private CompletableFuture<Integer> future() {
        int before = store.claims.size();
        CompletableFuture<Integer> future = waiters.takeAsync(REQUEST, "worker", List::size);
        await().until(() -> store.claims.size() > before);
        return future;
    }

    /** A future that makes one attempt. */
    private CompletableFuture<Integer> once() {
        return waiters.takeAsync(NOW, "worker", List::size);
    }

    /** Past this the threads of futures have ended all they had to do before. */
    private void settle() throws Exception {
        CyclicBarrier allThreads = new CyclicBarrier(4);
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            futures.add(waiters.takeAsync(NOW, "worker", jobs -> {
                try {
                    return allThreads.await(10, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }));
        }
        for (Future<Integer> future : futures) {
            assertThat(get(future)).isBetween(0, 3);
        }
    }

    private void enqueue() {
        queue.enqueue(BUILD.job(null));
    }

    private void enqueueTwo() {
        queue.enqueueAll(List.of(BUILD.job(null), BUILD.job(null)));
    }

    private Waiters gathering(Duration gather) {
        return new Waiters(store, System::nanoTime, gather, jobs -> {});
    }

    private void twoShareAClaim(Waiters gathering) throws Exception {
        List<Future<Integer>> both = List.of(take(gathering), take(gathering));
        enqueueTwo();
        gathering.changed(Changes.ANYTHING);
        for (Future<Integer> jobs : both) {
            assertThat(get(jobs)).isEqualTo(1);
        }
        assertThat(store.sizes()).containsExactly(1, 2, 2);
        enqueueTwo();
    }

    @Test
    @DisplayName("who shared a claim and comes back waits for the others, and they share the next one")
    void thoseWhoWereServedTogetherClaimTogether() throws Exception {
        Waiters gathering = gathering(HOUR);
        twoShareAClaim(gathering);

        Future<Integer> back = take(gathering);
        assertThat(back).isNotDone();
        assertThat(get(take(gathering))).isEqualTo(1);
        assertThat(get(back)).isEqualTo(1);
        assertThat(store.sizes()).containsExactly(1, 2, 2, 2);
    }

    @Test
    @DisplayName("who expects others in vain claims alone after a moment, and expects nobody then")
    void nobodyIsExpectedForLong() throws Exception {
        Waiters gathering = gathering(Duration.ofMillis(1));
        twoShareAClaim(gathering);

        assertThat(get(take(gathering))).isEqualTo(1);
        assertThat(get(take(gathering))).isEqualTo(1);
        assertThat(store.sizes()).containsExactly(1, 2, 2, 1, 1);
    }

    @Test
    @DisplayName("who waits for something else is not waited for")
    void othersAreNotExpected() throws Exception {
        Waiters gathering = gathering(HOUR);
        twoShareAClaim(gathering);
        DequeueRequest other = DequeueRequest.of(SELECTOR.anyChannel()).timeout(HOUR);

        assertThat(get(executor.submit(() -> gathering.take(other, "worker")))).hasSize(1);
    }

    @Test
    @DisplayName(
            "DEQ-13: if the outcome of a shared claim is unknown, each of those who made one attempt repeats it with his own tokens")
    void sharedPollOfUnknownOutcome() throws Exception {
        store.outage = new JobQueueException.OutcomeUnknown("planned", null);
        store.held = new CountDownLatch(1);
        List<Future<List<Taken>>> all = Stream.generate(() -> executor.submit(() -> waiters.takeNow(NOW, "worker")))
                .limit(3)
                .toList();
        await().until(() -> store.slots() == 3);
        store.held.countDown();

        Set<JobToken> repeated = new HashSet<>();
        for (Future<List<Taken>> each : all) {
            assertThat(each)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(JobQueueException.OutcomeUnknown.class)
                    .satisfies(failure -> assertThat(((JobQueueException.OutcomeUnknown) failure.getCause()).tokens())
                            .singleElement()
                            .satisfies(repeated::add));
        }
        List<ClaimSlot> slots = store.claims.stream().flatMap(List::stream).toList();
        assertThat(slots).hasSize(6).allMatch(slot -> repeated.contains(slot.token()));
        assertThat(slots).filteredOn(ClaimSlot::fresh).hasSize(3);
    }

    @Test
    @DisplayName("QRY-4: one attempt notes what it asks for")
    void oneAttemptNotesDemand() {
        enqueue();
        assertThat(waiters.takeNow(NOW, "worker")).hasSize(1);
        assertThat(waiters.takeNow(NOW, "worker")).isEmpty();
        assertThat(store.demands).containsExactly(List.of(SELECTOR));
    }

    @Test
    @DisplayName("QRY-4: who waits notes what he asks for before his claim is answered")
    void waitersNoteDemand() {
        var unused = heldTaker();
        assertThat(store.demands).containsExactly(List.of(SELECTOR));
    }

    @Test
    @DisplayName("QRY-4: a thread that waits notes it again after half a minute, though nothing has happened")
    void threadsRenewDemand() {
        Thread thread = caller(waiters).thread();
        time.addAndGet(TimeUnit.SECONDS.toNanos(30));
        LockSupport.unpark(thread);
        await().until(() -> store.demands.size() == 2);
        assertThat(store.claims).hasSize(1);
    }

    @Test
    @DisplayName("QRY-4: a future that waits notes it again after half a minute, though nothing has happened")
    void futuresRenewDemand() {
        CompletableFuture<Integer> first = future();
        CompletableFuture<Integer> second = future();
        time.addAndGet(TimeUnit.SECONDS.toNanos(30));
        first.cancel(false);
        await().until(() -> store.demands.size() == 2);
        assertThat(store.claims).hasSize(2);
        assertThat(second).isNotDone();
    }

    @Test
    @DisplayName(
            "DEQ-3: threads and futures whose time has passed leave with nothing, when they have asked once at least")
    void timeoutsGiveNothing() throws Exception {
        Future<Integer> thread = take(waiters);
        Future<Integer> future = future();
        time.addAndGet(HOUR.toNanos());
        waiters.changed(Changes.ANYTHING);

        assertThat(get(thread)).isZero();
        assertThat(get(future)).isZero();
        assertThat(waiters.selectors()).isEmpty();
    }

    @Test
    @DisplayName("DEQ-3: nothing is not the answer to a thread or future that has not reached the store")
    void unreachedStoreIsNotNothing() {
        store.outage = new JobQueueException.OutcomeUnknown("planned", null);
        Future<Integer> thread = take(waiters);
        Future<Integer> future = waiters.takeAsync(REQUEST, "worker", List::size);
        time.addAndGet(HOUR.toNanos());
        waiters.changed(Changes.ANYTHING);

        for (Future<Integer> each : List.of(thread, future)) {
            assertThat(each)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(JobQueueException.StoreUnavailable.class)
                    .withMessageContaining("planned");
        }
    }

    @Test
    @DisplayName("FIN-4: a failure that waiting does not mend ends threads and futures, who leave")
    void failuresForGoodEndTheWait() {
        for (Function<Waiters, Future<Integer>> taker : List.<Function<Waiters, Future<Integer>>>of(
                this::take, any -> waiters.takeAsync(REQUEST, "worker", List::size))) {
            store.failures.add(new JobQueueException.Corrupt("planned", null));
            assertThat(taker.apply(waiters))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(JobQueueException.Corrupt.class);
            assertThat(waiters.selectors()).isEmpty();
        }
    }

    @Test
    @DisplayName("DEQ-4: who is interrupted leaves, and so does a future that is canceled")
    void leaversLeave() {
        Future<Integer> thread = take(waiters);
        thread.cancel(true);
        await().until(() -> waiters.selectors().isEmpty());
        CompletableFuture<Integer> future = future();
        assertThat(waiters.selectors()).containsExactly(SELECTOR);
        future.cancel(false);
        await().until(() -> waiters.selectors().isEmpty());
    }

    @Test
    @DisplayName(
            "DEQ-4: what is claimed for a thread that was interrupted meanwhile, or a future that was canceled, goes back")
    void jobsOfLeaversGoBack() {
        enqueueTwo();
        Future<Integer> thread = heldTaker();
        thread.cancel(true);
        store.held.countDown();
        await().until(() -> released.size() == 1);

        store.held = new CountDownLatch(1);
        CompletableFuture<Integer> future = future();
        future.cancel(false);
        store.held.countDown();
        await().until(() -> released.size() == 2);
        assertThat(waiters.selectors()).isEmpty();
    }

    @Test
    @DisplayName("DEQ-5: an error out of the store ends the thread that claimed; the next one claims")
    void errorsEndOneThread() throws Exception {
        Future<Integer> first = heldTaker();
        Future<Integer> second = take(waiters);
        enqueue();
        store.errors.add(new AssertionError("planned"));
        store.held.countDown();

        assertThat(get(second)).isEqualTo(1);
        assertThat(first)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withMessageContaining("planned");
        assertThat(waiters.selectors()).isEmpty();
    }

    @Test
    @DisplayName(
            "DEQ-4: what a future got by its one attempt goes to who waits, if it was canceled meanwhile, else back")
    void jobsOfCanceledAttemptsGoOn() throws Exception {
        Future<Integer> waiting = take(waiters);
        enqueueTwo();
        store.held = new CountDownLatch(1);
        List<CompletableFuture<Integer>> attempts = List.of(once(), once());
        await().until(() -> store.claims.size() == 3);
        attempts.forEach(attempt -> attempt.cancel(false));
        store.held.countDown();

        assertThat(get(waiting)).isEqualTo(1);
        await().until(() -> released.size() == 1);
        assertThat(waiters.selectors()).isEmpty();
    }

    private static Changes changes(Set<TypeChannel> ready, Set<TypeChannel> scheduled) {
        Map<TypeChannel, Integer> counts = new HashMap<>();
        ready.forEach(pair -> counts.put(pair, 1));
        return new Changes(counts, scheduled, List.of(JobId.create()), false);
    }

    @Test
    @DisplayName(
            "DEQ-5, DEQ-14: what became ready or has a time now is claimed, by those alone who wait for it; the end of a job says nothing")
    void changesAreClaimed() throws Exception {
        CompletableFuture<Integer> future = future();
        TypeChannel pair = new TypeChannel(BUILD.name(), JobOptions.DEFAULT_CHANNEL);
        TypeChannel other = new TypeChannel(BUILD.name(), "other");
        waiters.changed(changes(Set.of(), Set.of()));
        waiters.changed(changes(Set.of(other), Set.of(other)));
        settle();
        assertThat(store.slots()).isEqualTo(1 + 4);
        assertThat(future).isNotDone();

        enqueue();
        waiters.changed(changes(Set.of(other, pair), Set.of()));
        assertThat(get(future)).isEqualTo(1);
    }

    @Test
    @DisplayName("DEQ-15: futures that wait take no thread")
    void waitingFuturesTakeNoThread() throws Exception {
        List<CompletableFuture<Integer>> futures =
                Stream.generate(this::future).limit(5).toList();
        settle();
        assertThat(futures).noneMatch(Future::isDone);
    }

    @Test
    @DisplayName("DEQ-5: who waits is woken though all who waited for something else have left")
    void othersLeave() throws Exception {
        CompletableFuture<Integer> future = future();
        CompletableFuture<Integer> other =
                waiters.takeAsync(DequeueRequest.of(SELECTOR.anyChannel()), "worker", List::size);
        await().until(() -> store.claims.size() == 2);
        other.cancel(false);
        await().until(() -> waiters.selectors().equals(List.of(SELECTOR)));

        settle();
        enqueue();
        waiters.changed(changes(Set.of(), Set.of(new TypeChannel(BUILD.name(), JobOptions.DEFAULT_CHANNEL))));
        assertThat(get(future)).isEqualTo(1);
    }

    @Test
    @DisplayName("DEQ-5: what a poll has found is claimed, by those alone who wait for it")
    void foundJobsAreClaimed() throws Exception {
        CompletableFuture<Integer> future = future();
        settle();
        enqueue();
        waiters.found(List.of(SELECTOR.anyChannel()));
        assertThat(store.slots()).isEqualTo(1 + 4);
        waiters.found(List.of(SELECTOR.anyChannel(), SELECTOR));
        assertThat(get(future)).isEqualTo(1);
        settle();
        assertThat(released).isEmpty();
        assertThat(waiters.selectors()).isEmpty();
    }

    @Test
    @DisplayName("DEQ-15: a future whose one attempt has no time to wait gets what is there, or nothing")
    void oneAttemptOfAFuture() throws Exception {
        enqueue();
        assertThat(get(once())).isEqualTo(1);
        assertThat(get(once())).isZero();
        settle();
        assertThat(released).isEmpty();
    }

    @Test
    @DisplayName(
            "DEQ-13: one attempt of a future that nobody knows the outcome of is repeated once, and then tells its tokens")
    void unknownAttemptOfAFuture() {
        store.failures.add(new JobQueueException.OutcomeUnknown("planned", null));
        store.failures.add(new JobQueueException.OutcomeUnknown("planned", null));
        CompletableFuture<Integer> future = once();

        assertThat(future)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(JobQueueException.OutcomeUnknown.class)
                .satisfies(failure -> assertThat(((JobQueueException.OutcomeUnknown) failure.getCause()).tokens())
                        .containsExactly(store.claims.get(0).get(0).token()));
        assertThat(store.claims).hasSize(2);
    }

    @Test
    @DisplayName("DEQ-15: a future that is canceled before its one attempt makes none")
    void canceledFutureMakesNoAttempt() throws Exception {
        store.held = new CountDownLatch(1);
        for (int i = 0; i < 4; i++) {
            var unused = once();
        }
        await().until(() -> store.slots() == 4);
        once().cancel(false);
        store.held.countDown();
        settle();
        assertThat(store.slots()).isEqualTo(8);
    }

    @Test
    @DisplayName("DUR-5: a close ends threads and futures, and lets nobody wait any more")
    void closeEndsAll() {
        List<Future<Integer>> all = List.of(take(waiters), future(), take(waiters), future());
        waiters.close();
        for (Future<Integer> each : all) {
            assertThat(each)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(JobQueueException.Closed.class);
        }
        int claims = store.claims.size();
        assertThatExceptionOfType(JobQueueException.Closed.class).isThrownBy(() -> waiters.take(REQUEST, "worker"));
        for (DequeueRequest request : List.of(REQUEST, NOW)) {
            assertThatExceptionOfType(JobQueueException.Closed.class)
                    .isThrownBy(() -> waiters.takeAsync(request, "worker", List::size));
        }
        assertThat(store.claims).hasSize(claims);
    }

    @Test
    @DisplayName("DEQ-15, DUR-5: the threads of futures hold up no end of the process, and end with the queue")
    void threadsOfFuturesEnd() throws Exception {
        Thread thread = get(waiters.takeAsync(NOW, "worker", jobs -> Thread.currentThread()));
        assertThat(thread.isDaemon()).isTrue();
        CompletableFuture<Integer> future = future();
        waiters.close();
        assertThat(future).failsWithin(Duration.ofSeconds(10));
        await().until(() -> !thread.isAlive());
    }
}
