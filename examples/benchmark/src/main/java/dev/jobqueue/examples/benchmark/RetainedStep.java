package dev.jobqueue.examples.benchmark;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.fs.FileJobQueue;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** One step of {@link Retained}, in a JVM with a small heap. */
@Command(name = "retained-step", hidden = true)
final class RetainedStep implements Callable<Integer> {
    private static final JobType<RawJson, RawJson> LOAD = JobType.raw("load");
    /** Groups of so many jobs with as many edges. */
    private static final int GROUP = 10;

    private static final int CALL = 10_000;
    private static final double SIZE_GOAL = 0.25;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Parameters
    private String step = "";

    @Parameters
    private Path directory = Path.of("");

    @Parameters
    private int jobs;

    private final AtomicLong loadJobs = new AtomicLong();

    @Override
    public Integer call() throws Exception {
        long start = System.nanoTime();
        try (JobQueue queue = FileJobQueue.open(directory)) {
            System.out.printf("%s: opened in %.2f s, %s%n", step, (System.nanoTime() - start) / 1e9, heap());
            switch (step) {
                case "fill" -> fill(queue);
                case "open" -> look(queue);
                case "prune" -> prune(queue);
                default -> throw new IllegalArgumentException(step);
            }
        }
        return 0;
    }

    // ---- fill

    /** Nine in ten jobs are old; the time between is written down for the prune. Goes on with a load until it is killed. */
    private void fill(JobQueue queue) throws Exception {
        int old = jobs / 10 * 9;
        double seconds = Clock.seconds(() -> enqueueAndFinish(queue, old));
        Thread.sleep(10);
        Files.writeString(cut(), Instant.now().toString());
        Thread.sleep(10);
        seconds += Clock.seconds(() -> enqueueAndFinish(queue, jobs - old));
        System.out.printf("filled with %,d jobs in %.1f s, %,d MiB, %s%n", jobs, seconds, megabytes(), heap());
        for (int i = 0; i < 2; i++) {
            load(queue);
        }
        Thread.sleep(10_000);
        System.out.printf("%,d MiB after 10 s of load (%,d jobs), %s%n", megabytes(), loadJobs.get(), heap());
        System.out.println("under load");
        Thread.sleep(PATIENCE.toMillis());
    }

    private static void enqueueAndFinish(JobQueue queue, int count) throws InterruptedException {
        for (int left = count; left > 0; left -= CALL) {
            queue.enqueueAll(groups(Math.min(left, CALL)));
            while (QueueLoad.finish(queue, 1_000) > 0) {}
        }
    }

    /** Chains of {@value #GROUP}, where the last job also depends on the first one: one edge for each job. */
    private static List<JobRequest<?, ?>> groups(int count) {
        List<JobRequest<?, ?>> requests = new ArrayList<>(count);
        JobId first = null;
        JobId before = null;
        for (int i = 0; i < count; i++) {
            JobRequest<RawJson, RawJson> request = Load.TYPE.job(Load.args(i));
            if (i % GROUP == 0 || first == null || before == null) {
                first = request.id();
            } else if (i % GROUP == GROUP - 1) {
                request = request.requires(before, first);
            } else {
                request = request.requires(before);
            }
            before = request.id();
            requests.add(request);
        }
        return requests;
    }

    /** A thread that enqueues, finishes and deletes jobs, some hundreds a second, until the queue is closed. */
    private void load(JobQueue queue) {
        Thread thread = new Thread(() -> {
            try {
                DequeueRequest one = DequeueRequest.of(Selector.of(LOAD));
                while (true) {
                    queue.enqueue(LOAD.job(Load.args(0)));
                    List<RunningJob<RawJson, RawJson>> running = queue.dequeueBatch(one);
                    QueueLoad.finishAll(queue, running);
                    running.forEach(job -> queue.delete(job.id()));
                    loadJobs.incrementAndGet();
                    LockSupport.parkNanos(2_000_000);
                }
            } catch (JobQueueException.Closed e) {
                // The step has ended.
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    // ---- open

    private static void look(JobQueue queue) {
        int read = queue.list(
                        JobQuery.finished(Load.TYPE.name(), JobOptions.DEFAULT_CHANNEL), Page.Request.first(1_000))
                .items()
                .size();
        System.out.printf("read %,d finished jobs, %s%n", read, heap());
    }

    // ---- prune

    private void prune(JobQueue queue) throws Exception {
        Instant cut = Instant.parse(Files.readString(cut()));
        long before = Directories.bytes(directory);
        System.out.printf("%,d MiB before%n", megabytes());
        load(queue);
        long start = System.nanoTime();
        int removed = 0;
        int now = 1;
        while (now > 0) {
            now = queue.prune(Duration.between(cut, Instant.now()), 1_000);
            removed += now;
        }
        System.out.printf("pruned %,d jobs in %.1f s under load, %s%n", removed, seconds(start), heap());
        while (Directories.bytes(directory) > before * SIZE_GOAL && seconds(start) < PATIENCE.toSeconds()) {
            Thread.sleep(100);
        }
        double part = (double) Directories.bytes(directory) / before;
        System.out.printf(
                "%,d MiB, %.0f %% of before, %.1f s after the start of the prune, under load (%,d jobs): %s%n",
                megabytes(), part * 100, seconds(start), loadJobs.get(), part <= SIZE_GOAL ? "reached" : "missed");
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    // ---- what to look at

    private Path cut() {
        return directory.resolveSibling("retained-cut");
    }

    private long megabytes() throws IOException {
        return Directories.bytes(directory) >> 20;
    }

    /** The heap in use after a collection, and the largest that is allowed. */
    private static String heap() {
        System.gc();
        var usage = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return "heap %,d of %,d MiB".formatted(usage.getUsed() >> 20, usage.getMax() >> 20);
    }
}
