package dev.jobqueue.examples.embedded;

import static dev.jobqueue.testkit.junit.JobAssert.assertThatJob;
import static dev.jobqueue.testkit.junit.JobGraphAssert.assertThatGraph;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobError;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.Maintenance;
import dev.jobqueue.testkit.junit.JobRunner;
import dev.jobqueue.worker.AttemptInfo;
import dev.jobqueue.worker.JobContext;
import dev.jobqueue.worker.JobFailedException;
import dev.jobqueue.worker.JobReleasedException;
import dev.jobqueue.worker.JobWorker;
import dev.jobqueue.worker.StoreCall;
import dev.jobqueue.worker.WorkerListener;
import dev.jobqueue.worker.metrics.WorkerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** The sample code of the README about workers; {@link WorkerSnippetsTest} runs it and compares the texts. */
final class WorkerSnippets {
    static final JobType<String, Integer> COUNT = JobType.of("count", String.class, Integer.class);
    static final JobType<List<String>, Integer> SUM =
            JobType.of("sum", new dev.jobqueue.TypeRef<List<String>>() {}, new dev.jobqueue.TypeRef<Integer>() {});

    private WorkerSnippets() {}

    @SuppressWarnings("try") // the resources are there to be closed
    static void startUp(JobQueue queue, Runnable serve) {
        // README: begin
        try (Maintenance maintenance =
                        Maintenance.of(queue).retention(Duration.ofDays(14)).start();
                JobWorker worker = JobWorker.builder(queue)
                        .handler(COUNT, WorkerSnippets::count)
                        .handler(SUM, WorkerSnippets::split)
                        .concurrency(8) // in all, and of one type:
                        .concurrency(SUM, 2)
                        .build()
                        .start()) {
            serve.run();
        } // no new jobs; what runs gets 30 s, then it is told to stop and released
        // README: end
    }

    // README: begin
    enum FileError implements ErrorCode {
        NO_SUCH_FILE;

        @Override
        public int code() {
            return 1; // from 0 up; negative ones are the library's
        }

        @Override
        public ErrorClass errorClass() {
            return ErrorClass.CLIENT;
        }
    }

    static int count(JobContext<String, Integer> job) throws Exception {
        try {
            return Files.readAllLines(Path.of(job.args())).size();
        } catch (NoSuchFileException e) {
            throw new JobFailedException(JobError.of(FileError.NO_SUCH_FILE, "no file " + e.getFile())
                    .asPermanent());
        } catch (IOException e) {
            throw new JobReleasedException(Duration.ofMinutes(1)); // any worker may try again then
        }
    }
    // README: end

    // README: begin
    static int split(JobContext<List<String>, Integer> job) {
        int before = job.dependencies().isEmpty()
                ? 0
                : job.dependency(0, SUM).result().orElseThrow();
        int done = 0;
        for (String name : job.args()) {
            job.throwIfCanceled(); // canceled, lost, timed out, or the worker stops
            job.followUp(COUNT.job(name)); // stored in one step with the result
            job.report(++done + " of " + job.args().size());
        }
        return before + done;
    }
    // README: end

    static JobWorker.Builder patient(JobQueue queue) {
        // README: begin
        JobWorker.Builder patient = JobWorker.builder(queue)
                .handler(COUNT, WorkerSnippets::count)
                .prefetch(0) // nothing in advance
                .stopLimit(Duration.ofMinutes(10)) // of close(), for handlers that may go on
                .grace(Duration.ofSeconds(30)); // for those that were told to stop
        // README: end
        return patient;
    }

    static JobWorker.Builder wary(JobQueue queue, List<String> log) {
        // README: begin
        JobWorker.Builder wary = JobWorker.builder(queue)
                .fenceMargin(Duration.ofSeconds(45)) // of the 2 min: for handlers that are slow to notice
                .listener(new WorkerListener() {
                    @Override
                    public void storeCalled(
                            StoreCall call, int jobs, Duration took, Optional<RuntimeException> failure) {
                        failure.ifPresent(e -> log.add(call + " of " + jobs + " failed: " + e.getMessage()));
                    }

                    @Override
                    public void lost(AttemptInfo attempt) { // the outage outlasted the fence: somebody else may have it
                        log.add(attempt.id() + " was lost");
                    }
                });
        // README: end
        return wary;
    }

    static JobWorker.Builder observed(JobQueue queue, MeterRegistry registry, Executor executor, List<String> log) {
        // README: begin
        WorkerMetrics metrics = WorkerMetrics.of(queue, registry); // needs io.micrometer:micrometer-core
        JobWorker.Builder builder = JobWorker.builder(queue)
                .listener(metrics)
                .listener(new WorkerListener() {
                    @Override
                    public void failed(AttemptInfo attempt, JobError error) { // stored already
                        log.add(attempt.id() + ": " + error.reason());
                    }
                })
                .executor(executor) // such as Executors.newVirtualThreadPerTaskExecutor()
                .interruptHandlers(true);
        // README: end
        return builder;
    }

    /** With {@code @ExtendWith(JobQueueExtension.class)} on the class. */
    static void unitTest(JobQueue queue, JobRunner runner) throws Exception {
        // README: begin
        runner.handler(COUNT, job -> job.args().length());
        JobRequest<String, Integer> first = COUNT.job("hello, ").delay(Duration.ofHours(1));
        JobRequest<String, Integer> second = COUNT.job("job queue").requires(first);
        queue.enqueueAll(List.of(first, second));
        runner.runUntilIdle(); // nothing is due yet
        runner.runFor(Duration.ofHours(1));
        assertThatJob(queue, second.id()).succeeded().hasResult(COUNT, 9).hasAttempts(1);
        assertThatGraph(queue, second.id()).allSucceeded();
        // README: end
    }
}
