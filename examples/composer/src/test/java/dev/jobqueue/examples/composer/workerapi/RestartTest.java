package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.fs.FileJobQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What workers are given after the service has been started again on its directory. */
class RestartTest {
    private static final KojiInitArgs BUILD = new KojiInitArgs("https://koji.example.com", "fedora", "42", "1");

    @TempDir
    Path directory;

    private JobQueue queue;
    private ComposerJobs jobs;
    private Service service;

    @BeforeEach
    void start() throws IOException {
        queue = FileJobQueue.open(directory.resolve("queue"));
        jobs = new ComposerJobs(queue);
        service = new Service(queue, Service.options(directory.resolve("artifacts")));
    }

    @AfterEach
    void stop() {
        service.close();
        queue.close();
    }

    private void restart() throws IOException {
        stop();
        start();
    }

    private JobId init() {
        return jobs.enqueue(ComposerJobs.kojiInit(BUILD));
    }

    private KojiCompose compose() {
        KojiCompose.Image image =
                new KojiCompose.Image("x86_64", RawJson.of("{}"), "a.img", List.of(), Optional.empty());
        KojiCompose compose = KojiCompose.plan(BUILD, 1, 2, List.of(image), "default");
        jobs.enqueue(compose);
        return compose;
    }

    private void assertNothing(String type) throws Exception {
        assertThat(service.request("[\"" + type + "\"]", "x86_64").status()).isEqualTo(204);
    }

    private static JobId given(Service.Run run) {
        return JobId.parse(run.answer.json().path("id").stringValue());
    }

    @Test
    @DisplayName("F1: a canceled job is not handed out, before and after a restart")
    void canceledJob() throws Exception {
        JobId id = init();
        queue.cancel(id, "no");
        assertNothing("koji-init");
        restart();
        assertNothing("koji-init");
        assertThat(queue.status(id).state()).isEqualTo(JobState.CANCELED);
    }

    @Test
    @DisplayName("F2: a job that was canceled while it waited for others is not handed out when they end")
    void canceledWhileBlocked() throws Exception {
        KojiCompose compose = compose();
        JobId build = compose.builds().get(0);
        queue.cancel(build, "no");
        restart();
        assertThat(service.take("koji-init")
                        .patch("{\"result\":{\"build_id\":1}}")
                        .status())
                .isEqualTo(200);
        assertNothing("osbuild-koji");
        assertThat(queue.status(build).state()).isEqualTo(JobState.CANCELED);
        assertThat(given(service.take("koji-finalize"))).isEqualTo(compose.finalizeJob());
    }

    @Test
    @DisplayName("F3: after a restart jobs come in the order in which they were enqueued")
    void order() throws Exception {
        List<JobId> ids = IntStream.range(0, 30).mapToObj(i -> init()).toList();
        restart();
        List<JobId> given = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            given.add(given(service.take("koji-init")));
        }
        assertThat(given).isEqualTo(ids);
    }

    @Test
    @DisplayName("F4: a failed job is not handed out again, and those that depend on it are")
    void failedJob() throws Exception {
        KojiCompose compose = compose();
        assertThat(service.take("koji-init")
                        .patch("{\"result\":{\"job_error\":{\"id\":15,\"reason\":\"no\"}}}")
                        .status())
                .isEqualTo(200);
        restart();
        assertNothing("koji-init");
        assertThat(given(service.take("osbuild-koji")))
                .isEqualTo(compose.builds().get(0));
    }
}
