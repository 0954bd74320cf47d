package dev.jobqueue.examples.benchmark;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.fs.FileJobQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a new queue in a directory does: first only enqueues, then only dequeues and finishes. */
public final class QueueLoad {
    /** No job in this time means that all have been taken. */
    private static final Duration NONE_LEFT = Duration.ofMillis(20);

    private static final Selector SELECTOR = Selector.of(Load.TYPE);
    private static final JobOutcome DONE = new JobOutcome.Succeeded(RawJson.NULL);

    /** Jobs a second. */
    record Rates(double enqueue, double dequeueAndFinish) {}

    private QueueLoad() {}

    /** Measures both, with so many threads and so many jobs in a call; an empty directory before and after. */
    static Rates measure(Path directory, int threads, int batch, double seconds) throws Exception {
        Directories.empty(directory);
        System.gc();
        try (JobQueue queue = FileJobQueue.open(directory)) {
            double enqueue = Clock.rate(
                    threads,
                    seconds,
                    thread -> batch == 1 ? () -> enqueue(queue, Load.args(thread)) : () -> enqueue(queue, batch));
            double finish = Clock.rate(
                    threads, seconds, thread -> batch == 1 ? () -> finish(queue) : () -> finish(queue, batch));
            return new Rates(enqueue, finish);
        } finally {
            Directories.empty(directory);
        }
    }

    private static int enqueue(JobQueue queue, RawJson args) {
        return queue.enqueue(Load.TYPE.job(args)).created() ? 1 : 0;
    }

    private static int enqueue(JobQueue queue, int batch) {
        return queue.enqueueAll(Load.jobs(Load.TYPE, batch)).size();
    }

    /** Takes and ends one job; gives 1, or 0 if there was none. */
    public static int finish(JobQueue queue) throws InterruptedException {
        Optional<RunningJob<RawJson, RawJson>> job = queue.dequeue(SELECTOR, NONE_LEFT);
        job.ifPresent(running -> running.succeed(null));
        return job.isPresent() ? 1 : 0;
    }

    /** Takes and ends up to so many jobs; gives their number. */
    public static int finish(JobQueue queue, int batch) throws InterruptedException {
        List<RunningJob<RawJson, RawJson>> jobs =
                queue.dequeueBatch(DequeueRequest.of(SELECTOR).max(batch).timeout(NONE_LEFT));
        return finishAll(queue, jobs);
    }

    /** Ends these jobs; gives their number. */
    public static int finishAll(JobQueue queue, List<RunningJob<RawJson, RawJson>> jobs) {
        Map<JobToken, JobOutcome> outcomes = new LinkedHashMap<>();
        jobs.forEach(job -> outcomes.put(job.token(), DONE));
        return queue.finishAll(outcomes).size();
    }
}
