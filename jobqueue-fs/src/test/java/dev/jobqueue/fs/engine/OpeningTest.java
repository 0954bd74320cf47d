package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DUR-7: which files a directory has when it was opened, and what had to be durable before. */
class OpeningTest {
    private static final long SEGMENT_BYTES = 64 << 10;
    private static final int RESERVE = 8 << 10;

    private final StepDisk disk = new StepDisk();
    private final HandMadeLog log = new HandMadeLog(disk);
    private Manifest manifest = Manifest.EMPTY;
    private boolean keepEverything;

    @BeforeEach
    void nothingYet() {
        assertThat(settings().reserve()).isEqualTo(RESERVE);
    }

    private Settings settings() {
        return new Settings(StoreClock.system(), SEGMENT_BYTES, 0, 1 << 20, false, keepEverything);
    }

    private HandMadeLog open(int id) {
        manifest = manifest.withOpen(id);
        return log.segment(id);
    }

    private Opening open() throws IOException {
        manifest.write(disk);
        return openAgain();
    }

    private Opening openAgain() throws IOException {
        disk.steps();
        return Opening.open(disk, settings());
    }

    private void refused(String step) throws IOException {
        manifest.write(disk);
        disk.fails = step::equals;
        assertThatThrownBy(this::openAgain).isInstanceOf(IOException.class).hasMessage("planned: " + step);
        assertThat(disk.open()).isEmpty();
        disk.fails = any -> false;
    }

    private Manifest onDisk() throws IOException {
        return Manifest.read(disk).orElseThrow();
    }

    private static Manifest manifest(Manifest.Segment... segments) {
        return new Manifest(Optional.empty(), List.of(segments));
    }

    private static Manifest.Segment open0(int id) {
        return new Manifest.Segment(id, OptionalLong.empty());
    }

    private static Manifest.Segment sealed(int id, long bytes) {
        return new Manifest.Segment(id, OptionalLong.of(bytes));
    }

    private byte[] segment(int id) throws IOException {
        return disk.bytes(SegmentFile.name(id));
    }

    @Test
    @DisplayName("a new directory gets a manifest first of all, and a segment with the reserve")
    void newDirectory() throws IOException {
        Opening opening = openAgain();
        assertThat(opening.current().id()).isEqualTo(1);
        assertThat(opening.current().size()).isEqualTo(RESERVE);
        assertThat(segment(1)).isEqualTo(new byte[RESERVE]);
        assertThat(opening.nextId()).isEqualTo(2);
        assertThat(opening.spare).isNull();
        assertThat(opening.position).isZero();
        assertThat(opening.chain()).isZero();
        assertThat(opening.manifest).isEqualTo(manifest(open0(1)));
        assertThat(onDisk()).isEqualTo(opening.manifest);
        assertThat(disk.open()).containsExactly(SegmentFile.name(1));
        assertThat(disk.steps()).containsSubsequence("rename MANIFEST.tmp to MANIFEST", "create segment-00000001.log");
    }

    @Test
    @DisplayName("an open that finds all as it left it changes nothing, but forces the names that it found")
    void nothingToDo() throws IOException {
        openAgain();
        Opening opening = openAgain();
        assertThat(opening.current().id()).isEqualTo(1);
        assertThat(disk.steps()).filteredOn(step -> !step.startsWith("close ")).containsExactly("force directory");
    }

    @Test
    @DisplayName(
            "the tail is written again into a segment that was never used, and is forced before the manifest says so")
    void tailIsWrittenAgain() throws IOException {
        open(1).record();
        int proven = log.length();
        log.record(proven).record(proven).zeros(500);
        int chainOfTail = log.chain;
        open(2).zeros(1_000);
        open(3).zeros(RESERVE);
        Opening opening = open();
        assertThat(opening.current().id()).isEqualTo(2);
        assertThat(opening.current().size()).isEqualTo(1_000);
        assertThat(opening.position).isEqualTo(2L * proven);
        assertThat(opening.spare).isNotNull();
        assertThat(opening.spare.id()).isEqualTo(3);
        assertThat(opening.spare.size()).isEqualTo(RESERVE);
        assertThat(opening.nextId()).isEqualTo(4);
        assertThat(opening.manifest).isEqualTo(manifest(sealed(1, proven), open0(2), open0(3)));
        assertThat(HandMadeLog.applied(opening.recovery().index)).containsExactly(1L, 2L, 3L);
        assertThat(segment(1)).as("cut behind what is proven").hasSize(proven);
        assertThat(disk.steps())
                .containsSubsequence(
                        "write segment-00000002.log 0+" + proven,
                        "write segment-00000002.log " + proven + "+" + proven,
                        "force segment-00000002.log",
                        "rename MANIFEST.tmp to MANIFEST",
                        "force directory",
                        "truncate segment-00000001.log to " + proven);
        // The header names the segment, so the checksum is another one.
        assertThat(opening.chain()).isNotEqualTo(chainOfTail);

        Recovery again = Recovery.read(disk, StoreClock.system(), onDisk(), true);
        assertThat(again.tail).hasSize(2);
        assertThat(again.tail.get(1).header().crc()).isEqualTo(opening.chain());
        assertThat(again.tail.get(1).end()).isEqualTo(opening.position);
        assertThat(again.sequence()).isEqualTo(4);
    }

