package dev.jobqueue.examples.composer.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.testkit.ManualClock;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Results of workers old and new, as they are read back from the queue. */
@ExtendWith(JobQueueExtension.class)
class ResultShapesTest {
    private static OsbuildResult osbuild(JobQueue queue, String result) throws InterruptedException {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId id = jobs.enqueue(ComposerJobs.osbuild("x86_64", Workers.osbuildArgs()));
        Workers.run(queue, JobTypes.OSBUILD.variant("x86_64"), result);
        return jobs.osbuild(id).result().orElseThrow();
    }

    private static JobStatus<OsbuildKojiResult> koji(JobQueue queue, String result) throws InterruptedException {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId init = jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":1}");
        OsbuildKojiArgs args = new OsbuildKojiArgs(Workers.MANIFEST, "a", List.of(), Optional.empty(), "s", "d", "f");
        JobId id = jobs.enqueue(ComposerJobs.osbuildKoji("x86_64", args, init));
        Workers.run(queue, JobTypes.OSBUILD_KOJI.variant("x86_64"), result);
        return jobs.osbuildKoji(id);
    }

    private static int code(JobResult result) {
        return result.jobError().map(ReportedError::id).orElse(0);
    }

    @ParameterizedTest(name = "S3: an osbuild result {0} has error {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "null | 10",
                "{} | 10",
                "{\"success\":true} | 10",
                "{\"osbuild_output\":null} | 10",
                "{\"osbuild_output\":{\"success\":false,\"error\":\"no such stage\"}} | 18",
                "{\"osbuild_output\":{\"success\":false,\"error\":{\"type\":\"x\"}}} | 18",
                "{\"osbuild_output\":{\"success\":true},\"target_errors\":[\"no bucket\",\"more\"]} | 18",
                "{\"osbuild_output\":{\"success\":false}} | 10",
                "{\"success\":true,\"osbuild_output\":{\"success\":true}} | 0",
                "{\"success\":false,\"osbuild_output\":{\"success\":true},\"job_error\":{\"id\":11,\"reason\":\"x\"}} | 11",
            })
    void osbuildResultsAreReadInTheShapeOfToday(String result, int code, JobQueue queue) throws Exception {
        OsbuildResult read = osbuild(queue, result);
        assertThat(code(read)).isEqualTo(code);
        assertThat(read.success()).isEqualTo(code == 0);
    }

    @Test
    @DisplayName("S3: the reason is the old text")
    void reasonIsTheOldText(JobQueue queue) throws Exception {
        assertThat(osbuild(queue, "{\"osbuild_output\":{\"error\":\"no such stage\"}}")
                        .jobError())
                .contains(ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, "no such stage"));
        assertThat(osbuild(queue, "{\"osbuild_output\":{},\"target_errors\":[\"no bucket\"]}")
                        .jobError())
                .contains(ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, "no bucket"));
    }

    @ParameterizedTest(name = "S4: an osbuild-koji result {0} has error {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 10",
                "{\"osbuild_output\":{\"success\":false,\"error\":\"no such stage\"}} | 18",
                "{\"osbuild_output\":{\"success\":true},\"koji_error\":\"no upload\"} | 18",
                "{\"osbuild_output\":{\"success\":true},\"koji_error\":\"\"} | 0",
                "{\"osbuild_output\":{\"success\":false}} | 10",
                "{\"osbuild_output\":{\"success\":true},\"job_error\":{\"id\":14,\"reason\":\"x\"}} | 14",
            })
    void osbuildKojiResultsAreReadInTheShapeOfToday(String result, int code, JobQueue queue) throws Exception {
        JobStatus<OsbuildKojiResult> status = koji(queue, result);
        assertThat(code(status.result().orElseThrow())).isEqualTo(code);
        assertThat(status.state()).isEqualTo(code == 0 ? JobState.SUCCEEDED : JobState.FAILED);
    }

    @ParameterizedTest(name = "S9: a {0} result {1} has error {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "koji-init | {\"build_id\":0,\"koji_error\":\"down\"} | 18",
                "koji-init | {\"build_id\":3,\"koji_error\":\"\",\"job_error\":null} | 0",
                "koji-init | {\"koji_error\":\"down\",\"job_error\":{\"id\":15,\"reason\":\"down\",\"details\":null}} | 15",
                "koji-finalize | {\"koji_error\":\"down\"} | 18",
                "koji-finalize | {} | 0",
                "depsolve | {\"error\":\"conflict\",\"error_type\":\"depsolve\"} | 20",
                "depsolve | {\"error\":\"crash\",\"error_type\":\"other\"} | 23",
                "depsolve | {\"package_specs\":{\"os\":[{\"name\":\"kernel\"}]},\"error\":\"\"} | 0",
            })
    void textsOfOldWorkersBecomeErrors(String type, String result, int code) {
        JobResult read = JobTypes.result(JobTypes.requested(type, "x86_64"), RawJson.of(result))
                .orElseThrow();
        assertThat(code(read)).isEqualTo(code);
    }

    @Test
    @DisplayName("S31: the whole result is reported: success, osbuild's output, errors of targets")
    void wholeResult(JobQueue queue) throws Exception {
        OsbuildResult read = osbuild(
                queue,
                "{\"success\":true,\"osbuild_output\":{\"success\":true,\"log\":{\"a\":[1]}},\"target_errors\":null,"
                        + "\"upload_status\":\"success\",\"host_os\":\"fedora-42\",\"arch\":\"x86_64\"}");
        assertThat(read)
                .isEqualTo(new OsbuildResult(
                        true,
                        Optional.of(RawJson.of("{\"success\":true,\"log\":{\"a\":[1]}}")),
                        List.of(),
                        Optional.of("success"),
                        Optional.empty(),
                        "fedora-42",
                        "x86_64",
                        Optional.empty()));
    }

    @Test
    @DisplayName("S32: of the first workers, which reported osbuild's output alone, status and logs are kept")
    void resultOfTheFirstWorkers(JobQueue queue) throws Exception {
        String good = "{\"success\":true,\"stages\":[{\"name\":\"a\"}]}";
        assertThat(osbuild(queue, good).success()).isTrue();
        assertThat(osbuild(queue, good).osbuildOutput()).contains(RawJson.of(good));
        assertThat(osbuild(queue, "{\"success\":false,\"stages\":[]}").success())
                .isFalse();
    }

    @Test
    @DisplayName("S32: without success at the top that of the output counts")
    void successOfTheOutputCounts(JobQueue queue) throws Exception {
        assertThat(osbuild(queue, "{\"osbuild_output\":{\"success\":true}}").success())
                .isTrue();
        assertThat(osbuild(queue, "{\"success\":false,\"osbuild_output\":{\"success\":true}}")
                        .success())
                .isTrue();
    }

    @Test
    @DisplayName("S33: the artifact to send back is named in the args")
    void artifactOfTheArgs() {
        OsbuildArgs args = new OsbuildArgs(Workers.MANIFEST, List.of(), "disk.vmdk", true, List.of(), Optional.empty());
        assertThat(args.artifact()).contains(new OsbuildArgs.Artifact("disk.vmdk", true));
        assertThat(OsbuildArgs.of(Workers.MANIFEST, "", List.of()).artifact()).isEmpty();
    }

    @Test
    @DisplayName("S34: args of the first releases, with a local target in place of a name, can still be read")
    void argsOfTheFirstReleases() {
        OsbuildArgs args = JobTypes.OSBUILD.decodeArgs(
                RawJson.of(
                        "{\"manifest\":{},\"targets\":[{\"name\":\"org.osbuild.aws\",\"options\":{\"filename\":\"x\"}},"
                                + "{\"name\":\"org.osbuild.local\",\"options\":{\"filename\":\"disk.vmdk\",\"stream_optimized\":true}}]}"));
        assertThat(args.artifact()).contains(new OsbuildArgs.Artifact("disk.vmdk", true));
    }

    @Test
    @DisplayName("S8, W11: a job that reported nothing because its worker vanished has the number for that")
    void lostWorkersHaveAnError(JobQueue queue, ManualClock clock) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId id = jobs.enqueue(
                ComposerJobs.osbuild("x86_64", Workers.osbuildArgs()).recoveries(0));
        assertThat(Workers.take(queue, JobTypes.OSBUILD.variant("x86_64")).id()).isEqualTo(id);
        clock.advance(Duration.ofMinutes(3));
        assertThat(queue.expire(10)).containsExactly(id);

        OsbuildResult result = jobs.osbuild(id).result().orElseThrow();
        assertThat(code(result)).isEqualTo(ImageError.JOB_MISSING_HEARTBEAT.code());
        assertThat(result.success()).isFalse();
    }

    @Test
    @DisplayName("S1: what is no result of this type is refused, and nothing changes")
    void noResult(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId id = jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
        assertThatThrownBy(() -> Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":\"many\"}"))
                .isInstanceOf(JobQueueException.Undecodable.class);
        assertThatThrownBy(() -> JobTypes.outcome(JobTypes.KOJI_INIT.name(), RawJson.of("[]")))
                .isInstanceOf(JobQueueException.Undecodable.class);
        assertThat(jobs.kojiInit(id).state()).isEqualTo(JobState.RUNNING);
    }
}
