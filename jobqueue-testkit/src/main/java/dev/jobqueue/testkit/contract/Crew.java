package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.awaitility.Awaitility;

/** Threads that start together. */
final class Crew<T> {
    private static final Set<Thread.State> WAITING = EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

    private final List<FutureTask<T>> tasks = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger started = new AtomicInteger();
    private final Duration limit;

    /**
     * Starts so many threads.
     *
     * @param limit how long each may take
     */
    Crew(Duration limit, int size, IntFunction<Callable<T>> work) {
        this.limit = limit;
        CountDownLatch start = new CountDownLatch(1);
        for (int i = 0; i < size; i++) {
            Callable<T> task = work.apply(i);
            FutureTask<T> future = new FutureTask<>(() -> {
                awaitUninterruptibly(start);
                started.incrementAndGet();
                return task.call();
            });
            tasks.add(future);
            Thread thread = new Thread(future, "crew-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        start.countDown();
    }

    /** Waits; an interrupt is kept for later. */
    static void awaitUninterruptibly(CountDownLatch latch) {
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

    /** Starts one thread. */
    static <T> Crew<T> one(Duration limit, Callable<T> work) {
        return new Crew<>(limit, 1, i -> work);
    }

    /** The results of all, in the order of their numbers; fails with the first failure. */
    List<T> results() throws Exception {
        List<T> results = new ArrayList<>();
        for (FutureTask<T> task : tasks) {
            results.add(task.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        }
        return results;
    }

    /** The result of the first. */
    T result() throws Exception {
        return results().get(0);
    }

    /** Waits until all threads have begun, and all that live were seen waiting for something twice. */
    Crew<T> waiting() {
        AtomicInteger seen = new AtomicInteger();
        Awaitility.await().atMost(limit).pollInterval(Duration.ofMillis(2)).until(() -> {
            boolean all = started.get() == threads.size()
                    && threads.stream().allMatch(t -> !t.isAlive() || WAITING.contains(t.getState()));
            return (all ? seen.incrementAndGet() : seen.getAndSet(0)) > 1;
        });
        return this;
    }

    /** Lets this time pass, in which something must not happen. */
    static void watch(Duration quiet) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(quiet.toNanos());
    }

    void interrupt(int i) {
        threads.get(i).interrupt();
    }

    long done() {
        return tasks.stream().filter(FutureTask::isDone).count();
    }

    /** Fails if one of the threads ends within this time. */
    void assertStillWaiting(Duration quiet) throws InterruptedException {
        watch(quiet);
        assertThat(done()).as("threads that have ended").isZero();
    }
}
