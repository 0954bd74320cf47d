package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who shares a claim with whom. */
class PollsTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Selector SELECTOR = Selector.of(BUILD);
    private static final Selector OTHER = SELECTOR.anyChannel();
    private static final Duration HOUR = Duration.ofHours(1);

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<ClaimRequest> claims = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch held = new CountDownLatch(0);
    private boolean combine = true;
    private final DelegatingJobStore store = new DelegatingJobStore(new InMemoryJobStore()) {
        @Override
        public Traits traits() {
            Traits traits = super.traits();
            return new Traits(traits.capabilities(), traits.maxBatch(), traits.pollInterval(), combine);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            claims.add(request);
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return super.claim(request);
        }
    };
    private final JobQueue queue = JobQueue.on(store);

    @AfterEach
    void stop() {
        held.countDown();
        executor.shutdownNow();
        queue.close();
    }

    private Polls polls(Duration gather) {
        return new Polls(store, HOUR, gather);
    }

    private static ClaimRequest request(Selector selector) {
        return new ClaimRequest(selector, List.of(new ClaimSlot(JobToken.create(), "worker", true)));
    }

    /** A poll in a thread of its own; returns when it is over, waits for others, or is held. */
    private Future<List<ClaimedJob>> poll(Polls polls, ClaimRequest request) {
        CompletableFuture<Thread> started = new CompletableFuture<>();
        Future<List<ClaimedJob>> jobs = executor.submit(() -> {
            started.complete(Thread.currentThread());
            return polls.claim(request);
        });
        Thread thread = started.join();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .until(() -> jobs.isDone()
                        || thread.getState() == Thread.State.WAITING
                        || thread.getState() == Thread.State.TIMED_WAITING);
        return jobs;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private List<Integer> sizes() {
        return claims.stream().map(claim -> claim.slots().size()).toList();
    }

    @Test
    @DisplayName("DEQ-3, DEQ-12: who polls during a claim shares the next one, and gets the jobs of his own tokens")
    void shared() throws Exception {
        queue.enqueueAll(Stream.generate(() -> BUILD.job(null)).limit(9).toList());
        Polls polls = polls(Duration.ZERO);
        held = new CountDownLatch(1);
        Future<List<ClaimedJob>> first = poll(polls, request(SELECTOR));
        List<ClaimRequest> requests =
                Stream.generate(() -> request(SELECTOR)).limit(10).toList();
        List<Future<List<ClaimedJob>>> others =
                requests.stream().map(request -> poll(polls, request)).toList();
        held.countDown();

        assertThat(get(first)).hasSize(1);
        for (int i = 0; i < 8; i++) {
            assertThat(get(others.get(i)))
                    .singleElement()
                    .extracting(ClaimedJob::token)
                    .isEqualTo(requests.get(i).slots().get(0).token());
        }
        assertThat(get(others.get(8))).isEmpty();
        assertThat(get(others.get(9))).isEmpty();
        assertThat(sizes()).containsExactly(1, 10);
    }

    @Test
    @DisplayName("who polls for something else does not wait")
    void apart() throws Exception {
        queue.enqueue(BUILD.job(null));
        Polls polls = polls(Duration.ZERO);
        held = new CountDownLatch(1);
        Future<List<ClaimedJob>> first = poll(polls, request(SELECTOR));
        held = new CountDownLatch(0);
        assertThat(get(poll(polls, request(OTHER)))).hasSize(1);
        assertThat(first).isNotDone();
    }

    @Test
    @DisplayName("who polls waits for a claim under way also when others have left since it set out")
    void oneLeaves() throws Exception {
        Polls polls = polls(Duration.ZERO);
        CountDownLatch holdsFirst = new CountDownLatch(1);
        held = holdsFirst;
        Future<List<ClaimedJob>> first = poll(polls, request(SELECTOR));
        Future<List<ClaimedJob>> second = poll(polls, request(SELECTOR));
        CountDownLatch holdsSecond = new CountDownLatch(1);
        held = holdsSecond;
        holdsFirst.countDown();
        get(first);
        Awaitility.await().until(() -> claims.size() == 2);
        held = new CountDownLatch(0);
        get(poll(polls, request(OTHER)));

        Future<List<ClaimedJob>> third = poll(polls, request(SELECTOR));
        assertThat(third).isNotDone();
        holdsSecond.countDown();
        get(second);
        get(third);
        assertThat(sizes()).containsExactly(1, 1, 1, 1);
    }

    private void twoShareAClaim(Polls polls) throws Exception {
        held = new CountDownLatch(1);
        List<Future<List<ClaimedJob>>> three =
                List.of(poll(polls, request(SELECTOR)), poll(polls, request(SELECTOR)), poll(polls, request(SELECTOR)));
        held.countDown();
        for (Future<List<ClaimedJob>> each : three) {
            get(each);
        }
        assertThat(sizes()).containsExactly(1, 2);
    }

    @Test
    @DisplayName("who shared a claim waits for the others when he polls again, also if all had left meanwhile")
    void backTogether() throws Exception {
        Polls polls = polls(HOUR);
        twoShareAClaim(polls);
        Future<List<ClaimedJob>> back = poll(polls, request(SELECTOR));
        assertThat(back).isNotDone();
        get(poll(polls, request(SELECTOR)));
        get(back);
        assertThat(sizes()).containsExactly(1, 2, 2);
    }

    @Test
    @DisplayName("nothing is kept of those who have left, once others have")
    void forgotten() throws Exception {
        Polls polls = polls(HOUR);
        twoShareAClaim(polls);
        get(poll(polls, request(OTHER)));
        get(poll(polls, request(SELECTOR)));
        assertThat(sizes()).containsExactly(1, 2, 1, 1);
    }

    @Test
    @DisplayName("over a store whose calls are not combined each poll is a claim of its own")
    void notCombined() throws Exception {
        combine = false;
        queue.enqueue(BUILD.job(null));
        Polls polls = polls(HOUR);
        held = new CountDownLatch(1);
        var first = poll(polls, request(SELECTOR));
        var second = poll(polls, request(SELECTOR));
        assertThat(sizes()).containsExactly(1, 1);
        held.countDown();
        assertThat(get(first).size() + get(second).size()).isEqualTo(1);
    }
}
