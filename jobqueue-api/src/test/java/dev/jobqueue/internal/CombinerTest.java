package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jobqueue.JobQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Combining: calls that arrive while another is under way share the next one. */
class CombinerTest {
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<List<Integer>> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch firstEntered = new CountDownLatch(1);
    private final CountDownLatch firstMayGo = new CountDownLatch(1);
    private final List<Thread> callers = new CopyOnWriteArrayList<>();

    /** Looks often, so that the tests are quick. */
    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(1));
    }

    @AfterEach
    void stop() {
        firstMayGo.countDown();
        executor.shutdownNow();
    }

    private Combiner<Integer, String> combiner(boolean enabled, int maxItems, ToLongFunction<Integer> weigher) {
        return combiner(enabled, maxItems, weigher, Duration.ofHours(1), Duration.ofMillis(1));
    }

    private Combiner<Integer, String> combiner(
            boolean enabled, int maxItems, ToLongFunction<Integer> weigher, Duration patience, Duration gather) {
        return new Combiner<>(enabled, maxItems, weigher, patience, gather, items -> {
            calls.add(List.copyOf(items));
            if (calls.size() == 1) {
                firstEntered.countDown();
                awaitUninterrupted(firstMayGo);
            } else if (items.contains(13)) {
                throw new JobQueueException.OutcomeUnknown("lost", null);
            }
            return items.stream().map(i -> "a" + i).toList();
        });
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Future<List<String>> submit(Combiner<Integer, String> combiner, Integer... items) {
        CompletableFuture<Thread> started = new CompletableFuture<>();
        Future<List<String>> future = executor.submit(() -> {
            started.complete(Thread.currentThread());
            return combiner.call(List.of(items));
        });
        Thread thread = started.join();
        callers.add(thread);
        await().until(() -> future.isDone()
                || thread.getState() == Thread.State.WAITING
                || thread.getState() == Thread.State.TIMED_WAITING);
        return future;
    }

    @Test
    void callsThatArriveMeanwhileShareTheNextOne() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1);
        List<Future<List<String>>> futures = new ArrayList<>();
        futures.add(submit(combiner, 1));
        firstEntered.await();
        futures.add(submit(combiner, 2));
        futures.add(submit(combiner, 3, 4));
        futures.add(submit(combiner, 5));
        firstMayGo.countDown();

        assertThat(futures.get(0).get(10, TimeUnit.SECONDS)).containsExactly("a1");
        assertThat(futures.get(2).get(10, TimeUnit.SECONDS)).containsExactly("a3", "a4");
        assertThat(futures.get(3).get(10, TimeUnit.SECONDS)).containsExactly("a5");
        assertThat(calls).containsExactly(List.of(1), List.of(2, 3, 4, 5));
    }

    /** After a call of one. */
    private void twoShareACall(Combiner<Integer, String> combiner) throws Exception {
        Future<List<String>> alone = submit(combiner, 1);
        firstEntered.await();
        List<Future<List<String>>> together = List.of(submit(combiner, 2), submit(combiner, 3));
        firstMayGo.countDown();
        alone.get(10, TimeUnit.SECONDS);
        for (Future<List<String>> future : together) {
            future.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    @DisplayName("who shared a call and comes back waits for the others")
    void thoseWhoWereServedTogetherGoTogether() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1, Duration.ofHours(1), Duration.ofHours(1));
        twoShareACall(combiner);

        Future<List<String>> back = submit(combiner, 4);
        assertThat(back).isNotDone();
        assertThat(submit(combiner, 5).get(10, TimeUnit.SECONDS)).containsExactly("a5");
        assertThat(back.get(10, TimeUnit.SECONDS)).containsExactly("a4");
        assertThat(calls).containsExactly(List.of(1), List.of(2, 3), List.of(4, 5));
    }

    @Test
    @DisplayName("who expects others in vain goes alone after a moment, and expects nobody then")
    void nobodyIsExpectedForLong() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1);
        twoShareACall(combiner);

        assertThat(submit(combiner, 4).get(10, TimeUnit.SECONDS)).containsExactly("a4");
        assertThat(submit(combiner, 5).get(10, TimeUnit.SECONDS)).containsExactly("a5");
        assertThat(calls).containsExactly(List.of(1), List.of(2, 3), List.of(4), List.of(5));
    }

    @Test
    @DisplayName("a call that takes long holds up no other")
    void longCallsHoldUpNobody() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1, Duration.ofMillis(1), Duration.ofMillis(1));
        Future<List<String>> longOne = submit(combiner, 1);
        firstEntered.await();
        for (int i = 20; i < 70; i++) {
            assertThat(submit(combiner, i).get(10, TimeUnit.SECONDS)).containsExactly("a" + i);
        }
        assertThat(longOne.isDone()).isFalse();
        firstMayGo.countDown();
        assertThat(longOne.get(10, TimeUnit.SECONDS)).containsExactly("a1");
        assertThat(combiner.call(List.of(70))).containsExactly("a70");
    }

    @Test
    void callsAreNotCombinedAcrossTheLimits() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 2, i -> i == 7 ? Combiner.MAX_WEIGHT + 1 : 1);
        Future<List<String>> blocking = submit(combiner, 1);
        firstEntered.await();
        List<Future<List<String>>> futures = new ArrayList<>();
        for (int item : new int[] {2, 3, 4, 7, 5}) {
            futures.add(submit(combiner, item));
        }
        firstMayGo.countDown();
        for (Future<List<String>> future : futures) {
            assertThat(future.get(10, TimeUnit.SECONDS)).hasSize(1);
        }
        assertThat(blocking.get(10, TimeUnit.SECONDS)).containsExactly("a1");

        assertThat(calls).containsExactly(List.of(1), List.of(2, 3), List.of(4), List.of(7), List.of(5));
    }

    @Test
    @DisplayName("calls that have just the greatest weight together share one, a further one does not fit")
    void theGreatestWeightFits() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> i == 7 ? Combiner.MAX_WEIGHT / 2 : 1);
        List<Future<List<String>>> futures = new ArrayList<>(List.of(submit(combiner, 1)));
        firstEntered.await();
        for (int i = 0; i < 3; i++) {
            futures.add(submit(combiner, 7));
        }
        firstMayGo.countDown();
        for (Future<List<String>> future : futures) {
            assertThat(future.get(10, TimeUnit.SECONDS)).hasSize(1);
        }
        assertThat(calls).containsExactly(List.of(1), List.of(7, 7), List.of(7));
    }

    @Test
    @DisplayName("a failure of a call that nobody shares is not copied")
    void failureOfOneIsItsOwn() {
        firstMayGo.countDown();
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1);
        assertThat(combiner.call(List.of(1))).containsExactly("a1");
        assertThatExceptionOfType(JobQueueException.OutcomeUnknown.class)
                .isThrownBy(() -> combiner.call(List.of(13)))
                .withNoCause();
    }

    @Test
    void aFailureReachesEveryCallerAsAnExceptionOfItsOwn() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1);
        Future<List<String>> blocking = submit(combiner, 1);
        firstEntered.await();
        Future<List<String>> one = submit(combiner, 13);
        Future<List<String>> other = submit(combiner, 2);
        firstMayGo.countDown();

        assertThat(blocking.get(10, TimeUnit.SECONDS)).containsExactly("a1");
        Throwable first = failureOf(one);
        Throwable second = failureOf(other);
        assertThat(first).isInstanceOf(JobQueueException.OutcomeUnknown.class).isNotSameAs(second);
        assertThat(second).isInstanceOf(JobQueueException.OutcomeUnknown.class);
        assertThat(combiner.call(List.of(9))).containsExactly("a9");
    }

    private static Throwable failureOf(Future<?> future) throws Exception {
        try {
            future.get(10, TimeUnit.SECONDS);
            throw new AssertionError("did not fail");
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    /** Calls with these items; whether the thread is interrupted after it. */
    private CompletableFuture<Boolean> interrupted(Combiner<Integer, String> combiner, Integer item) {
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        CompletableFuture<Thread> started = new CompletableFuture<>();
        var unused = executor.submit(() -> {
            started.complete(Thread.currentThread());
            assertThat(combiner.call(List.of(item))).containsExactly("a" + item);
            flag.complete(Thread.currentThread().isInterrupted());
        });
        Thread thread = started.join();
        await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        thread.interrupt();
        await().until(() -> !thread.isInterrupted() && thread.getState() == Thread.State.TIMED_WAITING);
        return flag;
    }

    @Test
    @DisplayName(
            "DUR-6: an interrupted caller waits for its answer and keeps its flag, and sends nothing before its turn")
    void interruptsHarmNobody() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1);
        Future<List<String>> first = submit(combiner, 1);
        firstEntered.await();
        CompletableFuture<Boolean> flag = interrupted(combiner, 2);
        assertThat(calls).hasSize(1);
        firstMayGo.countDown();

        assertThat(first.get(10, TimeUnit.SECONDS)).containsExactly("a1");
        assertThat(flag.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @DisplayName("DUR-6: a caller that is interrupted while it waits for others goes on to wait, and keeps its flag")
    void interruptWhileWaitingForOthers() throws Exception {
        Combiner<Integer, String> combiner = combiner(true, 100, i -> 1, Duration.ofHours(1), Duration.ofHours(1));
        twoShareACall(combiner);

        CompletableFuture<Boolean> flag = interrupted(combiner, 4);
        assertThat(submit(combiner, 5).get(10, TimeUnit.SECONDS)).containsExactly("a5");
        assertThat(flag.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(calls).containsExactly(List.of(1), List.of(2, 3), List.of(4, 5));
    }

    @Test
    void withoutCombiningEveryCallGoesAlone() {
        firstMayGo.countDown();
        Combiner<Integer, String> combiner = combiner(false, 1, i -> 1);

        assertThat(combiner.call(List.of(1, 2, 3))).containsExactly("a1", "a2", "a3");
        assertThatExceptionOfType(JobQueueException.OutcomeUnknown.class).isThrownBy(() -> combiner.call(List.of(13)));
    }
}