    @Test
    @DisplayName("segments that are too small are not used again: for the tail, or as a spare")
    void tooSmall() throws IOException {
        open(1).record();
        int tail = log.length();
        open(2).zeros(tail - 1);
        open(3).zeros(tail);
        open(4).zeros(RESERVE - 1);
        open(5).zeros(RESERVE);
        open(6).zeros(RESERVE);
        Opening opening = open();
        assertThat(opening.current().id()).isEqualTo(3);
        assertThat(opening.spare).isNotNull();
        assertThat(opening.spare.id()).isEqualTo(5);
        assertThat(opening.manifest).isEqualTo(manifest(open0(3), open0(5)));
        assertThat(opening.nextId()).isEqualTo(7);
        assertThat(disk.open()).containsExactlyInAnyOrder(SegmentFile.name(3), SegmentFile.name(5));
        assertThat(disk.list()).containsExactlyInAnyOrder("MANIFEST", SegmentFile.name(3), SegmentFile.name(5));
    }

    @Test
    @DisplayName("a new segment is as large as the tail needs")
    void largeTail() throws IOException {
        open(1).record(0, "{\"pause\":\"channel\",\"name\":\"1\"}\n".repeat(RESERVE / 16));
        int tail = log.length();
        Opening opening = open();
        assertThat(opening.current().id()).isEqualTo(2);
        assertThat(opening.current().size()).isEqualTo(tail);
        assertThat(opening.position).isEqualTo(tail);
        assertThat(segment(2)).hasSize(tail);
        assertThat(opening.manifest).isEqualTo(manifest(open0(2)));
    }

    @Test
    @DisplayName("a file that a process left before its manifest named it is made anew")
    void leftover() throws IOException {
        open(1).record();
        disk.put(SegmentFile.name(2), new byte[] {'J'});
        disk.put(SegmentFile.name(9), new byte[] {'J'});
        disk.put("notes.txt", new byte[] {'J'});
        Opening opening = open();
        assertThat(opening.current().id()).isEqualTo(2);
        assertThat(opening.nextId()).isEqualTo(3);
        assertThat(Arrays.copyOf(segment(2), 5)).isEqualTo("J 000".getBytes(StandardCharsets.UTF_8));
        assertThat(disk.list()).containsExactlyInAnyOrder("MANIFEST", SegmentFile.name(2), "notes.txt");
    }

    @Test
    @DisplayName("with keepEverything no file is removed")
    void keepEverything() throws IOException {
        keepEverything = true;
        open(1).record();
        disk.put(SegmentFile.name(9), new byte[] {'J'});
        open();
        assertThat(disk.list()).contains(SegmentFile.name(1), SegmentFile.name(9));
    }

    @Test
    @DisplayName("a sealed segment is cut only if it is longer than its seal")
    void sealedSegmentsAreCut() throws IOException {
        open(1).record();
        int first = log.length();
        open(2).record();
        manifest = manifest.withSealed(1, first).withSealed(2, first);
        log.zeros(77);
        open();
        assertThat(segment(1)).hasSize(first);
        assertThat(segment(2)).hasSize(first);
        assertThat(disk.steps())
                .contains("truncate segment-00000002.log to " + first)
                .doesNotContain("truncate segment-00000001.log to " + first);
        assertThat(disk.open()).containsExactly(SegmentFile.name(3));
    }

    @Test
    @DisplayName("the checkpoint stays in the manifest")
    void checkpointStays() throws IOException {
        open(1).record();
        Manifest.CheckpointFile checkpoint = log.checkpoint(Position.of(1, log.length()));
        manifest = manifest.withCheckpoint(checkpoint);
        int covered = log.length();
        Opening opening = open();
        assertThat(opening.manifest)
                .isEqualTo(new Manifest(Optional.of(checkpoint), List.of(sealed(1, covered), open0(2))));
        assertThat(opening.chain()).isEqualTo(log.chain);
        assertThat(opening.recovery().sequence()).isEqualTo(2);
        assertThat(disk.list()).contains(checkpoint.file());
    }

    @Test
    @DisplayName("an open that fails leaves no file open, and the next one finds the same")
    void failures() throws IOException {
        open(1).record();
        int length = log.length();
        open(2).zeros(RESERVE);
        open(3).zeros(RESERVE);
        List<String> steps = new ArrayList<>(List.of(
                "force directory",
                "write segment-00000002.log 0+" + length,
                "force segment-00000002.log",
                "create MANIFEST.tmp",
                "delete segment-00000001.log"));
        for (String step : steps) {
            refused(step);
        }
        Opening opening = openAgain();
        assertThat(HandMadeLog.applied(opening.recovery().index)).containsExactly(1L);
    }
}
