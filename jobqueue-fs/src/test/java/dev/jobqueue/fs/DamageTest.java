package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.ProgressReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DUR-3: a torn end needs no human; damage elsewhere is reported with file and position; the tool keeps what is readable. */
class DamageTest {
    private static final String FIRST = "segment-00000001.log";

    @TempDir
    Path directory;

    private final List<JobId> ids = new ArrayList<>();

    private void threeJobs() {
        try (JobStore store = FileJobStore.open(directory)) {
            for (int i = 0; i < 3; i++) {
                ids.add(Jobs.insert(store, Jobs.job("\"args of job " + i + "\"")));
            }
        }
    }

    /** Where the args of a job stand in the first segment. */
    private int offsetOf(String text) throws IOException {
        String all = Files.readString(directory.resolve(FIRST), StandardCharsets.ISO_8859_1);
        return all.indexOf(text);
    }

    private void flip(String file, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve(file));
        bytes[offset] ^= 1;
        Files.write(directory.resolve(file), bytes);
    }

    private String tool(int exitCode, String... args) {
        StringWriter out = new StringWriter();
        assertThat(FsTool.run(new PrintWriter(out), new PrintWriter(out), args))
                .as(out.toString())
                .isEqualTo(exitCode);
        return out.toString();
    }

    @Test
    void aTornLastRecordIsTheEnd() throws IOException {
        threeJobs();
        flip(FIRST, offsetOf("args of job 2"));
        try (JobStore store = FileJobStore.open(directory)) {
            assertThat(Jobs.state(store, ids.get(0))).isEqualTo(JobState.READY);
            assertThat(Jobs.state(store, ids.get(1))).isEqualTo(JobState.READY);
            assertThat(Jobs.find(store, ids.get(2))).isEmpty();
        }
        try (JobStore store = FileJobStore.open(directory)) {
            assertThat(store.counts()).hasSize(1);
            assertThat(store.counts().get(0).count()).isEqualTo(2);
        }
    }

    @Test
    void damageBeforeAForcedRecordIsReported() throws IOException {
        threeJobs();
        int offset = offsetOf("args of job 1");
        int record = offsetOf("J 0", offset);
        flip(FIRST, offset);
        assertThatThrownBy(() -> FileJobStore.open(directory))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining(directory.resolve(FIRST).toRealPath().toString())
                .hasMessageContaining("at byte " + record)
                .hasMessageContaining("repair");
        assertThat(tool(1, "verify", directory.toString())).contains("at byte " + record);
    }

    /** The last place before an offset where this text begins. */
    private int offsetOf(String text, int before) throws IOException {
        String all = Files.readString(directory.resolve(FIRST), StandardCharsets.ISO_8859_1);
        return all.lastIndexOf(text, before);
    }

    @Test
    void damageInASealedSegmentIsReported() throws IOException {
        threeJobs();
        FileJobStore.open(directory).close();
        flip(FIRST, offsetOf("args of job 0"));
        assertThatThrownBy(() -> FileJobStore.open(directory))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining(FIRST);
    }

    @Test
    void repairKeepsTheRest() throws IOException {
        threeJobs();
        flip(FIRST, offsetOf("args of job 1"));
        byte[] before = Files.readAllBytes(directory.resolve(FIRST));
        Path repaired = directory.resolve("repaired");
        String output = tool(1, "repair", directory.toString(), repaired.toString());
        assertThat(output).contains("skipped: ").contains(FIRST).contains("2 jobs were kept");
        assertThat(Files.readAllBytes(directory.resolve(FIRST))).isEqualTo(before);
        assertThat(tool(0, "verify", repaired.toString())).contains("no damage");
        try (JobStore store = FileJobStore.open(repaired)) {
            assertThat(Jobs.state(store, ids.get(0))).isEqualTo(JobState.READY);
            assertThat(Jobs.find(store, ids.get(1))).isEmpty();
            assertThat(Jobs.claim(store, 10))
                    .extracting(job -> job.job().args().toString())
                    .containsExactly("\"args of job 0\"", "\"args of job 2\"");
            Jobs.insert(store, Jobs.job("3"));
        }
        try (JobStore store = FileJobStore.open(repaired)) {
            assertThat(store.counts()).hasSize(2);
        }
    }

    @Test
    void repairWithoutManifestAndCheckpoint() throws IOException {
        threeJobs();
        Files.delete(directory.resolve("MANIFEST"));
        Path repaired = directory.resolve("repaired");
        assertThat(tool(0, "repair", directory.toString(), repaired.toString())).contains("3 jobs were kept");
        try (JobStore store = FileJobStore.open(repaired)) {
            assertThat(Jobs.claim(store, 10)).hasSize(3);
        }
    }

    @Test
    @DisplayName("DUR-3: a running job of which only the progress is damaged is kept without it")
    void repairGoesWithoutProgress() throws IOException {
        ClaimedJob running;
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), FileQueueOptions.DEFAULT, false)) {
            Jobs.insert(store, Jobs.job("1"));
            running = Jobs.claim(store, 1).get(0);
            store.report(List.of(new ProgressReport(running.token(), RawJson.of("\"half of it\""))));
            store.upkeepNow();
        }
        flip(FIRST, offsetOf("half of it"));
        assertThat(tool(1, "verify", directory.toString()))
                .contains("job " + running.job().id());
        Path repaired = directory.resolve("repaired");
        assertThat(tool(1, "repair", directory.toString(), repaired.toString())).contains("1 jobs were kept");
        assertThat(tool(0, "verify", repaired.toString())).contains("no damage");
        try (JobStore store = FileJobStore.open(repaired)) {
            JobStatus<RawJson> status =
                    Jobs.find(store, running.job().id()).orElseThrow().status();
            assertThat(status.state()).isEqualTo(JobState.RUNNING);
            assertThat(status.progress()).isEmpty();
            assertThat(Jobs.succeed(store, running.token(), "2")).isEqualTo(TokenAnswer.DONE);
        }
    }

    @Test
    @DisplayName("DUR-3: a job whose args or result are damaged is left out, and who waits for it waits no longer")
    void repairLeavesOutUnreadableJobs() throws IOException {
        JobId lostArgs;
        JobId waiting;
        JobId waitingForMore;
        JobId lostResult;
        JobId after;
        JobId whole;
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), FileQueueOptions.DEFAULT, false)) {
            lostResult = Jobs.insert(store, Jobs.job("1"));
            Jobs.runAll(store, "\"result that is lost\"");
            whole = Jobs.insert(store, Jobs.job("2", new Dependency(lostResult, true)));
            Jobs.runAll(store, "\"other result\"");
            after = Jobs.insert(store, Jobs.job("3", new Dependency(lostResult, false)));
            lostArgs = Jobs.insert(store, Jobs.job("\"args that are lost\""));
            waiting = Jobs.insert(store, Jobs.job("4", new Dependency(lostArgs, true)));
            waitingForMore =
                    Jobs.insert(store, Jobs.job("5", new Dependency(lostArgs, true), new Dependency(after, true)));
            store.upkeepNow();
        }
        flip(FIRST, offsetOf("args that are lost"));
        flip(FIRST, offsetOf("result that is lost"));
        Path repaired = directory.resolve("repaired");
        assertThat(tool(1, "repair", directory.toString(), repaired.toString()))
                .contains("skipped: job " + lostArgs + ": ", "skipped: job " + lostResult + ": ")
                .contains("4 jobs were kept");
        assertThat(tool(0, "verify", repaired.toString())).contains("no damage", "4 jobs");
        try (JobStore store = FileJobStore.open(repaired)) {
            assertThat(Jobs.find(store, lostArgs)).isEmpty();
            assertThat(Jobs.find(store, lostResult)).isEmpty();
            assertThat(Jobs.find(store, whole).orElseThrow().status().result())
                    .contains(RawJson.of("\"other result\""));
            assertThat(Jobs.state(store, after)).isEqualTo(JobState.READY);
            assertThat(Jobs.state(store, waiting)).isEqualTo(JobState.READY);
            assertThat(Jobs.state(store, waitingForMore)).isEqualTo(JobState.BLOCKED);
        }
    }

    @Test
    @DisplayName("DUR-3: without manifest and checkpoint the jobs and what became of them are kept, moved ones too")
    void repairWithoutManifestKeepsWhatBecameOfJobs() throws IOException {
        FileQueueOptions options = FileQueueOptions.DEFAULT.segmentBytes(64 << 10);
        List<JobId> kept;
        JobId running;
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), options, false)) {
            kept = Jobs.insertMany(store, 210, 100).subList(0, 10);
            Jobs.runAll(store, "\"r\"");
            running = Jobs.insert(
                    store,
                    Jobs.job(
                            "\"runs\"",
                            kept.stream().map(id -> new Dependency(id, true)).toArray(Dependency[]::new)));
            assertThat(Jobs.claim(store, 1)).hasSize(1);
            assertThat(store.prune(Duration.ZERO, 200)).isEqualTo(200);
            Awaitility.await("the first segment is given back").until(() -> {
                store.upkeepNow();
                return Files.notExists(directory.resolve(FIRST));
            });
        }
        Files.delete(directory.resolve("MANIFEST"));
        Path repaired = directory.resolve("repaired");
        String output = tool(1, "repair", directory.toString(), repaired.toString());
        assertThat(output).contains("11 jobs were kept");
        try (JobStore store = FileJobStore.open(repaired)) {
            assertThat(kept).allSatisfy(id -> assertThat(Jobs.state(store, id)).isEqualTo(JobState.SUCCEEDED));
            assertThat(Jobs.state(store, running)).isEqualTo(JobState.RUNNING);
        }
    }

    @Test
    void showPrintsAJobWhileTheQueueIsOpen() throws IOException {
        try (JobStore store = FileJobStore.open(directory)) {
            JobId id = Jobs.insert(store, Jobs.job("{\"n\":1}"));
            Jobs.runAll(store, "\"done\"");
            assertThat(tool(0, "show", directory.toString(), id.toString()))
                    .contains(id.toString(), "osbuild:x86_64", "SUCCEEDED", "{\"n\":1}", "\"done\"", "worker-1");
            assertThat(tool(1, "show", directory.toString(), JobId.create().toString()))
                    .contains("no job");
            assertThat(tool(2, "show", directory.toString(), "x")).contains("x");
        }
    }
}
