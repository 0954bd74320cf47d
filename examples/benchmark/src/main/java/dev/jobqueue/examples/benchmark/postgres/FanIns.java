package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.examples.benchmark.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many jobs, ended one by one by many threads, before one that needs them all. */
final class FanIns {
    private static final JobType<RawJson, RawJson> LAST = JobType.raw("last");
    private static final Duration LONG = Duration.ofMinutes(1);

    private final JobQueue queue;
    private final int finishers;

    FanIns(JobQueue queue, int finishers) {
        this.queue = queue;
        this.finishers = finishers;
    }

    /**
     * What one took.
     *
     * @param finishesASecond calls, each of one job
     * @param millis from the end of the last of these calls until the last job was dequeued; 0 if there is none
     */
    record Times(double finishesASecond, double millis) {}

    /** Runs so many jobs, before a last one or unrelated. */
    Times run(int jobs, boolean last) throws Exception {
        List<JobRequest<?, ?>> requests = new ArrayList<>(Load.jobs(Load.TYPE, jobs));
        if (last) {
            List<JobId> all = requests.stream().<JobId>map(JobRequest::id).toList();
            requests.add(LAST.job(RawJson.NULL).dependencies(all, true));
        }
        queue.enqueueAll(requests);
        Queue<RunningJob<RawJson, RawJson>> running = new ConcurrentLinkedQueue<>();
        DequeueRequest batch =
                DequeueRequest.of(Selector.of(Load.TYPE)).max(1_000).timeout(Duration.ZERO);
        while (running.size() < jobs) {
            running.addAll(queue.dequeueBatch(batch));
        }
        ExecutorService threads = Executors.newFixedThreadPool(finishers + 1);
        try {
            Future<Long> dequeued = threads.submit(() -> last ? takeLast() : 0);
            // So that it waits.
            TimeUnit.MILLISECONDS.sleep(20);
            long start = System.nanoTime();
            List<Future<Long>> ends = new ArrayList<>();
            for (int i = 0; i < finishers; i++) {
                ends.add(threads.submit(() -> finish(running)));
            }
            long end = start;
            for (Future<Long> each : ends) {
                end = Math.max(end, each.get());
            }
            double rate = jobs / ((end - start) / 1e9);
            return new Times(rate, last ? Math.max(0, (dequeued.get() - end) / 1e6) : 0);
        } finally {
            threads.shutdownNow();
        }
    }

    private long takeLast() throws InterruptedException {
        RunningJob<RawJson, RawJson> job = queue.dequeue(LAST, LONG).orElseThrow();
        long now = System.nanoTime();
        job.succeed(null);
        return now;
    }

    /** Gives the time of its last end. */
    private static long finish(Queue<RunningJob<RawJson, RawJson>> running) {
        for (RunningJob<RawJson, RawJson> job = running.poll(); job != null; job = running.poll()) {
            job.succeed(null);
        }
        return System.nanoTime();
    }
}
