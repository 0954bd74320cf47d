package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the artifacts of jobs that are deleted. */
class DeletedJobsTest {
    private static final String GOOD = "{\"result\":{\"osbuild_output\":{\"success\":true}}}";

    @TempDir
    Path directory;

    private final FinishHook store = new FinishHook();
    private final JobQueue queue = JobQueue.on(store);
    private Service service;
    private JobId job;
    private Service.Run run;

    /** Does something when a job has ended and nobody has been told. */
    private static final class FinishHook extends DelegatingJobStore {
        private volatile Runnable afterFinish = () -> {};

        FinishHook() {
            super(new InMemoryJobStore());
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            afterFinish.run();
            return receipt;
        }
    }

    @BeforeEach
    void start() throws Exception {
        service = new Service(queue, Service.options(directory));
        job = new ComposerJobs(queue)
                .enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(RawJson.of("{}"), "disk.img", List.of())));
        run = service.take("osbuild");
        assertThat(run.put("disk.img", "image").status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        service.close();
        queue.close();
    }

    private void delete() {
        var unused = queue.delete(job);
        service.api.forget(Set.of(job));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".lock"))
                    .toList();
        }
    }

    @Test
    @DisplayName("S41: with a job that is deleted its artifacts go at once, and those of others stay")
    void filesGoWithTheJob() throws Exception {
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        service.api.forget(Set.of(job));
        assertThat(service.api.artifact(job, "disk.img")).isPresent();
        delete();
        assertThat(files()).isEmpty();
        service.api.forget(Set.of(job));
    }

    @Test
    @DisplayName("S41: a job that is deleted right after its end, before it has its artifacts, leaves none")
    void deletedBetweenFinishAndMove() throws Exception {
        store.afterFinish = this::delete;
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(files()).isEmpty();
    }
}
