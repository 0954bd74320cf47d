package dev.jobqueue.examples.composer.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobStatus;
import dev.jobqueue.examples.composer.jobs.Statuses.ComposeState;
import dev.jobqueue.examples.composer.jobs.Statuses.ImageState;
import dev.jobqueue.examples.composer.jobs.Statuses.WeldrState;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What composes come to, at each step of their lives. */
@ExtendWith(JobQueueExtension.class)
class StatusesTest {
    private static final String INIT_ERROR = "{\"job_error\":{\"id\":15,\"reason\":\"koji says no\"}}";
    private static final String GOOD = "{\"osbuild_output\":{\"success\":true}}";
    private static final String BAD = "{\"osbuild_output\":{\"success\":false}}";

    private JobQueue queue;
    private ComposerJobs jobs;

    @BeforeEach
    void open(JobQueue newQueue) {
        queue = newQueue;
        jobs = new ComposerJobs(queue);
    }

    private void assertPlain(JobId id, ImageState image, ComposeState compose, WeldrState weldr) {
        JobStatus<OsbuildResult> status = jobs.osbuild(id);
        assertThat(Statuses.image(status)).isEqualTo(image);
        assertThat(Statuses.compose(status)).isEqualTo(compose);
        assertThat(Statuses.weldr(status)).isEqualTo(weldr);
    }

    private void assertKoji(KojiCompose compose, ComposeState state, ImageState... images) {
        JobStatus<KojiInitResult> init = jobs.kojiInit(compose.init());
        List<JobStatus<OsbuildKojiResult>> builds =
                compose.builds().stream().map(jobs::osbuildKoji).toList();
        assertThat(builds.stream().map(build -> Statuses.kojiImage(init, build)))
                .containsExactly(images);
        assertThat(Statuses.kojiCompose(init, builds, jobs.kojiFinalize(compose.finalizeJob())))
                .isEqualTo(state);
    }

    private void build(String arch, String result) throws InterruptedException {
        Workers.run(queue, JobTypes.OSBUILD_KOJI.variant(arch), result);
    }

    private JobId plain() {
        return jobs.enqueue(ComposerJobs.osbuild("x86_64", Workers.osbuildArgs()));
    }

    @Test
    @DisplayName("S36: a plain image waits, is built, and succeeds or fails")
    void plainImage() throws Exception {
        JobId good = plain();
        assertPlain(good, ImageState.PENDING, ComposeState.PENDING, WeldrState.WAITING);
        var running = Workers.take(queue, JobTypes.OSBUILD.variant("x86_64"));
        assertPlain(good, ImageState.BUILDING, ComposeState.PENDING, WeldrState.RUNNING);
        Workers.report(queue, running, GOOD);
        assertPlain(good, ImageState.SUCCESS, ComposeState.SUCCESS, WeldrState.FINISHED);

        JobId bad = plain();
        Workers.run(queue, JobTypes.OSBUILD.variant("x86_64"), BAD);
        assertPlain(bad, ImageState.FAILURE, ComposeState.FAILURE, WeldrState.FAILED);
    }

    @Test
    @DisplayName("S36: a canceled image has failed, whether it was started or not")
    void canceledImage() throws Exception {
        JobId waiting = plain();
        queue.cancel(waiting, "no");
        assertPlain(waiting, ImageState.FAILURE, ComposeState.FAILURE, WeldrState.FAILED);

        JobId running = plain();
        assertThat(Workers.take(queue, JobTypes.OSBUILD.variant("x86_64")).id()).isEqualTo(running);
        queue.cancel(running, "no");
        assertPlain(running, ImageState.FAILURE, ComposeState.FAILURE, WeldrState.FAILED);
    }

    @Test
    @DisplayName("S27: a compose for koji succeeds if koji-init, all builds and koji-finalize do")
    void kojiSuccess() throws Exception {
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        assertKoji(compose, ComposeState.PENDING, ImageState.PENDING, ImageState.PENDING);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":5}");
        var running = Workers.take(queue, JobTypes.OSBUILD_KOJI.variant("x86_64"));
        assertKoji(compose, ComposeState.PENDING, ImageState.BUILDING, ImageState.PENDING);
        Workers.report(queue, running, GOOD);
        build("aarch64", GOOD);
        assertKoji(compose, ComposeState.PENDING, ImageState.SUCCESS, ImageState.SUCCESS);
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");
        assertKoji(compose, ComposeState.SUCCESS, ImageState.SUCCESS, ImageState.SUCCESS);
    }

    @Test
    @DisplayName("S4: a build for koji without output makes the compose fail")
    void kojiBuildWithoutOutput() throws Exception {
        KojiCompose compose = Workers.kojiCompose("x86_64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":5}");
        build("x86_64", "{}");
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");
        assertKoji(compose, ComposeState.FAILURE, ImageState.FAILURE);
    }

    @Test
    @DisplayName("S22: a compose for koji is pending until koji-finalize ends, and then a failure if a build was one")
    void kojiBuildFails() throws Exception {
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":5}");
        build("x86_64", BAD);
        assertKoji(compose, ComposeState.PENDING, ImageState.FAILURE, ImageState.PENDING);
        build("aarch64", GOOD);
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");
        assertKoji(compose, ComposeState.FAILURE, ImageState.FAILURE, ImageState.SUCCESS);
    }

    @Test
    @DisplayName("S22: images fail with koji-init, before they start")
    void kojiInitFails() throws Exception {
        KojiCompose compose = Workers.kojiCompose("x86_64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, INIT_ERROR);
        assertKoji(compose, ComposeState.PENDING, ImageState.FAILURE);
        build("x86_64", GOOD);
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");
        assertKoji(compose, ComposeState.FAILURE, ImageState.FAILURE);
    }

    @Test
    @DisplayName("S22: a compose for koji fails with koji-finalize alone, and with its cancel")
    void kojiFinalizeFails() throws Exception {
        KojiCompose failed = Workers.kojiCompose("x86_64");
        jobs.enqueue(failed);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":5}");
        build("x86_64", GOOD);
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{\"koji_error\":\"no import\"}");
        assertKoji(failed, ComposeState.FAILURE, ImageState.SUCCESS);

        KojiCompose canceled = Workers.kojiCompose("x86_64");
        jobs.enqueue(canceled);
        queue.cancel(canceled.finalizeJob(), "no");
        assertKoji(canceled, ComposeState.FAILURE, ImageState.PENDING);
    }

    @Test
    @DisplayName("S22: a canceled build fails its image, and the compose in the end")
    void kojiBuildCanceled() throws Exception {
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":5}");
        queue.cancel(compose.builds().get(0), "no");
        assertKoji(compose, ComposeState.PENDING, ImageState.FAILURE, ImageState.PENDING);
        build("aarch64", GOOD);
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");
        assertKoji(compose, ComposeState.FAILURE, ImageState.FAILURE, ImageState.SUCCESS);
    }
}
