package dev.jobqueue.examples.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;

/** Measures how many jobs a second some threads get done. */
public final class Clock {
    private static final long WARM_UP_MILLIS = 500;

    /** One call, or one round of calls, of one thread. */
    public interface Step {
        /** Gives the number of jobs done; 0 ends the thread. */
        int run() throws Exception;
    }

    /** Work that is timed as a whole. */
    public interface Work {
        void run() throws Exception;
    }

    private Clock() {}

    /** Jobs a second after half a second of warm-up, in this time or until the threads have ended. */
    public static double rate(int threads, double seconds, IntFunction<Step> steps) throws Exception {
        LongAdder done = new LongAdder();
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Step step = steps.apply(i);
                running.add(executor.submit(() -> {
                    int jobs = 1;
                    while (jobs > 0 && !stop.get()) {
                        jobs = step.run();
                        done.add(jobs);
                    }
                    return null;
                }));
            }
            Thread.sleep(WARM_UP_MILLIS);
            long start = System.nanoTime();
            long before = done.sum();
            awaitAll(running, start + (long) (seconds * 1e9));
            double rate = (done.sum() - before) / ((System.nanoTime() - start) / 1e9);
            stop.set(true);
            awaitAll(running, Long.MAX_VALUE);
            return rate;
        } finally {
            stop.set(true);
            executor.shutdown();
        }
    }

    /** Waits until all have ended or it is so late; throws what a thread has thrown. */
    private static void awaitAll(List<Future<?>> running, long until) throws ExecutionException, InterruptedException {
        for (Future<?> thread : running) {
            try {
                thread.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return;
            }
        }
    }

    /** How long this takes, in seconds. */
    public static double seconds(Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    /** The middle one; of an even number the lower of the two. */
    public static double median(List<Double> values) {
        return values.stream().sorted().toList().get((values.size() - 1) / 2);
    }
}
