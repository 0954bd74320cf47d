package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.fs.disk.RealDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DUR-3: what is proven of a segment, where that ends and why. */
class LogCursorTest {
    private static final int SEGMENT = 3;
    private static final int BODY = 10;
    private static final int RECORD = RecordHeader.LENGTH + BODY;
    private static final long FIRST = 42;
    private static final int CHAIN = 7;

    @TempDir
    Path directory;

    private RealDisk disk;
    private byte[] bytes = new byte[0];
    private long sequence = FIRST;
    private int chain = CHAIN;

    @BeforeEach
    void take() throws IOException {
        disk = RealDisk.take(directory);
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    private void append(byte[] more) {
        int at = bytes.length;
        bytes = Arrays.copyOf(bytes, at + more.length);
        System.arraycopy(more, 0, bytes, at, more.length);
    }

    /** A record with a body of digits and a line feed. */
    private void record(int segment, long number, long forced) {
        record(RecordHeader.JOURNAL, segment, number, forced);
    }

    private void record(char kind, int segment, long number, long forced) {
        byte[] record = new byte[RECORD];
        byte[] body = "123456789\n".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(body, 0, record, RecordHeader.LENGTH, BODY);
        chain = RecordHeader.write(record, 0, kind, BODY, number, segment, forced, chain);
        append(record);
    }

    private void record(long forced) {
        record(SEGMENT, sequence++, forced);
    }

    private LogCursor cursor(long limit) throws IOException {
        Files.write(directory.resolve(SegmentFile.name(SEGMENT)), bytes);
        return new LogCursor(disk, SEGMENT, 0, limit, FIRST, CHAIN);
    }

    private void endsBehind(int records, long limit, String problem) throws IOException {
        try (LogCursor cursor = cursor(limit)) {
            for (int i = 0; i < records; i++) {
                LogCursor.Found found = cursor.next();
                assertThat(found).isNotNull();
                assertThat(found.position()).isEqualTo((long) i * RECORD);
                assertThat(found.bodyPosition())
                        .isEqualTo(Position.of(SEGMENT, (long) i * RECORD + RecordHeader.LENGTH));
                assertThat(found.header().sequence()).isEqualTo(FIRST + i);
                assertThat(found.bytes()[found.offset()]).isEqualTo((byte) '1');
            }
            assertThat(cursor.next()).isNull();
            assertThat(cursor.problem()).isEqualTo(problem);
            assertThat(cursor.position()).isEqualTo((long) records * RECORD);
            assertThat(cursor.sequence()).isEqualTo(FIRST + records);
        }
    }

    @Test
    @DisplayName("records are given in order up to the end of the file, or of the segment")
    void inOrder() throws IOException {
        record(0);
        record(RECORD);
        record(RECORD);
        endsBehind(3, -1, "");
        endsBehind(2, 2L * RECORD, "");
        try (LogCursor cursor = cursor(-1)) {
            assertThat(cursor.chain()).isEqualTo(CHAIN);
            assertThat(cursor.provenForced()).isZero();
            while (cursor.next() != null) {
                assertThat(cursor.limit()).isEqualTo(bytes.length);
            }
            assertThat(cursor.chain()).isEqualTo(chain);
            assertThat(cursor.provenForced()).isEqualTo(RECORD);
        }
    }

    @Test
    @DisplayName("a record that does not fit, or is cut off, says what is wrong")
    void problems() throws IOException {
        record(0);
        endsBehind(0, RECORD - 1, "the file ends in the middle of record 42");
        endsBehind(0, RecordHeader.LENGTH - 1, "the file ends in the middle of a header");
        byte[] whole = bytes;
        bytes = Arrays.copyOf(whole, 2 * RECORD);
        endsBehind(1, -1, "there is no header");
        bytes = whole.clone();
        bytes[RECORD - 2] ^= 1;
        endsBehind(0, -1, "the checksum of record 42 is wrong");
        int behind = chain;
        bytes = whole;
        record(SEGMENT + 1, FIRST + 1, 0);
        endsBehind(1, -1, "record 43 of segment 4 stands where record 43 should");
        bytes = whole;
        chain = behind;
        record(SEGMENT, FIRST + 2, 0);
        endsBehind(1, -1, "record 44 of segment 3 stands where record 43 should");
        bytes = whole;
        chain = behind + 1;
        record(SEGMENT, FIRST + 1, 0);
        endsBehind(1, -1, "record 43 of segment 3 stands where record 43 should");
    }

    @Test
    @DisplayName("a later record proves that what is damaged had been forced, if it says so")
    void laterProof() throws IOException {
        for (long forced : new long[] {RECORD, RECORD + 1}) {
            bytes = new byte[0];
            sequence = FIRST;
            chain = CHAIN;
            record(0);
            record(0);
            record(forced);
            bytes[RECORD + RecordHeader.LENGTH] ^= 1;
            try (LogCursor cursor = cursor(-1)) {
                while (cursor.next() != null) {
                    assertThat(cursor.problem()).isEmpty();
                }
                assertThat(cursor.position()).isEqualTo(RECORD);
                assertThat(cursor.laterProof().map(RecordHeader::sequence).orElse(-1L))
                        .isEqualTo(forced > RECORD ? FIRST + 2 : -1L);
            }
        }
    }

    @Test
    @DisplayName("for repair a record is found wherever it stands, if it is whole and of this segment")
    void alone() throws IOException {
        append(new byte[5]);
        record(0);
        record(SEGMENT + 1, 90, 0);
        record(0);
        try (LogCursor cursor = cursor(-1)) {
            assertThat(cursor.nextAlone(0)).isEqualTo(5);
            assertThat(cursor.nextAlone(5)).isEqualTo(5);
            assertThat(cursor.nextAlone(6)).isEqualTo(5 + 2 * RECORD);
            assertThat(cursor.nextAlone(6 + 2 * RECORD)).isEqualTo(-1);
            assertThat(cursor.aloneAt(5 + RECORD)).as("of another segment").isEmpty();
            assertThat(cursor.aloneAt(4)).isEmpty();
            assertThat(cursor.aloneAt(bytes.length - 1)).isEmpty();
            LogCursor.Found found = cursor.recordAt(5 + 2L * RECORD);
            assertThat(found).isNotNull();
            assertThat(found.header().sequence()).isEqualTo(FIRST + 1);
            assertThat(found.position()).isEqualTo(5 + 2L * RECORD);
            assertThat(found.bytes()[found.offset()]).isEqualTo((byte) '1');
            assertThat(cursor.recordAt(0)).isNull();
        }
        try (LogCursor cursor = cursor(bytes.length - 1)) {
            assertThat(cursor.aloneAt(5 + 2L * RECORD)).as("past the end").isEmpty();
        }
    }

    @Test
    @DisplayName("a sealed segment may begin with any number, the others follow")
    void sealed() throws IOException {
        sequence = 1_000;
        record(0);
        record(0);
        record(SEGMENT, 1_005, 0);
        Files.write(directory.resolve(SegmentFile.name(SEGMENT)), bytes);
        try (LogCursor cursor = LogCursor.sealed(disk, SEGMENT, -1)) {
            assertThat(cursor.next()).isNotNull();
            assertThat(cursor.next()).isNotNull();
            assertThat(cursor.next()).isNull();
            assertThat(cursor.problem()).contains("where record 1002 should");
            assertThat(cursor.path()).endsWith(SegmentFile.name(SEGMENT));
        }
    }

    @Test
    @DisplayName("zeros to the end are nothing, one other byte is something, however large the file is")
    void zeros() throws IOException {
        int large = (3 << 20) + 17;
        record(0);
        bytes = Arrays.copyOf(bytes, large);
        try (LogCursor cursor = cursor(-1)) {
            assertThat(cursor.next()).isNotNull();
            assertThat(cursor.restIsZero()).isTrue();
            assertThat(cursor.isZeroFrom(0)).isFalse();
            assertThat(cursor.isZeroFrom(large)).isTrue();
        }
        for (int at : new int[] {RECORD, (1 << 20) - 1, 1 << 20, 2 << 20, large - 1}) {
            bytes[at] = 1;
            try (LogCursor cursor = cursor(-1)) {
                assertThat(cursor.next()).isNotNull();
                assertThat(cursor.restIsZero()).as("byte %d", at).isFalse();
                assertThat(cursor.isZeroFrom(at + 1)).isTrue();
            }
            bytes[at] = 0;
        }
    }

    @Test
    @DisplayName("a record that is larger than the window is read as a whole")
    void largeRecord() throws IOException {
        record(0);
        byte[] record = new byte[RecordHeader.LENGTH + (2 << 20)];
        record[record.length - 1] = 'z';
        chain = RecordHeader.write(record, 0, RecordHeader.JOURNAL, 2 << 20, sequence++, SEGMENT, 0, chain);
        append(record);
        record(0);
        try (LogCursor cursor = cursor(-1)) {
            assertThat(cursor.next()).isNotNull();
            LogCursor.Found found = cursor.next();
            assertThat(found).isNotNull();
            assertThat(found.bytes()[found.offset() + (2 << 20) - 1]).isEqualTo((byte) 'z');
            assertThat(cursor.next()).isNotNull();
            assertThat(cursor.next()).isNull();
            assertThat(cursor.problem()).isEmpty();
        }
    }

    @Test
    @DisplayName("what compaction has kept is a proof and can be found like any record, however far into the file")
    void keptFarAway() throws IOException {
        for (int gap : new int[] {0, 512 - RECORD, (1 << 20) + 512 - RECORD}) {
            bytes = new byte[0];
            sequence = FIRST;
            chain = CHAIN;
            record(0);
            append(new byte[gap]);
            long at = bytes.length;
            record(RecordHeader.KEPT, SEGMENT, FIRST + 1, RECORD + 1);
            try (LogCursor cursor = cursor(-1)) {
                assertThat(cursor.nextAlone(1)).isEqualTo(at);
                LogCursor.Found found = cursor.recordAt(at);
                assertThat(found).isNotNull();
                assertThat(found.header().kind()).isEqualTo(RecordHeader.KEPT);
                assertThat(found.bytes()[found.offset()]).isEqualTo((byte) '1');
            }
            record(RecordHeader.KEPT, SEGMENT, FIRST + 2, RECORD + 1);
            bytes[(int) at] = 'x';
            try (LogCursor cursor = cursor(-1)) {
                assertThat(cursor.next()).isNotNull();
                assertThat(cursor.next()).isNull();
                assertThat(cursor.laterProof()).as("gap of %d", gap).isPresent();
            }
        }
    }
}
