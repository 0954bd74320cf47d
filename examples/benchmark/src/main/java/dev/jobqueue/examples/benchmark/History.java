package dev.jobqueue.examples.benchmark;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.fs.FileJobQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a dequeue costs in a queue with a long history, compared to an empty one. */
@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description =
                "Compares dequeues from a queue full of finished and of other jobs with dequeues from an empty one.")
final class History implements Callable<Integer> {
    private static final JobType<RawJson, RawJson> OTHER = JobType.raw("other");
    private static final JobType<RawJson, RawJson> WANTED = JobType.raw("wanted");
    private static final int DEQUEUES = 1_000;
    private static final double GOAL = 2;

    /** Microseconds for each job. */
    private record Cost(double alone, double inBatch) {}

    @Mixin
    private Directory directory = new Directory();

    @Option(names = "--finished", defaultValue = "1000000", description = "Finished jobs. Default: ${DEFAULT-VALUE}")
    private int finished;

    @Option(
            names = "--ready",
            defaultValue = "200000",
            description = "Ready jobs of another type. Default: ${DEFAULT-VALUE}")
    private int ready;

    @Option(names = "--rounds", defaultValue = "5", description = "Number of rounds. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Override
    public Integer call() throws Exception {
        Path path = directory.path();
        Machine.print(path);
        try (JobQueue empty = FileJobQueue.open(Directories.empty(path.resolve("empty")));
                JobQueue full = FileJobQueue.open(Directories.empty(path.resolve("full")))) {
            fill(full);
            List<Cost> before = new ArrayList<>();
            List<Cost> after = new ArrayList<>();
            cost(empty);
            cost(full);
            for (int round = 1; round <= rounds; round++) {
                before.add(cost(empty));
                after.add(cost(full));
                System.out.printf(
                        "round %d  alone: %.1f us, %.1f us   in batches of %,d: %.2f us, %.2f us%n",
                        round,
                        before.get(round - 1).alone(),
                        after.get(round - 1).alone(),
                        DEQUEUES,
                        before.get(round - 1).inBatch(),
                        after.get(round - 1).inBatch());
            }
            System.out.printf("%n| dequeue, each job | empty queue | full queue | ratio | goal | |%n");
            System.out.println("| --- | ---: | ---: | ---: | ---: | --- |");
            print(
                    "one by one, us",
                    Clock.median(before.stream().map(Cost::alone).toList()),
                    Clock.median(after.stream().map(Cost::alone).toList()));
            print(
                    "in batches of " + DEQUEUES + ", us",
                    Clock.median(before.stream().map(Cost::inBatch).toList()),
                    Clock.median(after.stream().map(Cost::inBatch).toList()));
        } finally {
            Directories.delete(path.resolve("empty"));
            Directories.delete(path.resolve("full"));
        }
        return 0;
    }

    private void fill(JobQueue queue) throws Exception {
        double seconds = Clock.seconds(() -> {
            for (int left = finished; left > 0; left -= 10_000) {
                Load.enqueue(queue, Load.TYPE, Math.min(left, 10_000));
                while (QueueLoad.finish(queue, 1_000) > 0) {}
            }
            Load.enqueue(queue, OTHER, ready);
        });
        System.out.printf("filled: %,d finished, %,d ready of another type, %.1f s%n", finished, ready, seconds);
    }

    /** The median of single dequeues, and the mean of one of many. */
    private static Cost cost(JobQueue queue) throws InterruptedException {
        Load.enqueue(queue, WANTED, 2 * DEQUEUES);
        DequeueRequest one = DequeueRequest.of(Selector.of(WANTED)).timeout(Duration.ZERO);
        List<RunningJob<RawJson, RawJson>> jobs = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < DEQUEUES; i++) {
            long start = System.nanoTime();
            jobs.addAll(queue.dequeueBatch(one));
            times.add((System.nanoTime() - start) / 1e3);
        }
        long start = System.nanoTime();
        jobs.addAll(queue.dequeueBatch(one.max(DEQUEUES)));
        double batch = (System.nanoTime() - start) / 1e3 / DEQUEUES;
        if (QueueLoad.finishAll(queue, jobs) != 2 * DEQUEUES) {
            throw new IllegalStateException("jobs are missing: " + jobs.size());
        }
        return new Cost(Clock.median(times), batch);
    }

    private static void print(String name, double empty, double full) {
        double ratio = full / empty;
        System.out.printf(
                "| %s | %.2f | %.2f | %.2f | %.2f | %s |%n",
                name, empty, full, ratio, GOAL, ratio <= GOAL ? "reached" : "missed");
    }
}
