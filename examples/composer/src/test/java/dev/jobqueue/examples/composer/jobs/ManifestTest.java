package dev.jobqueue.examples.composer.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.FileJobQueue;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(JobQueueExtension.class)
class ManifestTest {
    /** Order, double keys, spellings of numbers, escapes, NUL, characters that others escape, white space. */
    private static final String HARD = "{ \"z\" : 1e2, \"a\":100, \"a\":1.0,\"n\":123456789012345678901234567890.10,\n"
            + "\"e\":\"\\u0000\\u00fc<>&\u00fc\ud83d\ude00\\/\", \"l\":[ ], \"o\":{\"b\":[{}, null,true , -0]} }";

    @ParameterizedTest(name = "S45: manifest {0} comes back byte by byte")
    @ValueSource(strings = {HARD, "[1, 2]", "\"text \\u0041\"", "1e2", "-0.0", "true", "{}"})
    void manifestKeepsItsBytes(String manifest, JobQueue queue) {
        OsbuildArgs args = OsbuildArgs.of(RawJson.of(manifest), "a", List.of("b"));
        JobId id = new ComposerJobs(queue).enqueue(ComposerJobs.osbuild("x86_64", args));
        assertThat(queue.job(JobTypes.OSBUILD, id).args()).isEqualTo(args);
        assertThat(queue.job(id).args().toString()).contains(manifest);
    }

    @Test
    @DisplayName("S45: no manifest is written as null, and read as null if it is missing")
    void noManifest() {
        OsbuildArgs none = OsbuildArgs.of(RawJson.NULL, "", List.of());
        assertThat(ComposerJson.raw(none).toString()).contains("\"manifest\":null");
        assertThat(JobTypes.OSBUILD.decodeArgs(ComposerJson.raw(none))).isEqualTo(none);
        assertThat(JobTypes.OSBUILD.decodeArgs(RawJson.of("{}"))).isEqualTo(none);
    }

    @Test
    @DisplayName(
            "S46: manifest and results of all builds come back byte by byte from a directory, after it was opened again")
    void bytesInADirectory(@TempDir Path directory) throws Exception {
        OsbuildKojiArgs args = new OsbuildKojiArgs(
                RawJson.of(HARD), "a.tar", List.of(), Optional.of(RawJson.of("[ 1 ]")), "s", "d", "f");
        String result = "{\"osbuild_output\":{\"success\":true,\"m\":" + HARD + "}}";
        JobId id;
        try (JobQueue queue = FileJobQueue.open(directory)) {
            ComposerJobs jobs = new ComposerJobs(queue);
            JobId init = jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
            id = jobs.enqueue(ComposerJobs.osbuildKoji("x86_64", args, init));
            Workers.run(queue, JobTypes.KOJI_INIT, "{}");
            Workers.run(queue, JobTypes.OSBUILD_KOJI.variant("x86_64"), result);
        }
        try (JobQueue queue = FileJobQueue.open(directory)) {
            assertThat(queue.job(JobTypes.OSBUILD_KOJI, id).args()).isEqualTo(args);
            assertThat(new ComposerJobs(queue)
                            .osbuildKoji(id)
                            .result()
                            .orElseThrow()
                            .osbuildOutput()
                            .orElseThrow()
                            .toString())
                    .contains(HARD);
        }
    }
}
