package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.Jobs;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DUR-3: which damage a look at a directory finds, each told once and by its place. */
class InspectionTest {
    private static final String FIRST = "segment-00000001.log";

    @TempDir
    Path directory;

    private final List<String> lines = new ArrayList<>();

    private DirectoryStore open() {
        return DirectoryStore.open(directory, new Settings(StoreClock.system(), 1 << 20, 0, 1 << 20, false, false));
    }

    private void flip(String text) throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve(FIRST));
        bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text)] ^= 1;
        Files.write(directory.resolve(FIRST), bytes);
    }

    private boolean verify() throws IOException {
        lines.clear();
        return Inspection.verify(directory, lines::add);
    }

    @Test
    @DisplayName("of a job that a checkpoint covers every event is read: its definition, its end or its progress")
    void eventsBehindACheckpoint() throws IOException {
        JobId finished;
        JobId running;
        JobId ready;
        try (DirectoryStore store = open()) {
            finished = Jobs.insert(store, Jobs.job("1"));
            Jobs.runAll(store, "\"a result\"");
            running = Jobs.insert(store, Jobs.job("2"));
            ClaimedJob claimed = Jobs.claim(store, 1).get(0);
            store.report(List.of(new ProgressReport(claimed.token(), RawJson.of("\"some progress\""))));
            ready = Jobs.insert(store, Jobs.job("\"some args\""));
            store.upkeepNow();
        }
        assertThat(verify()).isTrue();
        assertThat(lines).containsExactly("3 jobs");
        flip("a result");
        assertThat(verify()).isFalse();
        assertThat(lines).hasSize(2).first().asString().startsWith("job " + finished + ": ");
        flip("some progress");
        assertThat(verify()).isFalse();
        assertThat(lines).hasSize(3).anyMatch(line -> line.startsWith("job " + running + ": "));
        flip("some args");
        assertThat(verify()).isFalse();
        assertThat(lines).hasSize(4).anyMatch(line -> line.startsWith("job " + ready + ": "));
        assertThat(lines).last().isEqualTo("3 jobs");
    }

    @Test
    @DisplayName("a sealed segment is read to its end, whatever a checkpoint covers")
    void sealedSegment() throws IOException {
        try (DirectoryStore store = open()) {
            Jobs.insert(store, Jobs.job("\"args of one\""));
            Jobs.insert(store, Jobs.job("\"args of two\""));
            Jobs.insert(store, Jobs.job("\"args of three\""));
            store.upkeepNow();
        }
        open().close();
        assertThat(verify()).isTrue();
        assertThat(lines).containsExactly("3 jobs");
        flip("args of two");
        assertThat(verify()).isFalse();
        assertThat(lines).anyMatch(line -> line.contains(FIRST + " is damaged at byte "));
        Files.delete(directory.resolve(FIRST));
        assertThat(verify()).isFalse();
        assertThat(lines).anyMatch(line -> line.contains(FIRST + " cannot be read: "));
    }

    @Test
    @DisplayName("where no queue is there is no job, and nothing to dump but the head")
    void noQueue() throws IOException {
        assertThat(verify()).isFalse();
        assertThat(lines).containsExactly(directory.toRealPath() + " holds no queue");
        assertThat(Inspection.show(directory, JobId.create())).isEmpty();
        try (RealDisk disk = RealDisk.lookAt(directory)) {
            assertThat(Inspection.dump(disk, true)).hasLineCount(1);
        }
    }

    @Test
    @DisplayName("a job is shown as the open store tells it, with what stands behind the checkpoint")
    void show() throws IOException {
        try (DirectoryStore store = open()) {
            Jobs.insert(store, Jobs.job("1"));
            store.upkeepNow();
            JobId later = Jobs.insert(store, Jobs.job("2"));
            isShown(store, later);
            Jobs.runAll(store, "\"done\"");
            isShown(store, later);
            assertThat(Inspection.show(directory, JobId.create())).isEmpty();
        }
    }

    private void isShown(JobStore store, JobId id) throws IOException {
        assertThat(Inspection.show(directory, id)).isPresent().isEqualTo(Jobs.find(store, id));
    }
}
