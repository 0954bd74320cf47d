package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.RawJson;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.testkit.ManualClock;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DUR-3: what the tool says, and its exit codes. */
class FsToolTest {
    private static final String TIME = "2026-01-01T00:00:00Z";

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private JobStore store() {
        return FileJobStore.open(directory, FileQueueOptions.DEFAULT.clock(new ManualClock(Instant.parse(TIME))));
    }

    /** The lines of a command, each with single spaces. */
    private List<String> tool(int exitCode, String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        // As the tool is started: what is not flushed is not seen.
        int code = FsTool.run(new PrintWriter(new BufferedWriter(out)), new PrintWriter(new BufferedWriter(err)), args);
        assertThat(code).as(out + " " + err).isEqualTo(exitCode);
        return out.toString().lines().map(line -> line.replaceAll(" +", " ")).toList();
    }

    private List<String> show(JobId id) {
        return tool(0, "show", directory.toString(), id.toString());
    }

    private static void finish(JobStore store, ClaimedJob job, JobOutcome outcome) {
        store.finish(List.of(new FinishRequest(job.token(), outcome, 0, List.of())));
    }

    @Test
    @DisplayName("show prints every attempt, error, progress and reason that a job has")
    void showPrintsEverything() {
        JobError temporary = new JobError(7, ErrorClass.CLIENT, "no good", RawJson.of("[1]"), false);
        JobError permanent = new JobError(8, ErrorClass.CLIENT, "never", RawJson.of("[2]"), true);
        JobId first;
        JobId second;
        JobId third;
        try (JobStore store = store()) {
            JobOptions twice = new JobOptions(
                    JobOptions.DEFAULT_CHANNEL,
                    0,
                    2,
                    Backoff.NONE,
                    2,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
            first = JobId.create();
            Jobs.insert(
                    store, new NewJob(new Job<>(first, Jobs.TYPE, RawJson.of("1"), List.of(), twice), Duration.ZERO));
            finish(store, Jobs.claim(store, 1).get(0), new JobOutcome.Failed(temporary));
            ClaimedJob again = Jobs.claim(store, 1).get(0);
            store.report(List.of(new ProgressReport(again.token(), RawJson.of("[50]"))));
            assertThat(show(first))
                    .contains(
                            "state RUNNING",
                            "failures 1",
                            "recoveries 0",
                            "attempt 1 worker-1, " + TIME + " to " + TIME + ", FAILED, 7 CLIENT: no good [1]",
                            "attempt 2 worker-1, " + TIME + " to now",
                            "progress [50]")
                    .noneMatch(line -> line.startsWith("finished"));
            finish(store, again, new JobOutcome.Failed(permanent));
            second = Jobs.insert(store, Jobs.job("2", new Dependency(first, false)));
            third = Jobs.insert(store, Jobs.job("3", new Dependency(second, true)));
            store.cancel(List.of(new CancelRequest(third, "not wanted", false)));
        }
        assertThat(show(first))
                .contains(
                        "job " + first,
                        "type " + Jobs.TYPE,
                        "channel default",
                        "state FAILED",
                        "enqueued " + TIME,
                        "unblocked " + TIME,
                        "ready " + TIME,
                        "finished " + TIME,
                        "error 8 CLIENT permanent: never [2]")
                .anyMatch(line -> line.startsWith("options "));
        assertThat(show(second))
                .contains("dependency " + first + " " + Jobs.TYPE + " FAILED", "given as depends on " + first);
        assertThat(show(third))
                .contains(
                        "canceled not wanted",
                        "dependency " + second + " required " + Jobs.TYPE + " READY",
                        "given as requires " + second,
                        "args 3");
    }

    @Test
    @DisplayName("show prints when a job is due")
    void showPrintsTheDueTime() {
        JobId id = JobId.create();
        try (JobStore store = store()) {
            Jobs.insert(
                    store,
                    new NewJob(
                            new Job<>(id, Jobs.TYPE, RawJson.of("1"), List.of(), JobOptions.DEFAULT),
                            Duration.ofHours(1)));
        }
        // The tool goes by the clock of the machine, on which the job is due for long.
        assertThat(show(id)).contains("state READY", "due 2026-01-01T01:00:00Z", "ready 2026-01-01T01:00:00Z");
    }

    @Test
    @DisplayName("verify and repair say what they find; an empty directory holds no queue")
    void verifyAndRepair() throws IOException {
        assertThat(tool(1, "verify", directory.toString()))
                .containsExactly(directory.toRealPath() + " holds no queue", "damaged");
        assertThat(tool(1, "show", directory.toString(), JobId.create().toString()))
                .singleElement()
                .asString()
                .startsWith("no job ");
        try (JobStore store = store()) {
            Jobs.insert(store, Jobs.job("1"));
        }
        assertThat(tool(0, "verify", directory.toString())).containsExactly("1 jobs", "no damage");
        Path repaired = directory.resolve("repaired");
        assertThat(tool(0, "repair", directory.toString(), repaired.toString()))
                .containsExactly("1 jobs were kept", "0 skipped");
        tool(2, "repair", directory.toString(), repaired.toString());
        assertThat(err.toString()).contains("holds a queue already: give a new directory");
    }

    @Test
    @DisplayName("a directory that cannot be opened at all exits with 1 if it is damaged, with 2 if it is not there")
    void failures() throws IOException {
        try (JobStore store = store()) {
            Jobs.insert(store, Jobs.job("1"));
        }
        Files.writeString(directory.resolve("MANIFEST"), "no manifest");
        tool(1, "show", directory.toString(), JobId.create().toString());
        assertThat(err.toString()).contains("MANIFEST");
        tool(2, "show", directory.resolve("nowhere").toString(), JobId.create().toString());
        assertThat(err.toString()).contains("nowhere");
    }
}
