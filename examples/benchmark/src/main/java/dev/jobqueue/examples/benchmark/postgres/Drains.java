package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What measurements of taking and ending jobs have in common. */
final class Drains {
    private static final int BATCH = 500;
    private static final double WARM_UP_SECONDS = 0.5;
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Drains() {}

    /** Stores enough jobs that so many a second cannot be short of them. */
    static void fill(Contender contender, int mostASecond, double seconds) throws Exception {
        Clock.Step enqueuer = contender.enqueuer(BATCH);
        int jobs = (int) (mostASecond * (seconds + WARM_UP_SECONDS));
        for (int stored = 0; stored < jobs; stored += BATCH) {
            enqueuer.run();
        }
    }

    /** Jobs a second that count themselves, after the first and half a second of warm-up. */
    static double rate(LongAdder done, double seconds) throws InterruptedException {
        for (long start = System.nanoTime(); done.sum() == 0; ) {
            if (System.nanoTime() - start > START_NANOS) {
                throw new IllegalStateException("no job was run");
            }
            Thread.sleep(1);
        }
        Thread.sleep((long) (WARM_UP_SECONDS * 1_000));
        long start = System.nanoTime();
        long before = done.sum();
        Thread.sleep((long) (seconds * 1_000));
        return (done.sum() - before) / ((System.nanoTime() - start) / 1e9);
    }
}
