package dev.jobqueue.examples.benchmark;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.examples.benchmark.postgres.PostgresStore;
import dev.jobqueue.examples.benchmark.postgres.Target;
import dev.jobqueue.worker.JobWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the worker runtime costs, compared to the barest loop around the queue, and how soon it starts a job. */
@Command(
        name = "runtime",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description = {
            "Compares handlers that do nothing, under the worker runtime with its default settings, with the fastest loop",
            "of batched dequeue and finish; then measures the time from enqueue to the start of the handler, when idle."
        })
final class RuntimeSpeed implements Callable<Integer> {
    private static final int BATCH = 1_000;
    private static final double GOAL = 0.8;
    private static final Duration LONG = Duration.ofMinutes(5);

    @Mixin
    private Directory directory = new Directory();

    @Option(names = "--postgres", description = "Measure the queue on PostgreSQL in place of the one in a directory.")
    private boolean postgres;

    @Mixin
    private Target target = new Target();

    @Option(
            names = "--jobs",
            defaultValue = "300000",
            description = "Jobs in each measurement. Default: ${DEFAULT-VALUE}")
    private int jobs;

    @Option(names = "--starts", defaultValue = "3000", description = "Starts to measure. Default: ${DEFAULT-VALUE}")
    private int starts;

    @Option(names = "--rounds", defaultValue = "5", description = "Number of rounds. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Override
    public Integer call() throws Exception {
        Path path = directory.path();
        Machine.print(path);
        if (postgres) {
            target.use(url -> measure(new PostgresStore(url)));
        } else {
            measure(Store.files(path));
        }
        return 0;
    }

    private void measure(Store store) throws Exception {
        List<Double> loops = new ArrayList<>();
        List<Double> runtimes = new ArrayList<>();
        try {
            // The first round warms up.
            for (int round = 0; round <= rounds; round++) {
                double one = rate(store, queue -> loop(queue, 1));
                double two = rate(store, queue -> loop(queue, 2));
                double runtime = rate(store, this::runtime);
                if (round > 0) {
                    loops.add(Math.max(one, two));
                    runtimes.add(runtime);
                    System.out.printf(
                            "round %d  loop, 1 thread %,9.0f   2 threads %,9.0f   runtime %,9.0f jobs/s%n",
                            round, one, two, runtime);
                }
            }
            double[] millis = startMillis(store);
            print(store, Clock.median(loops), Clock.median(runtimes), millis);
        } finally {
            store.clear();
        }
    }

    private interface Drain {
        void run(JobQueue queue) throws Exception;
    }

    /** Jobs a second from a full queue to an empty one. */
    private double rate(Store store, Drain drain) throws Exception {
        try (JobQueue queue = store.openEmpty()) {
            Load.enqueue(queue, Load.TYPE, jobs);
            System.gc();
            double seconds = Clock.seconds(() -> drain.run(queue));
            if (!queue.counts().isEmpty()) {
                throw new IllegalStateException("jobs are left: " + queue.counts());
            }
            return jobs / seconds;
        }
    }

    /** The barest loop: takes a batch, ends it, takes the next one. */
    private static void loop(JobQueue queue, int threads) throws Exception {
        DequeueRequest wanted =
                DequeueRequest.of(Selector.of(Load.TYPE)).max(BATCH).timeout(Duration.ZERO);
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                try {
                    for (List<RunningJob<RawJson, RawJson>> batch = queue.dequeueBatch(wanted);
                            !batch.isEmpty();
                            batch = queue.dequeueBatch(wanted)) {
                        QueueLoad.finishAll(queue, batch);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            running.add(thread);
            thread.start();
        }
        for (Thread thread : running) {
            thread.join();
        }
    }

    private void runtime(JobQueue queue) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(jobs);
        JobWorker worker = JobWorker.builder(queue)
                .handler(Load.TYPE, context -> {
                    left.countDown();
                    return null;
                })
                .build()
                .start();
        left.await();
        // Returns when all ends are acknowledged.
        worker.stop(LONG);
    }

    /** From the call of enqueue to the start of the handler, one job at a time in an idle queue; sorted. */
    private double[] startMillis(Store store) throws Exception {
        try (JobQueue queue = store.openEmpty()) {
            SynchronousQueue<Long> started = new SynchronousQueue<>();
            try (JobWorker worker = JobWorker.builder(queue)
                    .handler(Load.TYPE, context -> {
                        started.put(System.nanoTime());
                        return null;
                    })
                    .build()) {
                worker.start();
                double[] millis = new double[starts];
                for (int i = -200; i < starts; i++) {
                    // Idle means that the end of the job before is acknowledged and that the worker waits again.
                    Thread.sleep(i % 3 + 3);
                    long enqueued = System.nanoTime();
                    queue.enqueue(Load.TYPE.job(Load.args(i)));
                    long time = started.take() - enqueued;
                    if (i >= 0) {
                        millis[i] = time / 1e6;
                    }
                }
                Arrays.sort(millis);
                return millis;
            }
        }
    }

    private static void print(Store store, double loop, double runtime, double[] millis) {
        System.out.printf("%n| %s | loop | runtime | ratio | goal | |%n", store.name());
        System.out.println("| --- | ---: | ---: | ---: | ---: | --- |");
        System.out.printf(
                "| jobs a second | %,.0f | %,.0f | %.2f | %.2f | %s |%n",
                loop, runtime, runtime / loop, GOAL, runtime / loop >= GOAL ? "reached" : "missed");
        double p99 = percentile(millis, 0.99);
        System.out.printf("%n| enqueue to start of the handler, ms | p50 | p99 | largest | goal of p99 | |%n");
        System.out.println("| --- | ---: | ---: | ---: | ---: | --- |");
        System.out.printf(
                "| %s | %.2f | %.2f | %.2f | %.2f | %s |%n",
                store.name(),
                percentile(millis, 0.5),
                p99,
                millis[millis.length - 1],
                store.startGoalMillis(),
                p99 < store.startGoalMillis() ? "reached" : "missed");
        System.out.printf("%nMedians of the rounds. Load average at the end: %s%n", Machine.load());
    }

    private static double percentile(double[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
    }
}
