package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How many waiters share a claim. */
class WaitersTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<Integer> claims = new CopyOnWriteArrayList<>();
    private final Combining store = new Combining();
    private final JobQueue queue = JobQueue.on(store);

    /** Has its calls combined; the sizes of claims are noted. */
    private final class Combining extends DelegatingJobStore {
        Combining() {
            super(new InMemoryJobStore());
        }

        @Override
        public Traits traits() {
            Traits traits = super.traits();
            return new Traits(traits.capabilities(), traits.maxBatch(), traits.pollInterval(), true);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            claims.add(request.slots().size());
            return super.claim(request);
        }
    }

    /** Looks often, so that the tests are quick. */
    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(1));
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
        queue.close();
    }

    private Waiters waiters(Duration gather) {
        return new Waiters(store, gather, jobs -> {});
    }

    /** Takes a job in a thread of its own; returns when that has one, or waits. */
    private Future<Integer> take(Waiters waiters) {
        CompletableFuture<Thread> started = new CompletableFuture<>();
        Future<Integer> jobs = executor.submit(() -> {
            started.complete(Thread.currentThread());
            return waiters.take(DequeueRequest.of(Selector.of(BUILD)).timeout(Duration.ofMinutes(1)), "worker")
                    .size();
        });
        Thread thread = started.join();
        await().until(() -> jobs.isDone() || thread.getState() == Thread.State.TIMED_WAITING);
        return jobs;
    }

    private void enqueueTwo() {
        queue.enqueueAll(List.of(BUILD.job(RawJson.NULL), BUILD.job(RawJson.NULL)));
    }

    private void twoShareAClaim(Waiters waiters) throws Exception {
        List<Future<Integer>> both = List.of(take(waiters), take(waiters));
        enqueueTwo();
        waiters.changed(Changes.ANYTHING);
        for (Future<Integer> jobs : both) {
            assertThat(jobs.get(10, TimeUnit.SECONDS)).isEqualTo(1);
        }
        assertThat(claims).containsExactly(1, 2, 2);
        enqueueTwo();
    }

    @Test
    @DisplayName("who shared a claim and comes back waits for the others, and they share the next one")
    void thoseWhoWereServedTogetherClaimTogether() throws Exception {
        Waiters waiters = waiters(Duration.ofHours(1));
        twoShareAClaim(waiters);

        Future<Integer> back = take(waiters);
        assertThat(back).isNotDone();
        assertThat(take(waiters).get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(back.get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(claims).containsExactly(1, 2, 2, 2);
    }

    @Test
    @DisplayName("who expects others in vain claims alone after a moment, and expects nobody then")
    void nobodyIsExpectedForLong() throws Exception {
        Waiters waiters = waiters(Duration.ofMillis(1));
        twoShareAClaim(waiters);

        assertThat(take(waiters).get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(take(waiters).get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(claims).containsExactly(1, 2, 2, 1, 1);
    }
}
