package dev.jobqueue.examples.embedded;

import static dev.jobqueue.testkit.junit.JobAssert.assertThatJob;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.FileJobQueue;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import dev.jobqueue.testkit.junit.JobRunner;
import dev.jobqueue.worker.JobWorker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(JobQueueExtension.class)
class WorkerSnippetsTest {
    @TempDir
    Path directory;

    @Test
    void startUpRunsJobs() throws Exception {
        Path file = Files.writeString(directory.resolve("two lines"), "a\nb\n");
        try (JobQueue queue = FileJobQueue.open(directory.resolve("queue"))) {
            JobId sum = queue.enqueue(WorkerSnippets.SUM.job(List.of(file.toString())))
                    .id();
            JobId missing = queue.enqueue(WorkerSnippets.COUNT.job(
                            directory.resolve("missing").toString()))
                    .id();
            AtomicReference<Boolean> ended = new AtomicReference<>(false);
            WorkerSnippets.startUp(queue, () -> {
                try {
                    ended.set(queue.await(sum, Duration.ofSeconds(30)).isPresent()
                            && queue.await(missing, Duration.ofSeconds(30)).isPresent());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(ended).hasValue(true);
            assertThatJob(queue, sum).succeeded().hasResult(WorkerSnippets.SUM, 1);
            assertThatJob(queue, missing).failedWith(WorkerSnippets.FileError.NO_SUCH_FILE, "missing");
        }
    }

    @Test
    void listenersHearOfFailures(JobQueue queue) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        List<String> log = new CopyOnWriteArrayList<>();
        queue.enqueue(WorkerSnippets.COUNT.job("none"));
        WorkerSnippets.observed(queue, registry, Runnable::run, log)
                .handler(WorkerSnippets.COUNT, WorkerSnippets::count)
                .build()
                .runUntilIdle();
        assertThat(log).singleElement().asString().contains("no file none");
        assertThat(registry.get("jobqueue.attempts")
                        .tag("outcome", "failed")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    @SuppressWarnings("try") // the resources are there to be closed
    void outagesAreHeardOf() throws Exception {
        AtomicInteger failures = new AtomicInteger(2);
        JobStore store = new DelegatingJobStore(new InMemoryJobStore()) {
            @Override
            public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
                if (failures.getAndDecrement() > 0) {
                    throw new JobQueueException.StoreUnavailable("the network is down", null);
                }
                return super.finish(requests);
            }
        };
        List<String> log = new CopyOnWriteArrayList<>();
        try (JobQueue queue = JobQueue.on(store);
                JobWorker worker = WorkerSnippets.wary(queue, log)
                        .handler(WorkerSnippets.COUNT, job -> 7)
                        .build()
                        .start()) {
            JobId id = queue.enqueue(WorkerSnippets.COUNT.job("x")).id();
            assertThat(queue.await(id, Duration.ofSeconds(30))).isPresent();
            assertThatJob(queue, id)
                    .succeeded()
                    .hasResult(WorkerSnippets.COUNT, 7)
                    .hasAttempts(1);
        }
        assertThat(log).hasSize(2).containsOnly("FINISH of 1 failed: the network is down");
    }

    @Test
    void settingsFit(JobQueue queue) throws Exception {
        JobId id =
                queue.enqueue(WorkerSnippets.COUNT.job("README-is-elsewhere")).id();
        WorkerSnippets.patient(queue).build().runUntilIdle();
        assertThatJob(queue, id).failedWith(WorkerSnippets.FileError.NO_SUCH_FILE, "README-is-elsewhere");
    }

    @Test
    void unitTestPasses(JobQueue queue, JobRunner runner) throws Exception {
        WorkerSnippets.unitTest(queue, runner);
    }

    @Test
    void standInTheReadme() throws Exception {
        String source = Files.readString(Path.of("src/test/java/dev/jobqueue/examples/embedded/WorkerSnippets.java"));
        String readme = Files.readString(Path.of("../../README.md"));
        String[] parts = source.split("// README: begin\n");
        assertThat(parts).hasSize(8);
        for (int i = 1; i < parts.length; i++) {
            String snippet = parts[i].substring(0, parts[i].lastIndexOf("// README: end"));
            String lines = snippet.stripIndent();
            assertThat(readme)
                    .contains(lines.indent(4).replaceAll("(?m)^ +$", "").stripTrailing());
        }
    }
}
