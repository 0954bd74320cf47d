package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.spi.Changes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

/** Waiting for the end of a job: who is asked for how often, and who is woken. */
class EndWaitersTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final EndWaiters waiters = new EndWaiters();
    private final JobId id = JobId.create();

    /** How often those who wait have asked. */
    private final AtomicInteger asked = new AtomicInteger();

    private volatile boolean ended;

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    /** Looks often, so that the tests are quick. */
    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(1));
    }

    private static Changes end(JobId... ids) {
        return new Changes(Map.of(), Set.of(), List.of(ids), false);
    }

    private Optional<String> ask() {
        asked.incrementAndGet();
        return ended ? Optional.of("ended") : Optional.empty();
    }

    /** Somebody waits for this job, and has asked once. */
    private Future<Optional<String>> waiter(JobId job) {
        int before = asked.get();
        Future<Optional<String>> waiter = executor.submit(() -> waiters.await(job, LONG, this::ask));
        await().until(() -> asked.get() > before);
        return waiter;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("QRY-6: a job that has ended is asked for once, and nobody waits then")
    void endedJobIsAskedForOnce() throws Exception {
        ended = true;
        assertThat(waiters.await(id, LONG, this::ask)).contains("ended");
        assertThat(asked).hasValue(1);
        assertThat(waiters.ids()).isEmpty();
    }

    @Test
    @DisplayName("QRY-6: the end of the job wakes all who wait for it, the end of another one nobody")
    void theEndWakesAll() throws Exception {
        JobId other = JobId.create();
        List<Future<Optional<String>>> all = List.of(waiter(id), waiter(id));
        assertThat(waiters.ids()).containsExactly(id);
        waiters.changed(end(other));
        waiters.changed(Changes.NONE);
        assertThat(asked).hasValue(2);
        ended = true;
        waiters.changed(end(other, id));
        for (Future<Optional<String>> each : all) {
            assertThat(get(each)).contains("ended");
        }
        assertThat(asked).hasValue(4);
        assertThat(waiters.ids()).isEmpty();
    }

    @Test
    @DisplayName("QRY-6: who is told that anything may have changed asks again, and waits on if nothing has")
    void anythingMakesAllAsk() throws Exception {
        Future<Optional<String>> first = waiter(id);
        Future<Optional<String>> second = waiter(JobId.create());
        waiters.changed(Changes.ANYTHING);
        await().until(() -> asked.get() == 4);
        assertThat(first).isNotDone();
        ended = true;
        waiters.changed(Changes.ANYTHING);
        assertThat(get(first)).contains("ended");
        assertThat(get(second)).contains("ended");
    }

    @Test
    @DisplayName("QRY-6: an end between the question and the wait is not missed")
    void noEndIsMissed() throws Exception {
        Future<Optional<String>> waiter = executor.submit(() -> waiters.await(id, LONG, () -> {
            Optional<String> answer = ask();
            ended = true;
            waiters.changed(end(id));
            return answer;
        }));
        assertThat(get(waiter)).contains("ended");
        assertThat(asked).hasValue(2);
    }

    @Test
    @DisplayName("QRY-6: the time-out gives nothing, not before its time; no time at all asks once")
    void timeoutGivesNothing() throws Exception {
        Duration timeout = Duration.ofMillis(30);
        long start = System.nanoTime();
        assertThat(waiters.await(id, timeout, this::ask)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(timeout);
        assertThat(asked).hasValue(1);
        for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            assertThat(get(executor.submit(() -> waiters.await(id, none, this::ask))))
                    .isEmpty();
        }
        assertThat(asked).hasValue(3);
        assertThat(waiters.ids()).isEmpty();
    }

    @Test
    @DisplayName("QRY-6: a time-out may be longer than a number of nanoseconds holds")
    void longestTimeout() throws Exception {
        Future<Optional<String>> waiter =
                executor.submit(() -> waiters.await(id, Duration.ofSeconds(Long.MAX_VALUE), this::ask));
        await().until(() -> asked.get() == 1);
        ended = true;
        waiters.changed(end(id));
        assertThat(get(waiter)).contains("ended");
    }

    @Test
    @DisplayName("QRY-6: who is interrupted leaves, and the others stay")
    void interruptedWaiterLeaves() throws Exception {
        Future<Optional<String>> leaves = waiter(id);
        Future<Optional<String>> stays = waiter(id);
        leaves.cancel(true);
        ended = true;
        waiters.changed(end(id));
        assertThat(get(stays)).contains("ended");
        await().until(() -> waiters.ids().isEmpty());
    }

    @Test
    @DisplayName("DUR-5: a close wakes all with closed, and nobody waits after it")
    void closeWakesAll() throws Exception {
        List<Future<Optional<String>>> all = List.of(waiter(id), waiter(JobId.create()));
        waiters.close();
        for (Future<Optional<String>> each : all) {
            assertThatThrownBy(() -> get(each))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(JobQueueException.Closed.class);
        }
        assertThatThrownBy(() -> waiters.await(id, LONG, this::ask)).isInstanceOf(JobQueueException.Closed.class);
        assertThat(asked).hasValue(2);
        assertThat(waiters.ids()).isEmpty();
    }
}
