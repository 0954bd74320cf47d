package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobType;
import dev.jobqueue.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DEQ-15: when a future has a turn. */
class FutureWaiterTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final ByHand threads = new ByHand();
    private final List<String> turns = new ArrayList<>();
    private Consumer<FutureWaiter<Integer>> turn = waiter -> turns.add("turn");
    private final FutureWaiter<Integer> waiter = new FutureWaiter<>(
            Selector.of(JobType.raw("build")), 1, "worker", 0, HOUR, List::size, threads, it -> turn.accept(it));

    /** Runs tasks when the test says so; alarms never ring. */
    private static final class ByHand extends ScheduledThreadPoolExecutor {
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private final List<ScheduledFuture<?>> alarms = new ArrayList<>();

        ByHand() {
            super(1);
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            assertThat(unit.toNanos(delay)).isEqualTo(HOUR);
            ScheduledFuture<?> alarm = super.schedule(task, delay, unit);
            alarms.add(alarm);
            return alarm;
        }

        @Override
        public <T> ScheduledFuture<T> schedule(Callable<T> task, long delay, TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        void runNext() {
            tasks.removeFirst().run();
        }
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    @DisplayName("DEQ-15: wakes before a turn make one turn; the next wake makes another")
    void wakesMakeOneTurn() {
        waiter.wake();
        waiter.wake();
        assertThat(threads.tasks).hasSize(1);
        threads.runNext();
        assertThat(turns).hasSize(1);
        assertThat(threads.tasks).isEmpty();

        waiter.wake();
        threads.runNext();
        assertThat(turns).hasSize(2);
    }

    @Test
    @DisplayName("DEQ-15: a wake during a turn makes one more, behind it and in the same thread")
    void wakesDuringATurnCount() {
        turn = it -> {
            turns.add("begin");
            if (turns.size() == 1) {
                waiter.wake();
                waiter.wake();
            }
            turns.add("end");
        };
        waiter.wake();
        threads.runNext();

        assertThat(turns).containsExactly("begin", "end", "begin", "end");
        assertThat(threads.tasks).isEmpty();
    }

    @Test
    @DisplayName("DEQ-15: an alarm is set for the next turn, and is off once that has come; none for ever")
    void alarms() {
        turn = it -> waiter.wakeAfter(HOUR);
        waiter.wake();
        threads.runNext();
        turn = it -> waiter.wakeAfter(Waiter.NEVER);
        assertThat(threads.alarms).noneMatch(ScheduledFuture::isCancelled);

        waiter.wake();
        threads.runNext();
        assertThat(threads.alarms).hasSize(1).allMatch(ScheduledFuture::isCancelled);
    }

    @Test
    @DisplayName("DEQ-15: there is no turn after the last one")
    void noTurnAfterTheLast() {
        turn = it -> {
            turns.add("last");
            waiter.wake();
            waiter.end();
        };
        waiter.wake();
        threads.runNext();
        waiter.wake();
        threads.runNext();

        assertThat(turns).containsExactly("last");
        assertThat(waiter.value()).isZero();
    }
}
