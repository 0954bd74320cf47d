package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left behind by an engine that was closed or could not be opened, and for which jobs a call asks for room. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineTest {
    private final StepDisk disk = new StepDisk();

    private static Settings settings(boolean recoverAtOpen) {
        return new Settings(StoreClock.system(), 1 << 20, 0, 1 << 20, recoverAtOpen, false);
    }

    private EngineCalls open() throws IOException {
        return new EngineCalls(disk, settings(false));
    }

    @Test
    @DisplayName("DUR-5: close closes all files and the disk")
    void close() throws IOException {
        try (EngineCalls engine = open()) {
            engine.insert("1");
            engine.claim();
            assertThat(disk.open()).contains(SegmentFile.name(1));
        }
        assertThat(disk.open()).isEmpty();
        assertThat(disk.isClosed()).isTrue();
    }

    @Test
    @DisplayName("DUR-4: a directory that could not be opened is given back")
    void damaged() {
        disk.put(SegmentFile.name(1), new byte[] {'J'});
        assertThatThrownBy(this::open).isInstanceOf(JobQueueException.Corrupt.class);
        assertThat(disk.open()).isEmpty();
        assertThat(disk.isClosed()).isTrue();
    }

    @Test
    @DisplayName("HB-5: so is one whose running jobs could not be given back")
    void cannotRecover() throws IOException {
        try (EngineCalls engine = open()) {
            engine.insert("1");
            engine.claim();
        }
        // Not the forces of the open itself.
        disk.fails = step -> step.startsWith("force segment")
                && Thread.currentThread().getName().equals("jobqueue-fs-writer");
        assertThatThrownBy(() -> new EngineCalls(disk, settings(true)))
                .isInstanceOf(JobQueueException.OutcomeUnknown.class);
        assertThat(disk.open()).isEmpty();
        assertThat(disk.isClosed()).isTrue();
    }

    @Test
    @DisplayName(
            "DEP-3, DUR-2: the jobs that would fail with one, for which room is asked before it fails, are all that require it at any distance")
    void doomed() throws IOException {
        try (EngineCalls engine = open()) {
            JobId first = engine.insert("1");
            JobId second = engine.insert("2", new Dependency(first, true));
            Set<JobId> doomed = new HashSet<>(Set.of(second));
            for (int i = 0; i < 3; i++) {
                doomed.add(engine.insert("3", new Dependency(first, true)));
                doomed.add(engine.insert("4", new Dependency(second, true)));
                engine.insert("5", new Dependency(second, false));
            }
            Entry root = engine.of(first, e -> e);
            assertThat(Look.<Set<Entry>>ask(engine.writer(), core -> core.doomedBy(root)))
                    .extracting(Entry::id)
                    .containsExactlyInAnyOrderElementsOf(doomed);
        }
    }
}
