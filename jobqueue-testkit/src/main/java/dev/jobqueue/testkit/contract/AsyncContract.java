package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.Traits.Capability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rule DEQ-15: futures wait as threads do, in one line with them. */
@Tag(Level.MUST)
public abstract class AsyncContract extends AreaContract {
    private static final DequeueRequest FOREVER = DequeueRequest.of(Selector.of(BUILD));

    private CompletableFuture<List<RunningJob<RawJson, RawJson>>> future() {
        return queue.dequeueAsync(FOREVER);
    }

    /** A future that has asked the store and waits. */
    private CompletableFuture<List<RunningJob<RawJson, RawJson>>> waitingFuture() {
        int before = store.claims();
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> future = future();
        Awaitility.await().atMost(fixture.soon()).until(() -> store.claims() > before);
        return future;
    }

    private JobId id(Future<List<RunningJob<RawJson, RawJson>>> future) throws Exception {
        List<RunningJob<RawJson, RawJson>> jobs = get(future);
        assertThat(jobs).hasSize(1);
        return jobs.get(0).id();
    }

    private <T> T get(Future<T> future) throws Exception {
        return future.get(fixture.soon().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void awaitReady(JobId id) {
        Awaitility.await().atMost(fixture.soon()).until(() -> state(id) == JobState.READY);
    }

    @Test
    @DisplayName("DEQ-15, DEQ-8 [must]: a job that is there already comes at once, and as many as are asked for")
    void readyJobsCome() throws Exception {
        List<JobRequest<RawJson, RawJson>> requests = requests(BUILD, 3);
        queue.enqueueAll(requests);
        assertThat(get(queue.dequeueAsync(FOREVER.max(5))))
                .map(RunningJob::id)
                .containsExactlyElementsOf(ids(requests));
        JobId id = enqueue(BUILD);
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> future = queue.dequeueAsync(FOREVER.worker("somebody"));
        assertThat(id(future)).isEqualTo(id);
        assertThat(queue.status(id).attempts().get(0).worker()).isEqualTo("somebody");
    }

    @Test
    @DisplayName("DEQ-15, DEQ-5 [must]: an enqueue, the end of a dependency, a release and a resume complete a future")
    void changesComplete() throws Exception {
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> first = waitingFuture();
        JobId enqueued = enqueue(BUILD);
        assertThat(id(first)).isEqualTo(enqueued);

        JobId dependency = enqueue(OTHER);
        JobId dependent = enqueue(BUILD.job(null).dependsOn(dependency));
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> second = waitingFuture();
        queue.cancel(dependency, "");
        List<RunningJob<RawJson, RawJson>> jobs = get(second);
        assertThat(jobs.get(0).id()).isEqualTo(dependent);

        CompletableFuture<List<RunningJob<RawJson, RawJson>>> third = waitingFuture();
        jobs.get(0).release(NOW);
        assertThat(id(third)).isEqualTo(dependent);

        PauseScope scope = new PauseScope.Family("build");
        queue.pause(scope);
        JobId paused = enqueue(BUILD);
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> fourth = waitingFuture();
        queue.resume(scope);
        assertThat(id(fourth)).isEqualTo(paused);
    }

    @Test
    @DisplayName("DEQ-15, DEQ-5 [must]: futures and threads wait in one line, in the order of their arrival")
    void oneLineWithThreads() throws Exception {
        Duration limit = fixture.soon();
        List<Future<JobId>> line = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            if (i % 2 == 0) {
                line.add(waitingFuture().thenApply(jobs -> jobs.get(0).id()));
            } else {
                CompletableFuture<JobId> got = new CompletableFuture<>();
                Crew.one(
                                limit.plus(limit),
                                () -> got.complete(queue.dequeue(BUILD).id()))
                        .waiting();
                line.add(got);
            }
        }
        for (Future<JobId> next : line) {
            JobId id = enqueue(BUILD);
            assertThat(get(next)).isEqualTo(id);
        }
    }

    @Test
    @DisplayName("DEQ-15, DEQ-3 [must]: a future is empty when its time has passed, not before; zero is one attempt")
    void timeoutCompletesEmpty() throws Exception {
        long start = System.nanoTime();
        assertThat(get(queue.dequeueAsync(FOREVER.timeout(fixture.quiet())))).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(fixture.quiet());
        assertThat(get(queue.dequeueAsync(FOREVER.timeout(NOW)))).isEmpty();
        JobId id = enqueue(BUILD);
        assertThat(id(queue.dequeueAsync(FOREVER.timeout(NOW)))).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-15, DEQ-3 [must]: of many futures each ends by its own time")
    void eachHasItsOwnTime() throws Exception {
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> stays = waitingFuture();
        List<CompletableFuture<List<RunningJob<RawJson, RawJson>>>> end = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            end.add(queue.dequeueAsync(FOREVER.timeout(Duration.ofMillis(10 + 5 * i))));
        }
        for (Future<List<RunningJob<RawJson, RawJson>>> each : end) {
            assertThat(get(each)).isEmpty();
        }
        assertThat(stays).isNotDone();
        JobId id = enqueue(BUILD);
        assertThat(id(stays)).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-15, DEQ-4, DEQ-5 [must]: a future that was canceled or timed out by its owner waits no more")
    void endedFuturesLeave() throws Exception {
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> canceled = waitingFuture();
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> timedOut = waitingFuture();
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> stays = waitingFuture();
        assertThat(canceled.cancel(false)).isTrue();
        assertThatThrownBy(() -> get(timedOut.orTimeout(1, TimeUnit.MILLISECONDS)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(TimeoutException.class);
        JobId id = enqueue(BUILD);
        assertThat(id(stays)).isEqualTo(id);
        assertThat(waitingFuture().cancel(false)).isTrue();
        JobId ready = enqueue(BUILD);
        assertThat(takeAll()).containsExactly(ready);
    }

    @Test
    @DisplayName("DEQ-15, DEQ-4 [must]: a job that comes for a future that was just canceled goes to the next one")
    void jobOfACanceledFutureGoesOn() throws Exception {
        GatedStore gated = new GatedStore(store);
        JobQueue other = over(gated);
        JobId id = enqueue(BUILD);
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> first = other.dequeueAsync(FOREVER);
        gated.awaitClaim();
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> second = other.dequeueAsync(FOREVER);
        assertThat(first.cancel(false)).isTrue();
        gated.open();
        assertThat(id(second)).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-15, DEQ-4 [must]: a job that comes for a future that was just canceled goes back if nobody waits")
    void jobOfACanceledFutureGoesBack() throws Exception {
        for (Duration timeout : List.of(fixture.soon(), NOW)) {
            GatedStore gated = new GatedStore(store);
            JobQueue other = over(gated);
            JobId id = enqueue(BUILD);
            CompletableFuture<List<RunningJob<RawJson, RawJson>>> future = other.dequeueAsync(FOREVER.timeout(timeout));
            gated.awaitClaim();
            assertThat(future.cancel(false)).isTrue();
            gated.open();
            awaitReady(id);
            assertThat(takeAll()).containsExactly(id);
        }
    }

    @Test
    @Tag(Level.STOCHASTIC)
    @DisplayName("DEQ-15, DEQ-4, DEQ-5 [must, stochastic]: futures that end at any moment, beside threads, lose no job")
    void leavingFuturesLoseNoJob() throws Exception {
        int jobs = 300;
        Set<JobId> taken = ConcurrentHashMap.newKeySet();
        Crew<Boolean> crew = new Crew<>(fixture.soon(), 6, i -> () -> {
            Random random = new Random(i);
            while (taken.size() < jobs) {
                DequeueRequest request = FOREVER.timeout(Duration.ofNanos(random.nextInt(1_500_000)));
                if (i == 0) {
                    queue.dequeueBatch(request).forEach(job -> note(job, taken));
                } else {
                    CompletableFuture<List<RunningJob<RawJson, RawJson>>> future = queue.dequeueAsync(request);
                    LockSupport.parkNanos(random.nextInt(1_500_000));
                    if (!future.cancel(false)) {
                        future.join().forEach(job -> note(job, taken));
                    }
                }
            }
            return true;
        });
        Random random = new Random(0);
        for (int i = 0; i < jobs; i++) {
            queue.enqueue(BUILD.job(null));
            if (i % 10 == 0) {
                LockSupport.parkNanos(random.nextInt(2_000_000));
            }
        }
        // A job that was given back at the last moment must come to those who go on asking.
        crew.results();
        assertThat(taken).hasSize(jobs);
    }

    private static void note(RunningJob<RawJson, RawJson> job, Set<JobId> taken) {
        assertThat(taken.add(job.id())).as("given once: " + job.id()).isTrue();
    }

    @Test
    @DisplayName(
            "DEQ-15, DEQ-5 [must]: 500 futures take few threads, one ready job completes one of them by few claims")
    void manyFuturesTakeFewThreads() throws Exception {
        int size = 500;
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<CompletableFuture<List<RunningJob<RawJson, RawJson>>>> futures = Stream.generate(
                        () -> future().thenApply(jobs -> {
                            threads.add(Thread.currentThread());
                            return jobs;
                        }))
                .limit(size)
                .toList();
        // The group claims for as many as it has waiters, or as the store takes: then all have come.
        int most = Math.min(size, store.traits().maxBatch());
        Awaitility.await().atMost(fixture.soon()).until(() -> store.lastSlots() == most);
        Crew.watch(fixture.quiet());
        int before = store.claims();
        JobId id = enqueue(BUILD);
        assertThat(id(CompletableFuture.anyOf(futures.toArray(new CompletableFuture<?>[0]))
                        .thenApply(any -> futures.get(0).join())))
                .isEqualTo(id);
        Crew.watch(fixture.quiet());
        assertThat(futures.stream().filter(Future::isDone)).hasSize(1);
        // One for the signal, one for a signal that came during it, a few polls of a shared store.
        assertThat(store.claims() - before).as("claims for one job").isBetween(1, 10);

        List<JobRequest<RawJson, RawJson>> rest = requests(BUILD, size - 1);
        queue.enqueueAll(rest);
        List<JobId> got = new ArrayList<>();
        for (CompletableFuture<List<RunningJob<RawJson, RawJson>>> each : futures.subList(1, size)) {
            got.add(id(each));
        }
        assertThat(got).containsExactlyInAnyOrderElementsOf(ids(rest));
        assertThat(threads).as("threads that have completed 500 futures").hasSizeLessThan(50);
    }

    @Test
    @DisplayName("DEQ-15 [must]: what depends on a future may call the queue, also to wait for the next job")
    void futuresMayBeChained() throws Exception {
        List<JobRequest<RawJson, RawJson>> requests = requests(BUILD, 5);
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> chain = future();
        for (int i = 1; i < 5; i++) {
            chain = chain.thenCompose(jobs -> {
                succeed(jobs.get(0));
                return future();
            });
        }
        queue.enqueueAll(requests);
        assertThat(id(chain)).isEqualTo(requests.get(4).id());
        assertThat(states(ids(requests.subList(0, 4)))).containsOnly(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("DEQ-15, DUR-5 [must]: close completes all futures with Closed")
    void closeCompletesAll() throws Exception {
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> first = waitingFuture();
        CompletableFuture<List<RunningJob<RawJson, RawJson>>> second = future();
        queue.close();
        for (Future<?> each : List.of(first, second)) {
            assertThatThrownBy(() -> get(each))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(JobQueueException.Closed.class);
        }
        assertThatThrownBy(() -> {
                    var unused = future();
                })
                .isInstanceOf(JobQueueException.Closed.class);
        if (fixture.capabilities().contains(Capability.DURABLE)) {
            reopen();
        }
    }
}
