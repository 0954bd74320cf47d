package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.StoreClock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DUR-3: what a recovery takes out of the files, what it leaves, and which damage it tells of. */
class RecoveryTest {
    private final StepDisk disk = new StepDisk();
    private final HandMadeLog log = new HandMadeLog(disk);
    private final List<Manifest.Segment> segments = new ArrayList<>();
    private Manifest.@Nullable CheckpointFile checkpoint;

    @AfterEach
    void allFilesAreClosed() {
        assertThat(disk.open()).isEmpty();
    }

    private HandMadeLog open(int id) {
        segments.add(new Manifest.Segment(id, OptionalLong.empty()));
        return log.segment(id);
    }

    /** Seals the segment that was written last. */
    private void seal() {
        int id = segments.remove(segments.size() - 1).id();
        segments.add(sealed(id, log.length()));
    }

    private static Manifest.Segment sealed(int id, long bytes) {
        return new Manifest.Segment(id, OptionalLong.of(bytes));
    }

    private Recovery read() throws IOException {
        return read(true);
    }

    private Recovery read(boolean useCheckpoint) throws IOException {
        Manifest manifest = new Manifest(Optional.ofNullable(checkpoint), segments);
        return Recovery.read(disk, StoreClock.system(), manifest, useCheckpoint);
    }

    private void isDamaged(String... messages) {
        assertThatThrownBy(this::read)
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContainingAll(messages);
    }

    private static List<Long> tail(Recovery recovery) {
        return recovery.tail.stream().map(t -> t.header().sequence()).toList();
    }

