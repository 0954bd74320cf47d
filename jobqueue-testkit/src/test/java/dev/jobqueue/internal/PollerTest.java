package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
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

/** DEQ-5, QRY-6: what the one poll of a process finds over a store that tells nobody anything. */
class PollerTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Duration OFTEN = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofHours(1);
    private static final int BATCH = 100;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final Silent store = new Silent();
    private final Waiters waiters = new Waiters(store, System::nanoTime, Duration.ZERO, jobs -> {});
    private final EndWaiters endWaiters = new EndWaiters();

    /** Takes small batches; counts polls, and fails some. */
    private static final class Silent extends DelegatingJobStore {
        private final AtomicInteger polls = new AtomicInteger();
        private final AtomicInteger failures = new AtomicInteger();
        private final AtomicInteger looks = new AtomicInteger();
        private final List<List<Selector>> asked = new CopyOnWriteArrayList<>();
        private final List<List<JobId>> found = new CopyOnWriteArrayList<>();

        Silent() {
            super(new InMemoryJobStore());
        }

        /** Each poll asks for the size of a batch. */
        @Override
        public Traits traits() {
            if (Thread.currentThread().getName().equals("jobqueue-poll")) {
                polls.incrementAndGet();
            }
            Traits traits = super.traits();
            return new Traits(traits.capabilities(), BATCH, Optional.of(OFTEN), true);
        }

        @Override
        public List<Boolean> ready(List<Selector> selectors) {
            asked.add(selectors);
            if (failures.getAndDecrement() > 0) {
                throw new JobQueueException.StoreUnavailable("down", null);
            }
            return super.ready(selectors);
        }

        boolean ended(JobId id) {
            looks.incrementAndGet();
            return super.find(List.of(id), Set.of())
                    .get(0)
                    .map(job -> job.status().state().finished())
                    .orElse(true);
        }

        @Override
        public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
            found.add(ids);
            return super.find(ids, parts);
        }
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(OFTEN);
    }

    private Poller poller(Duration interval) {
        return new Poller(store, interval, waiters, endWaiters);
    }

    private JobId insert(String channel) {
        NewJob job = new NewJob(BUILD.job(null).channel(channel).job(), Duration.ZERO);
        assertThat(store.insert(List.of(List.of(job))).items()).hasSize(1);
        return job.job().id();
    }

    private Future<List<Taken>> taker(String channel) {
        Selector selector = Selector.of(BUILD).channels(channel);
        Future<List<Taken>> taker =
                executor.submit(() -> waiters.take(DequeueRequest.of(selector).timeout(LONG), "worker"));
        await().until(() -> waiters.selectors().contains(selector));
        return taker;
    }

    private Future<Optional<Boolean>> awaitEnd(JobId id) {
        return executor.submit(() ->
                endWaiters.await(id, LONG, () -> Optional.of(store.ended(id)).filter(ended -> ended)));
    }

    @Test
    @DisplayName("DEQ-5: a job that nobody announced is found for those who wait for it, and only these are woken")
    void findsJobs() throws Exception {
        try (Poller poller = poller(OFTEN)) {
            Future<List<Taken>> other = taker("other");
            Future<List<Taken>> taker = taker("here");
            JobId id = insert("here");
            assertThat(taker.get(10, TimeUnit.SECONDS))
                    .extracting(taken -> taken.job().job().id())
                    .containsExactly(id);
            assertThat(other).isNotDone();
            assertThat(poller).isNotNull();
        }
        assertThat(store.asked).allSatisfy(selectors -> assertThat(selectors).isNotEmpty());
        assertThat(store.found).isEmpty();
    }

    @Test
    @DisplayName("QRY-6: ends that nobody announced are found, of any number of jobs, also of those that were removed")
    void findsEnds() throws Exception {
        int size = 2 * BATCH + 1;
        List<JobId> ids = new ArrayList<>();
        List<Future<Optional<Boolean>>> waiting = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            ids.add(insert("default"));
            waiting.add(awaitEnd(ids.get(i)));
        }
        await().until(() -> endWaiters.ids().size() == size);
        try (Poller poller = poller(OFTEN)) {
            await().until(() -> store.found.size() > 3);
            assertThat(waiting).noneMatch(Future::isDone);
            assertThat(store.looks).as("looks at jobs that have not ended").hasValue(size);
            assertThat(List.copyOf(store.found).subList(0, 3))
                    .extracting(List::size)
                    .containsExactly(BATCH, BATCH, 1);
            store.cancel(
                    ids.stream().map(id -> new CancelRequest(id, "", false)).toList());
            assertThat(store.delete(ids.get(0))).isNotNull();
            for (Future<Optional<Boolean>> each : waiting) {
                assertThat(each.get(10, TimeUnit.SECONDS)).contains(true);
            }
            assertThat(poller).isNotNull();
        }
        assertThat(store.asked).isEmpty();
    }

    @Test
    @DisplayName("DEQ-5: a poll that fails is followed by the next one")
    void goesOnAfterAFailure() throws Exception {
        store.failures.set(3);
        try (Poller poller = poller(OFTEN)) {
            Future<List<Taken>> taker = taker("here");
            insert("here");
            assertThat(taker.get(10, TimeUnit.SECONDS)).hasSize(1);
            assertThat(poller).isNotNull();
        }
    }

    @Test
    @DisplayName("the store is not asked for anything while nobody waits, and is not polled after the close")
    void asksNothingForNobody() {
        Poller poller = poller(OFTEN);
        await().until(() -> store.polls.get() > 5);
        poller.close();
        int polls = store.polls.get();
        assertThat(store.asked).isEmpty();
        assertThat(store.found).isEmpty();
        poller.close();
        assertThat(store.polls).hasValue(polls);
    }

    /** The thread of the poller, once it waits. */
    private static Thread sleeping() {
        return await().until(
                        () -> Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().equals("jobqueue-poll"))
                                .filter(thread -> thread.getState() == Thread.State.TIMED_WAITING)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    @DisplayName("an interrupt of its thread ends the poller, which keeps no program alive")
    void interruptEndsThePoller() throws Exception {
        try (Poller poller = poller(LONG)) {
            Thread thread = sleeping();
            assertThat(thread.isDaemon()).isTrue();
            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(10));
            assertThat(thread.isAlive()).isFalse();
            assertThat(poller).isNotNull();
        }
        assertThat(store.polls).hasValue(0);
    }

    @Test
    @DisplayName("DUR-5: a close does not wait for the next poll, and keeps an interrupt for later")
    void closeIsPrompt() {
        Poller poller = poller(LONG);
        assertThat(sleeping()).isNotNull();
        Thread.currentThread().interrupt();
        poller.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(store.polls).hasValue(0);
    }
}
