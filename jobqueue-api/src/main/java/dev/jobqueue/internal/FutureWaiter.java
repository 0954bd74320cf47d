package dev.jobqueue.internal;

import dev.jobqueue.Selector;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A future. It has a thread only for its turns, each of which is what a thread that waits does between two parks. */
final class FutureWaiter<T> extends Waiter {
    final CompletableFuture<T> future = new CompletableFuture<>();
    private final Function<List<Taken>, T> result;
    private final ScheduledExecutorService threads;
    private final Consumer<FutureWaiter<T>> turn;

    /** Calls of {@link #wake} that no turn has answered yet: while there are any, a turn is to come or under way. So none is lost. */
    private final AtomicInteger wakes = new AtomicInteger();

    /** There is nothing to do any more. Belongs to the turns, as the alarm does. */
    private boolean over;

    private @Nullable Future<?> alarm;

    FutureWaiter(
            Selector selector,
            int wanted,
            String worker,
            long startNanos,
            long timeoutNanos,
            Function<List<Taken>, T> result,
            ScheduledExecutorService threads,
            Consumer<FutureWaiter<T>> turn) {
        super(selector, wanted, worker, startNanos, timeoutNanos);
        this.result = result;
        this.threads = threads;
        this.turn = turn;
    }

    @Override
    void wake() {
        if (wakes.getAndIncrement() == 0) {
            threads.execute(this::takeTurns);
        }
    }

    private void takeTurns() {
        int answered = wakes.get();
        while (answered > 0) {
            if (!over) {
                cancelAlarm();
                turn.accept(this);
            }
            answered = wakes.addAndGet(-answered);
        }
    }

    /** Ends this turn; the next one comes after this time, unless something wakes it before. */
    void wakeAfter(long nanos) {
        if (nanos != NEVER) {
            alarm = threads.schedule(this::wake, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** This is the last turn. */
    void end() {
        over = true;
    }

    private void cancelAlarm() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    /** What the future comes to. */
    T value() {
        return result.apply(jobs());
    }
}
