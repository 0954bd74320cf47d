package dev.jobqueue.examples.composer.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(JobQueueExtension.class)
class ReportedErrorTest {
    private static final ReportedError NO_SPACE = ReportedError.of(ImageError.BUILD_JOB, "no space");

    @ParameterizedTest(name = "S7: {0} is read and written without loss")
    @ValueSource(
            strings = {
                "{\"id\":10,\"reason\":\"no space\"}",
                "{\"id\":10,\"reason\":\"no space\",\"details\":[1, 2.50]}",
                "{\"id\":4711,\"reason\":\"\",\"details\":{\"b\":1,\"a\":2}}",
            })
    void errorsRoundTrip(String json) {
        ReportedError error = ComposerJson.MAPPER.readValue(RawJson.of(json).toBytes(), ReportedError.class);
        assertThat(ComposerJson.raw(error)).hasToString(json);
    }

    @Test
    @DisplayName("S7: details of old workers may be null, and an unknown field is ignored")
    void detailsOfOldWorkers() {
        byte[] json = RawJson.of("{\"id\":10,\"reason\":\"no space\",\"details\":null,\"more\":1}")
                .toBytes();
        assertThat(ComposerJson.MAPPER.readValue(json, ReportedError.class)).isEqualTo(NO_SPACE);
    }

    @Test
    @DisplayName("S7: every number is used once, and 1 to 42 are all there")
    void numbersAreUsedOnce() {
        assertThat(Arrays.stream(ImageError.values()).mapToInt(ImageError::code).toArray())
                .doesNotHaveDuplicates()
                .hasSize(42)
                .contains(1, 42);
        assertThat(ImageError.of(28)).contains(ImageError.TARGET_ERROR);
        assertThat(ImageError.of(43)).isEmpty();
    }

    @Test
    @DisplayName("S8: the class of an error follows from its number; one that is not known is internal")
    void classOfAnError() {
        assertThat(ReportedError.statusClass(Optional.empty())).isEqualTo("2xx");
        assertThat(ReportedError.statusClass(Optional.of(ReportedError.of(ImageError.DNF_MARKING, "no such package"))))
                .isEqualTo("4xx");
        assertThat(ReportedError.statusClass(Optional.of(NO_SPACE))).isEqualTo("5xx");
        assertThat(new ReportedError(4711, "?", Optional.empty()).errorClass()).isEqualTo(ErrorClass.INTERNAL);
    }

    @Test
    @DisplayName("S8: an error of a dependency has the class of its cause")
    void classOfADependencyError() {
        ReportedError user = ReportedError.of(ImageError.DNF_DEPSOLVE, "conflict");
        ReportedError manifest =
                ReportedError.ofDependencies(ImageError.DEPSOLVE_DEPENDENCY, "depsolve failed", List.of(user));
        ReportedError koji =
                ReportedError.ofDependencies(ImageError.KOJI_FAILED_DEPENDENCY, "a build failed", List.of(manifest));
        assertThat(koji.errorClass()).isEqualTo(ErrorClass.CLIENT);
        assertThat(koji.root()).isEqualTo(user);
        assertThat(ReportedError.ofDependencies(ImageError.MANIFEST_DEPENDENCY, "", List.of(NO_SPACE))
                        .errorClass())
                .isEqualTo(ErrorClass.INTERNAL);
        assertThat(ReportedError.of(ImageError.JOB_DEPENDENCY, "").errorClass()).isEqualTo(ErrorClass.CLIENT);
    }

