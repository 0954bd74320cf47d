package dev.jobqueue.testkit.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaitingOverFaultyStoreTest {
    private static final JobType<RawJson, RawJson> TYPE = JobType.raw("t");
    private static final Selector SELECTOR = Selector.of(TYPE);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final FaultyStore store = new FaultyStore();
    private final JobQueue queue = JobQueue.on(store);

    /** Looks often, so that the tests are quick. */
    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(1));
    }

    @AfterEach
    void close() {
        queue.close();
        executor.shutdownNow();
    }

    /** Fails the next claims before or after they reach the store, or holds them. */
    private static final class FaultyStore extends DelegatingJobStore {
        final AtomicInteger unavailable = new AtomicInteger();
        final AtomicInteger repliesLost = new AtomicInteger();
        final List<List<ClaimSlot>> claims = new CopyOnWriteArrayList<>();
        final AtomicInteger finishRepliesLost = new AtomicInteger();
        volatile CountDownLatch held = new CountDownLatch(0);

        FaultyStore() {
            super(new InMemoryJobStore());
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            claims.add(request.slots());
            if (unavailable.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new JobQueueException.StoreUnavailable("planned", null);
            }
            Claimed claimed = super.claim(request);
            try {
                held.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (repliesLost.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new JobQueueException.OutcomeUnknown("planned", null);
            }
            return claimed;
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            if (finishRepliesLost.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new JobQueueException.OutcomeUnknown("planned", null);
            }
            return receipt;
        }
    }

    @Test
    @DisplayName("DEQ-3: a wait goes on after the store was unavailable")
    void waitsThroughAnOutage() throws Exception {
        queue.enqueue(TYPE.job(null));
        store.unavailable.set(3);

        assertThat(queue.dequeue(TYPE, LONG)).isPresent();
        assertThat(store.claims).hasSize(4);
    }

    @ParameterizedTest(name = "after {0} ms")
    @ValueSource(ints = {1, 300})
    @DisplayName("DEQ-3: who comes during the claim of another waiter leaves when his own time has passed")
    void timeoutOfAWaiterThatCameDuringAClaim(int millis) throws Exception {
        Future<?> first = executor.submit(() -> queue.dequeue(SELECTOR, LONG));
        // One of its own, then the one of its group.
        await().until(() -> store.claims.size() == 2);
        store.held = new CountDownLatch(1);
        queue.wake();
        await().until(() -> store.claims.size() == 3);
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        Duration timeout = Duration.ofMillis(millis);
        Future<Optional<RunningJob<RawJson, RawJson>>> second = executor.submit(() -> {
            thread.complete(Thread.currentThread());
            return queue.dequeue(SELECTOR, timeout);
        });
        Future<List<RunningJob<RawJson, RawJson>>> third =
                queue.dequeueAsync(DequeueRequest.of(SELECTOR).timeout(timeout));
        await().until(() -> thread.join().getState() == Thread.State.TIMED_WAITING);
        store.held.countDown();

        assertThat(second.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(third.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(first).isNotDone();
    }

    @Test
    @DisplayName("DEQ-3: a wait that never reached the store says so instead of answering empty")
    void unreachedStoreIsNotNothing() {
        store.unavailable.set(Integer.MAX_VALUE);

        assertThatExceptionOfType(JobQueueException.StoreUnavailable.class)
                .isThrownBy(() -> queue.dequeue(TYPE, Duration.ofMillis(50)));
        assertThatExceptionOfType(JobQueueException.StoreUnavailable.class)
                .isThrownBy(() -> queue.dequeue(TYPE, Duration.ZERO));
    }

    /** The same slots, which no store may take for fresh. */
    private static List<ClaimSlot> again(List<ClaimSlot> slots) {
        assertThat(slots).allMatch(ClaimSlot::fresh);
        return slots.stream()
                .map(slot -> new ClaimSlot(slot.token(), slot.worker(), false))
                .toList();
    }

    @Test
    @DisplayName("DEQ-13: a claim whose reply was lost is repeated with the same tokens, and no job is lost")
    void repeatsTheSameTokens() throws Exception {
        var first = queue.enqueue(TYPE.job(null)).id();
        queue.enqueue(TYPE.job(null));
        store.repliesLost.set(1);

        Optional<RunningJob<RawJson, RawJson>> job = queue.dequeue(SELECTOR, LONG);

        assertThat(job.orElseThrow().id()).isEqualTo(first);
        assertThat(store.claims.get(1)).containsAll(again(store.claims.get(0)));
        await().untilAsserted(() -> assertThat(queue.counts()).anySatisfy(count -> {
            assertThat(count.state()).isEqualTo(JobState.READY);
            assertThat(count.count()).isEqualTo(1);
        }));
    }

    @Test
    @DisplayName(
            "WRK-1: the time since the dequeue counts from the first claim with the token, also if its reply was lost")
    void sinceDequeueCountsFromTheFirstClaim() throws Exception {
        queue.enqueue(TYPE.job(null));
        store.repliesLost.set(1);
        store.held = new CountDownLatch(1);
        Future<Optional<RunningJob<RawJson, RawJson>>> waiter = executor.submit(() -> queue.dequeue(SELECTOR, LONG));
        await().until(() -> store.claims.size() == 1);
        long claimed = System.nanoTime();
        store.held.countDown();

        RunningJob<RawJson, RawJson> job = waiter.get(10, TimeUnit.SECONDS).orElseThrow();
        long least = System.nanoTime() - claimed;
        assertThat(store.claims).hasSize(2);
        assertThat(job.sinceDequeue().orElseThrow()).isGreaterThanOrEqualTo(Duration.ofNanos(least));
        assertThat(job.as(TYPE).sinceDequeue()).isPresent();
        assertThat(queue.running(job.token()).orElseThrow().sinceDequeue()).isEmpty();
    }

    @Test
    @DisplayName("DEQ-13: one attempt without waiting repeats its tokens too")
    void oneAttemptRepeatsTheSameTokens() throws Exception {
        queue.enqueue(TYPE.job(null));
        store.repliesLost.set(1);

        assertThat(queue.dequeue(TYPE, Duration.ZERO)).isPresent();
        assertThat(store.claims.get(1)).isEqualTo(again(store.claims.get(0)));
    }

    @Test
    @DisplayName("DEQ-4: a job claimed for a waiter that was interrupted meanwhile goes to the next waiter")
    void jobOfAnInterruptedWaiterGoesOn() throws Exception {
        store.held = new CountDownLatch(1);
        var id = queue.enqueue(TYPE.job(null)).id();
        Future<Optional<RunningJob<RawJson, RawJson>>> leader = executor.submit(() -> queue.dequeue(SELECTOR, LONG));
        await().until(() -> store.claims.size() == 1);
        Future<Optional<RunningJob<RawJson, RawJson>>> next = executor.submit(() -> queue.dequeue(SELECTOR, LONG));
        leader.cancel(true);
        store.held.countDown();

        assertThat(leader.isCancelled()).isTrue();
        assertThat(next.get(10, TimeUnit.SECONDS).orElseThrow().id()).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-4: jobs of an interrupted dequeue that nobody else waits for are READY again")
    void jobOfAnInterruptedDequeueIsGivenBack() throws Exception {
        store.held = new CountDownLatch(1);
        var id = queue.enqueue(TYPE.job(null)).id();
        Future<Optional<RunningJob<RawJson, RawJson>>> dequeue = executor.submit(() -> queue.dequeue(SELECTOR, LONG));
        await().until(() -> store.claims.size() == 1);
        dequeue.cancel(true);
        store.held.countDown();

        await().until(() -> queue.status(id).state() == JobState.READY);
        assertThat(queue.status(id).failures()).isZero();
    }

    @Test
    @DisplayName("DEQ-13: tokens of concurrent claims whose replies were lost are all repeated, and no job is lost")
    void repeatsTheTokensOfSeveral() throws Exception {
        int callers = 4;
        for (int i = 0; i < callers; i++) {
            queue.enqueue(TYPE.job(null));
        }
        store.repliesLost.set(callers);
        store.held = new CountDownLatch(1);
        List<Future<Optional<RunningJob<RawJson, RawJson>>>> waiters = new CopyOnWriteArrayList<>();
        for (int i = 0; i < callers; i++) {
            waiters.add(executor.submit(() -> queue.dequeue(SELECTOR, LONG)));
        }
        await().until(() -> store.claims.size() == callers);
        store.held.countDown();

        Set<JobId> taken = new HashSet<>();
        for (Future<Optional<RunningJob<RawJson, RawJson>>> waiter : waiters) {
            taken.add(waiter.get(10, TimeUnit.SECONDS).orElseThrow().id());
        }
        assertThat(taken).hasSize(callers);
    }

    @Test
    @DisplayName("DEQ-5, QRY-6: who waits is woken by a change whose reply was lost")
    void lostReplyWakes() throws Exception {
        var id = queue.enqueue(TYPE.job(null)).id();
        var dependent =
                queue.enqueue(TYPE.job(null).channel("other").dependsOn(id)).id();
        RunningJob<RawJson, RawJson> job = queue.dequeue(SELECTOR, LONG).orElseThrow();
        Future<?> end = executor.submit(() -> queue.await(id, LONG));
        Future<Optional<RunningJob<RawJson, RawJson>>> waiter =
                executor.submit(() -> queue.dequeue(SELECTOR.channels("other"), LONG));
        // One of its own, then the one of its group.
        await().until(() -> store.claims.size() == 3);
        store.finishRepliesLost.set(1);
        assertThatExceptionOfType(JobQueueException.OutcomeUnknown.class).isThrownBy(() -> job.succeed(null));

        assertThat(waiter.get(10, TimeUnit.SECONDS).orElseThrow().id()).isEqualTo(dependent);
        assertThat(end).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("DEQ-5: one ready job makes one claim, not one for each of a hundred waiters")
    void noHerd() throws Exception {
        List<Future<Optional<RunningJob<RawJson, RawJson>>>> waiters = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiters.add(executor.submit(() -> queue.dequeue(SELECTOR, LONG)));
        }
        await().until(() -> store.claims.stream().mapToInt(List::size).max().orElse(0) == 100);
        int before = store.claims.size();
        for (int i = 0; i < 10; i++) {
            queue.enqueue(TYPE.job(null));
            int done = i + 1;
            await().until(() -> waiters.stream().filter(Future::isDone).count() == done);
        }

        assertThat(store.claims.size() - before).isBetween(1, 20);
    }

    @Test
    @DisplayName("DEQ-8: a batch waits for the first job only and takes up to n")
    void batches() throws Exception {
        Future<List<RunningJob<RawJson, RawJson>>> waiter = executor.submit(
                () -> queue.dequeueBatch(DequeueRequest.of(SELECTOR).max(10).timeout(LONG)));
        await().until(() -> !store.claims.isEmpty());
        queue.enqueue(TYPE.job(null));
        assertThat(waiter.get(10, TimeUnit.SECONDS)).hasSize(1);

        for (int i = 0; i < 15; i++) {
            queue.enqueue(TYPE.job(null));
        }
        assertThat(queue.dequeueBatch(DequeueRequest.of(SELECTOR).max(10).timeout(LONG)))
                .hasSize(10);
    }

    @Test
    @DisplayName("DUR-5: close wakes a waiter whose claim is in flight")
    void closeDuringAClaim() {
        store.held = new CountDownLatch(1);
        Future<?> waiter = executor.submit(() -> queue.dequeue(SELECTOR, LONG));
        await().until(() -> store.claims.size() == 1);
        queue.close();
        store.held.countDown();

        assertThat(waiter)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(JobQueueException.Closed.class);
    }
}
