package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.workerapi.Artifacts.RunState;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two services with one folder. */
class SharedArtifactsTest {
    private static final RawJson GOOD = RawJson.of("{\"osbuild_output\":{\"success\":true}}");

    @TempDir
    Path directory;

    private final JobQueue queue = JobQueue.on(new InMemoryJobStore());
    private final ComposerJobs jobs = new ComposerJobs(queue);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        queue.close();
    }

    private Runs service() throws IOException {
        Runs runs = new Runs(queue, directory, WorkerLimits.DEFAULT);
        runs.repair();
        return runs;
    }

    private JobToken take() throws InterruptedException {
        jobs.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(RawJson.of("{}"), "disk.img", List.of())));
        return queue.dequeue(JobType.raw("osbuild").variant("x86_64")).token();
    }

    private static InputStream content(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private JobId job(JobToken token) {
        return queue.running(token).orElseThrow().id();
    }

    private long parts() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".part")).count();
        }
    }

    @Test
    @DisplayName("S41: a service that starts, sweeps or stops leaves alone what comes in through the other one")
    void startOfTheOtherOne() throws Exception {
        JobToken token = take();
        JobId job = job(token);
        Runs first = service();
        PipedOutputStream sender = new PipedOutputStream();
        PipedInputStream receiver = new PipedInputStream(sender);
        Future<Boolean> upload = threads.submit(() -> first.store(token, "disk.img", receiver, -1));
        sender.write("first ".getBytes(StandardCharsets.UTF_8));
        await().until(() -> parts() == 1);

        Runs second = service();
        second.sweepEvery(Duration.ofMillis(1));
        assertThat(second.store(token, "log", content("log"), 3)).isTrue();
        second.close();

        sender.write("second".getBytes(StandardCharsets.UTF_8));
        sender.close();
        assertThat(upload.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(first.finish(token, GOOD)).isEqualTo(TokenAnswer.DONE);
        assertThat(first.artifact(job, "disk.img").orElseThrow()).hasContent("first second");
        assertThat(first.artifact(job, "log").orElseThrow()).hasContent("log");
        first.close();
    }

    @Test
    @DisplayName("S41: a run brings its files through both services and ends through either; both have them then")
    void throughBoth() throws Exception {
        Runs first = service();
        Runs second = service();
        for (Runs end : List.of(first, second)) {
            JobToken token = take();
            JobId job = job(token);
            assertThat(first.store(token, "a", content("a"), 1)).isTrue();
            assertThat(second.store(token, "b", content("b"), 1)).isTrue();
            assertThat(end.finish(token, GOOD)).isEqualTo(TokenAnswer.DONE);
            for (Runs each : List.of(first, second)) {
                assertThat(each.artifact(job, "a").orElseThrow()).hasContent("a");
                assertThat(each.artifact(job, "b").orElseThrow()).hasContent("b");
                assertThat(each.store(token, "c", content("c"), 1)).isFalse();
            }
        }
        first.close();
        second.close();
    }

    @Test
    @DisplayName("S41: artifacts of a job that was removed from the queue by its age go too")
    void filesOfRemovedJobs() throws Exception {
        Runs service = service();
        JobToken token = take();
        JobId job = job(token);
        assertThat(service.store(token, "a", content("a"), 1)).isTrue();
        assertThat(service.finish(token, GOOD)).isEqualTo(TokenAnswer.DONE);
        service.cleanEvery(Duration.ofMillis(1));
        assertThat(service.artifact(job, "a")).isPresent();
        assertThat(queue.prune(Duration.ZERO, 10)).isEqualTo(1);
        await().until(() -> !Files.exists(directory.resolve(job.toString())));
        service.close();
    }

    @Test
    @DisplayName("S41: both settle the same runs at the same time, and each run is settled once and whole")
    void settleTogether() throws Exception {
        Artifacts first = new Artifacts(directory, WorkerLimits.DEFAULT, job -> true);
        Artifacts second = new Artifacts(directory, WorkerLimits.DEFAULT, job -> true);
        for (int round = 0; round < 20; round++) {
            JobId kept = JobId.create();
            JobToken ended = store(first, kept);
            JobToken over = store(second, JobId.create());
            CyclicBarrier both = new CyclicBarrier(2);
            List<Future<Boolean>> settled = new ArrayList<>();
            for (Artifacts each : List.of(first, second)) {
                Callable<Boolean> settle = () -> {
                    both.await();
                    each.settle(token -> token.equals(ended) ? RunState.ENDED_THE_JOB : RunState.OVER);
                    each.keep(ended);
                    return true;
                };
                settled.add(threads.submit(settle));
            }
            for (Future<Boolean> each : settled) {
                assertThat(each.get(10, TimeUnit.SECONDS)).isTrue();
            }
            for (int i = 0; i < 3; i++) {
                assertThat(first.find(kept, "file" + i).orElseThrow()).hasContent("text");
            }
            assertThat(directory.resolve("tmp").resolve(over.reveal())).doesNotExist();
        }
        first.close();
        second.close();
    }

    private static JobToken store(Artifacts artifacts, JobId job) throws IOException {
        JobToken token = JobToken.parse(UUID.randomUUID().toString());
        for (int i = 0; i < 3; i++) {
            assertThat(artifacts.store(token, job, "file" + i, content("text"), 4, () -> true))
                    .isTrue();
        }
        return token;
    }
}