    @Test
    @DisplayName("S8: the queue keeps number, class and reason of an error, cut to what fits")
    void errorInTheQueue() {
        String reason = "x".repeat(JobError.MAX_REASON_LENGTH - 1) + "\ud83d\ude00";
        RawJson details = RawJson.of("\"" + "y".repeat(JobError.MAX_DETAILS_BYTES) + "\"");
        JobError error = new ReportedError(21, reason, Optional.of(details)).toJobError();
        assertThat(error.code()).isEqualTo(21);
        assertThat(error.errorClass()).isEqualTo(ErrorClass.CLIENT);
        assertThat(error.reason()).isEqualTo("x".repeat(JobError.MAX_REASON_LENGTH - 1));
        assertThat(error.details()).isEqualTo(RawJson.NULL);
        assertThat(error.permanent()).isTrue();
        assertThat(new ReportedError(-2, "", Optional.empty()).toJobError().code())
                .isZero();
    }

    @Test
    @DisplayName(
            "S22: an error that speaks of dependencies gets theirs as details, down to the cause, each job read in order")
    void chainOfErrors(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"job_error\":{\"id\":15,\"reason\":\"koji says no\"}}");
        Workers.run(
                queue,
                JobTypes.OSBUILD_KOJI.variant("x86_64"),
                "{\"job_error\":{\"id\":26,\"reason\":\"init failed\",\"details\":\"gone\"}}");
        Workers.run(queue, JobTypes.OSBUILD_KOJI.variant("aarch64"), "{\"job_error\":{\"id\":14,\"reason\":\"own\"}}");
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{\"job_error\":{\"id\":13,\"reason\":\"failed\"}}");

        ReportedError init = ReportedError.of(ImageError.KOJI_INIT, "koji says no");
        ReportedError first = ReportedError.ofDependencies(ImageError.JOB_DEPENDENCY, "init failed", List.of(init));
        ReportedError second = ReportedError.of(ImageError.KOJI_BUILD, "own");
        assertThat(jobs.error(compose.finalizeJob()))
                .contains(ReportedError.ofDependencies(
                        ImageError.KOJI_FAILED_DEPENDENCY, "failed", List.of(init, first, second)));
        assertThat(jobs.error(compose.builds().get(1))).contains(second);
    }

    @Test
    @DisplayName("W12: a walk to the causes reads a job once, however many paths lead to it")
    void eachJobIsReadOnce() throws Exception {
        Map<JobId, Integer> reads = new HashMap<>();
        DelegatingJobStore store = new DelegatingJobStore(new InMemoryJobStore()) {
            @Override
            public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
                ids.forEach(id -> reads.merge(id, 1, Integer::sum));
                return super.find(ids, parts);
            }
        };
        try (JobQueue queue = JobQueue.on(store)) {
            ComposerJobs jobs = new ComposerJobs(queue);
            KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64", "s390x");
            jobs.enqueue(compose);
            Workers.run(queue, JobTypes.KOJI_INIT, "{\"job_error\":{\"id\":15,\"reason\":\"no\"}}");
            for (String arch : List.of("x86_64", "aarch64", "s390x")) {
                Workers.run(
                        queue,
                        JobTypes.OSBUILD_KOJI.variant(arch),
                        "{\"job_error\":{\"id\":26,\"reason\":\"init failed\"}}");
            }
            Workers.run(queue, JobTypes.KOJI_FINALIZE, "{\"job_error\":{\"id\":13,\"reason\":\"failed\"}}");
            reads.clear();

            assertThat(jobs.error(compose.finalizeJob()).orElseThrow().causes()).hasSize(4);
            assertThat(reads)
                    .hasSize(5)
                    .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
        }
    }

    @Test
    @DisplayName("S22: a job without an error hides those below, and details stay if nothing is found there")
    void endsOfAChain(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":5}");
        Workers.run(
                queue,
                JobTypes.OSBUILD_KOJI.variant("x86_64"),
                "{\"job_error\":{\"id\":26,\"reason\":\"?\",\"details\":\"kept\"}}");
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");

        JobId build = compose.builds().get(0);
        assertThat(jobs.error(build).orElseThrow().details()).contains(RawJson.of("\"kept\""));
        assertThat(jobs.error(compose.finalizeJob())).isEmpty();
    }
}
