package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JournalTest {
    private static final int HEADER = RecordHeader.LENGTH;
    private static final String NAME = SegmentFile.name(1);
    private static final long SMALL = 80_000;
    private static final int SMALL_STEP = 10_000;
    private static final int LARGE_STEP = 256 << 10;
    private static final long FIRST = 42;
    private static final int CHAIN = 7;

    private final StepDisk disk = new StepDisk();
    private final SegmentSupply supply;
    private final SegmentFile spare;

    JournalTest() throws IOException {
        spare = new SegmentFile(2, disk.create(SegmentFile.name(2)), 100);
        supply = new SegmentSupply(disk, new ManifestKeeper(disk, Manifest.EMPTY), 100, 100, 3, spare, () -> {});
    }

    private Journal journal(long segmentBytes) throws IOException {
        DiskFile file = disk.create(NAME);
        Journal journal = new Journal(supply, segmentBytes, new SegmentFile(1, file, 0), 0, FIRST, CHAIN);
        disk.steps();
        return journal;
    }

    private static Ref event(Journal journal, int length) {
        int mark = journal.mark();
        journal.out().raw(text(length));
        return journal.since(mark);
    }

    private static byte[] text(int length) {
        byte[] text = new byte[length];
        Arrays.fill(text, (byte) ('a' + length % 26));
        text[length - 1] = '\n';
        return text;
    }

    /** Makes a record of one event. */
    private static void record(Journal journal, int body) throws IOException {
        journal.allocate(body, 0);
        event(journal, body);
        journal.commit(RecordHeader.JOURNAL);
    }

    private static String write(long from, long to) {
        return "write " + NAME + " " + from + "+" + (to - from);
    }

    private static String cut(long size) {
        return "truncate " + NAME + " to " + size;
    }

    private static final String FORCE = "force " + NAME;

    @Test
    @DisplayName(
            "a group becomes one record, forced, that follows the one before; its events are where they were said to be")
    void records() throws IOException {
        Journal journal = journal(SMALL);
        journal.allocate(1_000, 0);
        List<Ref> refs = new ArrayList<>();
        assertThat(journal.pending()).isFalse();
        refs.add(event(journal, 10));
        assertThat(journal.pending()).isTrue();
        refs.add(event(journal, 20));
        assertThat(journal.end()).isEqualTo(Position.of(1, 0));
        journal.commit(RecordHeader.JOURNAL);
        assertThat(journal.pending()).isFalse();
        long first = HEADER + 30;
        assertThat(journal.end()).isEqualTo(Position.of(1, first));
        assertThat(journal.bytesWritten()).isEqualTo(first);
        assertThat(journal.positionOf(journal.mark())).isEqualTo(Position.of(1, first + HEADER));
        refs.add(event(journal, 30));
        journal.commit(RecordHeader.KEPT);

        assertThat(disk.steps())
                .containsExactly(write(0, SMALL_STEP), write(0, first), FORCE, write(first, 2 * first), FORCE);
        assertThat(journal.bytesWritten()).isEqualTo(2 * first);
        EventBytes bytes = new EventBytes(new Segments(disk), disk, 0);
        assertThat(refs).extracting(bytes::read).containsExactly(text(10), text(20), text(30));
        try (LogCursor cursor = new LogCursor(disk, 1, 0, -1, FIRST, CHAIN)) {
            RecordHeader header = Objects.requireNonNull(cursor.next()).header();
            assertThat(header.kind()).isEqualTo(RecordHeader.JOURNAL);
            assertThat(header.forced()).isZero();
            header = Objects.requireNonNull(cursor.next()).header();
            assertThat(header.kind()).isEqualTo(RecordHeader.KEPT);
            assertThat(header.forced()).isEqualTo(first);
            assertThat(cursor.next()).isNull();
            assertThat(journal.sequence()).isEqualTo(cursor.sequence()).isEqualTo(FIRST + 2);
            assertThat(journal.chain()).isEqualTo(cursor.chain()).isNotEqualTo(CHAIN);
        }
    }

    @Test
    @DisplayName("a journal that is opened goes on behind the last record, in the room that is there")
    void goesOn() throws IOException {
        DiskFile file = disk.create(NAME);
        Journal journal = new Journal(supply, SMALL, new SegmentFile(1, file, 1_000), 100, FIRST, CHAIN);
        disk.steps();
        assertThat(journal.empty()).isFalse();
        journal.allocate(900 - HEADER, 0);
        assertThat(disk.steps()).as("it fits to the byte").isEmpty();
        event(journal, 10);
        journal.commit(RecordHeader.JOURNAL);
        assertThat(disk.steps()).containsExactly(write(100, 100 + HEADER + 10), FORCE);
        try (LogCursor cursor = new LogCursor(disk, 1, 100, -1, FIRST, CHAIN)) {
            assertThat(Objects.requireNonNull(cursor.next()).header().forced()).isEqualTo(100);
        }
        disk.steps();
        journal.allocate(1_000, 0);
        assertThat(disk.steps()).containsExactly(write(1_000, 1_000 + SMALL_STEP));
    }

    @Test
    @DisplayName("a record larger than the buffer is written in parts")
    void largeRecord() throws IOException {
        Journal journal = journal(64 << 20);
        int body = (5 << 19) - HEADER;
        journal.allocate(body, 0);
        disk.steps();
        Ref ref = event(journal, body);
        journal.commit(RecordHeader.JOURNAL);
        assertThat(disk.steps())
                .containsExactly(write(0, 1 << 20), write(1 << 20, 2 << 20), write(2 << 20, 5 << 19), FORCE);
        assertThat(new EventBytes(new Segments(disk), disk, 0).read(ref)).isEqualTo(text(body));
    }

    @Test
    @DisplayName("what is in a group and what is to come must fit into the segment, unless both are empty")
    void fits() throws IOException {
        Journal journal = journal(SMALL);
        assertThat(journal.empty()).isTrue();
        assertThat(journal.fits(10 * SMALL)).isTrue();
        assertThat(journal.fits(Integer.MAX_VALUE)).isFalse();
        journal.allocate(1_000, 0);
        event(journal, 100);
        assertThat(journal.empty()).isFalse();
        assertThat(journal.fits(SMALL - HEADER - 100)).isTrue();
        assertThat(journal.fits(SMALL - HEADER - 99)).isFalse();
        journal.commit(RecordHeader.JOURNAL);
        assertThat(journal.empty()).isFalse();
        long end = HEADER + 100;
        assertThat(journal.fits(SMALL - end - HEADER)).isTrue();
        assertThat(journal.fits(SMALL - end - HEADER + 1)).isFalse();
    }

    @Test
    @DisplayName("one record has less than 2 GiB, however large segments are")
    void largestRecord() throws IOException {
        long largest = Integer.MAX_VALUE - 64 - HEADER;
        assertThat(Journal.possible(largest)).isTrue();
        assertThat(Journal.possible(largest + 1)).isFalse();
        Journal journal = journal(4L << 30);
        assertThat(journal.fits(largest)).isTrue();
        journal.allocate(100, 0);
        event(journal, 100);
        assertThat(journal.fits(largest - 101)).isTrue();
        assertThat(journal.fits(largest - 100)).isFalse();
    }

    @Test
    @DisplayName("a file grows in steps, never behind the end of the segment for a small call")
    void growsInSteps() throws IOException {
        Journal journal = journal(SMALL);
        journal.allocate(SMALL_STEP - HEADER, 0);
        assertThat(disk.steps()).containsExactly(write(0, SMALL_STEP));
        journal.allocate(SMALL_STEP - HEADER + 1, 0);
        assertThat(disk.steps()).containsExactly(write(SMALL_STEP, 2 * SMALL_STEP));
        journal.allocate(25_000 - HEADER, 10_000);
        assertThat(disk.steps()).as("as much as is needed").containsExactly(write(2 * SMALL_STEP, 35_000));
        journal.allocate(75_000 - HEADER, 0);
        disk.steps();
        journal.allocate(75_001 - HEADER, 0);
        assertThat(disk.steps()).containsExactly(write(75_000, SMALL));
    }

    @Test
    @DisplayName("a large segment grows by 256 KiB, and more is written in parts of that size")
    void growsInLargeSteps() throws IOException {
        Journal journal = journal(64 << 20);
        journal.allocate(1, 0);
        assertThat(disk.steps()).containsExactly(write(0, LARGE_STEP));
        journal.allocate(3 * LARGE_STEP + 5 - HEADER, 0);
        assertThat(disk.steps())
                .containsExactly(
                        write(LARGE_STEP, 2 * LARGE_STEP),
                        write(2 * LARGE_STEP, 3 * LARGE_STEP),
                        write(3 * LARGE_STEP, 3 * LARGE_STEP + 5));
        assertThat(disk.bytes(NAME)).hasSize(3 * LARGE_STEP + 5).containsOnly(0);
    }

    @Test
    @DisplayName("DUR-2: when there is no room the caller is told, and asked again it is tried again")
    void noRoom() throws IOException {
        Journal journal = journal(SMALL);
        record(journal, 100);
        disk.steps();
        disk.fails = step -> true;
        assertThatThrownBy(() -> journal.allocate(20_000, 0)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> journal.allocate(20_000, 0)).isInstanceOf(IOException.class);
        disk.fails = step -> false;
        disk.steps();
        journal.allocate(20_000, 0);
        assertThat(disk.steps()).containsExactly(write(SMALL_STEP, 2 * HEADER + 100 + 20_000));
    }

    @Test
    @DisplayName("zeros that were asked for and not used are cut off before the force, if they are more than a step")
    void cutsWhatIsNotUsed() throws IOException {
        Journal journal = journal(SMALL);
        int end = HEADER + 100;
        journal.allocate(end + SMALL_STEP - HEADER, 0);
        event(journal, 100);
        disk.steps();
        journal.commit(RecordHeader.JOURNAL);
        assertThat(disk.steps()).as("a step is kept").containsExactly(write(0, end), FORCE);

        int forced = end + SMALL_STEP;
        journal.allocate(50_000, 0);
        event(journal, 100);
        disk.steps();
        journal.commit(RecordHeader.JOURNAL);
        assertThat(disk.steps())
                .as("what was forced before costs nothing")
                .containsExactly(cut(forced), write(end, 2L * end), FORCE);

        journal.allocate(forced - 2L * end - HEADER, 0);
        assertThat(disk.steps()).as("it is still there").isEmpty();
        journal.allocate(50_000, 0);
        event(journal, 20_000);
        disk.steps();
        journal.commit(RecordHeader.JOURNAL);
        long third = 3L * end + 19_900;
        assertThat(disk.steps()).containsExactly(cut(third), write(2L * end, third), FORCE);
    }

    @Test
    @DisplayName("DUR-2: a reserve is kept, though it is not used; by the next group no longer")
    void keepsAReserve() throws IOException {
        Journal journal = journal(SMALL);
        journal.allocate(100, 30_000);
        assertThat(disk.steps()).containsExactly(write(0, HEADER + 30_100));
        journal.allocate(100, 0);
        event(journal, 100);
        journal.commit(RecordHeader.JOURNAL);
        int end = HEADER + 100;
        assertThat(disk.steps()).containsExactly(write(0, end), FORCE);
        int reserved = end + 30_000;
        journal.allocate(50_000, 0);
        event(journal, 100);
        disk.steps();
        journal.commit(RecordHeader.JOURNAL);
        assertThat(disk.steps()).containsExactly(cut(reserved), write(end, 2L * end), FORCE);
    }

    @Test
    @DisplayName("a full segment is sealed behind its last record, and the next one begins with the same chain")
    void rolls() throws IOException {
        Journal journal = journal(SMALL);
        record(journal, 100);
        long end = HEADER + 100;
        int chain = journal.chain();
        disk.steps();
        journal.roll();
        assertThat(disk.steps()).as("no I/O of the caller").isEmpty();
        assertThat(journal.empty()).isTrue();
        assertThat(journal.end()).isEqualTo(Position.of(2, 0));
        assertThat(supply.ready()).isFalse();
        journal.allocate(100 - HEADER, 0);
        assertThat(disk.steps()).as("the spare has room").isEmpty();
        event(journal, 10);
        journal.commit(RecordHeader.JOURNAL);
        assertThat(journal.bytesWritten()).isEqualTo(end + HEADER + 10);
        assertThat(disk.steps())
                .containsExactly(
                        "write " + SegmentFile.name(2) + " 0+" + (HEADER + 10), "force " + SegmentFile.name(2));
        try (LogCursor cursor = new LogCursor(disk, 2, 0, -1, FIRST + 1, chain)) {
            assertThat(Objects.requireNonNull(cursor.next()).header().forced()).isZero();
        }
        disk.steps();
        journal.close();
        assertThat(disk.steps()).containsExactly("close " + SegmentFile.name(2));
        supply.close();
        assertThat(disk.steps()).as("what waits for its seal").containsExactly("close " + NAME);
    }
}