    @Test
    @DisplayName("the last record, of which nothing says that it was forced, is kept as the tail and not applied")
    void lastRecordIsTheTail() throws IOException {
        open(1).record().record();
        int chain = log.chain;
        int proven = log.length();
        log.record().zeros(100);
        Recovery recovery = read();
        assertThat(HandMadeLog.applied(recovery.index)).containsExactly(1L, 2L);
        assertThat(tail(recovery)).containsExactly(3L);
        assertThat(recovery.tail.get(0).offset()).isEqualTo(proven);
        assertThat(recovery.tail.get(0).end()).isEqualTo(log.length() - 100);
        assertThat(new String(recovery.tail.get(0).body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"pause\":\"channel\",\"name\":\"3\"}\n");
        assertThat(recovery.kept).containsExactly(sealed(1, proven));
        assertThat(recovery.untouched).isEmpty();
        assertThat(recovery.sequence()).isEqualTo(4);
        assertThat(recovery.chainBeforeTail()).isEqualTo(chain);
        assertThat(recovery.bytesRead()).isEqualTo(log.length() - 100);
    }

    @Test
    @DisplayName("records that do not say that the ones before were forced are a longer tail")
    void longerTail() throws IOException {
        open(1).record();
        int proven = log.length();
        log.record(proven).record(proven).record(0);
        Recovery recovery = read();
        assertThat(HandMadeLog.applied(recovery.index)).containsExactly(1L);
        assertThat(tail(recovery)).containsExactly(2L, 3L, 4L);
        assertThat(recovery.kept).containsExactly(sealed(1, proven));
    }

    @Test
    @DisplayName("an empty segment has neither records nor a tail; it can be used")
    void emptySegment() throws IOException {
        open(1).zeros(1_000);
        Recovery recovery = read();
        assertThat(recovery.kept).isEmpty();
        assertThat(recovery.tail).isEmpty();
        assertThat(recovery.untouched).containsExactly(1);
        assertThat(recovery.sequence()).isEqualTo(1);
        assertThat(recovery.chainBeforeTail()).isZero();
        assertThat(recovery.bytesRead()).isZero();
    }

    @Test
    @DisplayName("where the log goes on in the next segment all of the one before had been forced")
    void nextSegmentProvesTheOneBefore() throws IOException {
        open(1).record().record();
        int first = log.length();
        int chain = log.chain;
        open(2).record();
        Recovery recovery = read();
        assertThat(HandMadeLog.applied(recovery.index)).containsExactly(1L, 2L);
        assertThat(tail(recovery)).containsExactly(3L);
        assertThat(recovery.kept).containsExactly(sealed(1, first), sealed(2, 0));
        assertThat(recovery.chainBeforeTail()).isEqualTo(chain);
        assertThat(recovery.bytesRead()).isEqualTo(first + log.length());
    }

    @Test
    @DisplayName("sealed segments are applied in full, and the log goes on behind them")
    void sealedSegments() throws IOException {
        open(1).record().record();
        int first = log.length();
        seal();
        open(2).record();
        int second = log.length();
        seal();
        open(3).record();
        open(4).zeros(10);
        Recovery recovery = read();
        assertThat(HandMadeLog.applied(recovery.index)).containsExactly(1L, 2L, 3L);
        assertThat(tail(recovery)).containsExactly(4L);
        assertThat(recovery.kept).containsExactly(sealed(1, first), sealed(2, second), sealed(3, 0));
        assertThat(recovery.untouched).containsExactly(4);
        assertThat(recovery.sequence()).isEqualTo(5);
        assertThat(recovery.bytesRead()).isEqualTo(first + second + second);
    }

    @Test
    @DisplayName("a spare cannot be used once the log has gone on behind it, nor if one with a higher id was used")
    void skippedSpares() throws IOException {
        open(1).record();
        open(2).zeros(10);
        open(4).record();
        open(5).record();
        open(3).zeros(10);
        open(6).zeros(10);
        open(7).zeros(10);
        Recovery recovery = read();
        assertThat(tail(recovery)).containsExactly(3L);
        assertThat(recovery.untouched).containsExactly(6, 7);
    }

    @Test
    @DisplayName("ids are compared as unsigned numbers")
    void unsignedIds() throws IOException {
        open(0x7fffffff).record();
        open(0x80000000).zeros(10);
        assertThat(read().untouched).containsExactly(0x80000000);
    }

    @Test
    @DisplayName("the first record of a segment that was torn is what is left of a write that nobody was told of")
    void tornFirstRecord() throws IOException {
        open(1).record();
        int first = log.length();
        open(2).record();
        log.flip(2, log.length() - 3);
        Recovery recovery = read();
        assertThat(tail(recovery)).containsExactly(1L);
        assertThat(recovery.kept).containsExactly(sealed(1, 0));
        assertThat(recovery.untouched).isEmpty();
        assertThat(recovery.sequence()).isEqualTo(2);
        assertThat(recovery.bytesRead()).isEqualTo(first);
    }

    @Test
    @DisplayName("a whole record with the number that comes next but another chain is left of an old write too")
    void recordOfAnotherChain() throws IOException {
        open(1).record();
        log.chain++;
        open(2).record();
        Recovery recovery = read();
        assertThat(tail(recovery)).containsExactly(1L);
        assertThat(recovery.untouched).isEmpty();
    }

    @Test
    @DisplayName("a segment that begins with a later record than the next one says that records are missing before it")
    void missingRecords() throws IOException {
        open(1).record();
        int end = log.length();
        log.sequence++;
        open(2).record();
        isDamaged(
                "steps/segment-00000001.log is damaged at byte " + end,
                "record 2 is missing, but steps/segment-00000002.log begins with record 3");
    }

    @Test
    @DisplayName("if the first segment of all begins with a later record, the damage is in that one")
    void missingFirstRecord() {
        log.sequence = 5;
        open(1).record();
        isDamaged(
                "steps/segment-00000001.log is damaged at byte 0",
                "record 1 is missing, but steps/segment-00000001.log begins with record 5");
    }

    @Test
    @DisplayName("the log ends at a record that is torn, unless a later one says that it had been forced")
    void tornOrDamaged() throws IOException {
        open(1).record();
        int end = log.length();
        log.record().record(end);
        log.flip(1, end + RecordHeader.LENGTH + 3);
        Recovery recovery = read();
        assertThat(tail(recovery)).containsExactly(1L);
        assertThat(recovery.bytesRead()).isEqualTo(end);

        log.record();
        log.flip(1, end + RecordHeader.LENGTH + 3);
        isDamaged("steps/segment-00000001.log is damaged at byte " + end, "the checksum of record 2 is wrong");
    }

    @Test
    @DisplayName("damage in a sealed segment is told with its place, the last record too")
    void damagedSealedSegment() throws IOException {
        open(1).record();
        int end = log.length();
        log.record();
        seal();
        log.flip(1, log.length() - 3);
        isDamaged("steps/segment-00000001.log is damaged at byte " + end, "the checksum of record 2 is wrong");
    }

    @Test
    @DisplayName("a record whose events do not fit is told with the place of the record")
    void unreadableEvent() throws IOException {
        open(1).record();
        int at = log.length();
        log.record(at, "{\"nonsense\":1}\n");
        log.record();
        isDamaged("steps/segment-00000001.log is damaged at byte " + at, "record 2: ");
    }

    @Test
    @DisplayName("every file that the manifest names must be there, and as long as it says")
    void filesAreThere() throws IOException {
        open(1).record();
        seal();
        open(2);
        log.zeros(10);
        read();
        disk.put(SegmentFile.name(1), Arrays.copyOf(disk.bytes(SegmentFile.name(1)), 50));
        isDamaged("steps/segment-00000001.log is damaged at byte 50", "the file ends here, but should have ");
        disk.delete(SegmentFile.name(1));
        isDamaged("steps/segment-00000001.log is missing");
    }

    @Test
    @DisplayName("an open segment or a checkpoint that is missing is told, too")
    void openFilesAreThere() throws IOException {
        open(1).record();
        open(2).zeros(10);
        disk.delete(SegmentFile.name(2));
        assertThatThrownBy(this::read)
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining("steps/segment-00000002.log is missing")
                .hasCauseInstanceOf(FileNotFoundException.class);
        disk.put(SegmentFile.name(2), new byte[10]);
        checkpoint = log.checkpoint(Position.of(2, 0));
        disk.delete(checkpoint.file());
        isDamaged("steps/checkpoint-00000001.jsonl is missing");
    }

    @Test
    @DisplayName("what the checkpoint covers is not applied again, but its segments are kept")
    void checkpointCovers() throws IOException {
        open(1).record();
        int first = log.length();
        seal();
        open(2).record();
        int second = log.length();
        seal();
        open(3).record();
        int covered = log.length();
        checkpoint = log.checkpoint(Position.of(3, covered));
        log.record().record();
        int chain = log.chain;
        int proven = log.length();
        log.record();
        Recovery recovery = read();
        assertThat(HandMadeLog.applied(recovery.index)).containsExactly(4L, 5L);
        assertThat(tail(recovery)).containsExactly(6L);
        assertThat(recovery.kept).containsExactly(sealed(1, first), sealed(2, second), sealed(3, proven));
        assertThat(recovery.head().position()).isEqualTo(Position.of(3, covered));
        assertThat(recovery.bytesRead()).isEqualTo(log.length() - covered);
        assertThat(recovery.chainBeforeTail()).isEqualTo(chain);

        Recovery replayed = read(false);
        assertThat(HandMadeLog.applied(replayed.index)).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(replayed.head().position()).isZero();
    }

    @Test
    @DisplayName("a sealed segment is applied from the end of the checkpoint on")
    void checkpointInASealedSegment() throws IOException {
        open(1).record();
        int covered = log.length();
        checkpoint = log.checkpoint(Position.of(1, covered));
        log.record();
        int length = log.length();
        seal();
        Recovery recovery = read();
        assertThat(HandMadeLog.applied(recovery.index)).containsExactly(2L);
        assertThat(recovery.kept).containsExactly(sealed(1, length));
        assertThat(recovery.bytesRead()).isEqualTo(length - covered);
        assertThat(recovery.sequence()).isEqualTo(3);
        assertThat(recovery.chainBeforeTail()).isEqualTo(log.chain);
    }

    @Test
    @DisplayName(
            "an open segment that the checkpoint ends in is kept as far as the checkpoint, without a further record")
    void nothingBehindTheCheckpoint() throws IOException {
        open(1).record();
        int covered = log.length();
        checkpoint = log.checkpoint(Position.of(1, covered));
        log.zeros(100);
        open(2).zeros(100);
        Recovery recovery = read();
        assertThat(recovery.kept).containsExactly(sealed(1, covered));
        assertThat(recovery.untouched).containsExactly(2);
        assertThat(recovery.bytesRead()).isZero();
        assertThat(recovery.sequence()).isEqualTo(2);
    }

    @Test
    @DisplayName("an open segment that the checkpoint covers is kept as far as its records go, an empty one is not")
    void coveredOpenSegments() throws IOException {
        open(1).zeros(10);
        open(2).record().record();
        int second = log.length();
        log.zeros(100);
        open(3).record();
        int covered = log.length();
        checkpoint = log.checkpoint(Position.of(3, covered));
        Recovery recovery = read();
        assertThat(recovery.kept).containsExactly(sealed(2, second), sealed(3, covered));
        assertThat(recovery.untouched).isEmpty();
        assertThat(HandMadeLog.applied(recovery.index)).isEmpty();
    }

    @Test
    @DisplayName(
            "a directory without a manifest is new, unless there is a file of ours besides a manifest that was not finished")
    void newDirectory() throws IOException {
        disk.put("notes.txt", new byte[1]);
        disk.put(Manifest.TEMPORARY, new byte[1]);
        assertThat(Recovery.manifest(disk)).isEmpty();
        disk.put(Manifest.CheckpointFile.name(1), new byte[1]);
        assertThatThrownBy(() -> Recovery.manifest(disk))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining("steps/MANIFEST is missing, but there is checkpoint-00000001.jsonl");
        Manifest.EMPTY.write(disk);
        assertThat(Recovery.manifest(disk)).contains(Manifest.EMPTY);
    }
}
