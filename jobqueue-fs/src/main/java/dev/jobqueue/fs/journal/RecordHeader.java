package dev.jobqueue.fs.journal;

import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a record, of fixed width, in hexadecimal digits:
 *
 * <pre>
 * J 0000012c 000000000000002a 00000003 00001f40 7b1e9c02 89abcdef\n
 * | |        |                |        |        |        +- CRC-32C of the header up to here and of the body
 * | |        |                |        |        +- checksum of the record before, 0 for the first one of all: the chain
 * | |        |                |        +- forced: all of this segment before this offset was forced when the record was written
 * | |        |                +- segment id: tells a stale record in a used file
 * | |        +- sequence number of the record, consecutive over all segments
 * | +- length of the body in bytes
 * +- kind: J events of calls, K events moved here by compaction
 * </pre>
 *
 * <p>The body follows at once; its last byte is a line feed. The checksum of the record before is written out, so that a record can be proved alone: that
 * is how damage is told from a torn end.
 */
public record RecordHeader(char kind, int bodyLength, long sequence, int segment, long forced, int previous, int crc) {
    /** Events of calls. */
    public static final char JOURNAL = 'J';

    /** Events that compaction has moved: they change no job, only where its bytes are. */
    public static final char KEPT = 'K';

    /** The length of a header in bytes. */
    public static final int LENGTH = 2 + 9 + 17 + 9 + 9 + 9 + 9;

    private static final int COVERED = LENGTH - 9;

    /** Writes a header and the checksum of it and the body that follows in the same array. */
    public static int write(
            byte[] target,
            int offset,
            char kind,
            int bodyLength,
            long sequence,
            int segment,
            long forced,
            int previous) {
        Utf8Out out = new Utf8Out(LENGTH);
        out.put(kind)
                .put(' ')
                .hex(bodyLength, 8)
                .put(' ')
                .hex(sequence, 16)
                .put(' ')
                .hex(segment, 8);
        out.put(' ').hex(forced, 8).put(' ').hex(previous, 8).put(' ');
        System.arraycopy(out.array(), 0, target, offset, COVERED);
        CRC32C sum = new CRC32C();
        sum.update(target, offset, COVERED);
        sum.update(target, offset + LENGTH, bodyLength);
        int crc = (int) sum.getValue();
        out.hex(crc, 8).put('\n');
        System.arraycopy(out.array(), COVERED, target, offset + COVERED, LENGTH - COVERED);
        return crc;
    }

    /** Reads a header; null if there is none at this place. Its checksum is not looked at. */
    public static @Nullable RecordHeader read(byte[] source, int offset, int limit) {
        if (limit - offset < LENGTH || source[offset + LENGTH - 1] != '\n' || source[offset + 1] != ' ') {
            return null;
        }
        char kind = (char) source[offset];
        long body = hex(source, offset + 2, 8);
        long sequence = hex(source, offset + 11, 16);
        long segment = hex(source, offset + 28, 8);
        long forced = hex(source, offset + 37, 8);
        long previous = hex(source, offset + 46, 8);
        long crc = hex(source, offset + 55, 8);
        if ((kind != JOURNAL && kind != KEPT)
                || (body | sequence | segment | forced | previous | crc) < 0
                || body > Integer.MAX_VALUE) {
            return null;
        }
        return new RecordHeader(kind, (int) body, sequence, (int) segment, forced, (int) previous, (int) crc);
    }

    /** Whether header and body, which stand in this array, fit the checksum. */
    public boolean proves(byte[] source, int offset) {
        if (offset + length() > source.length) {
            return false;
        }
        CRC32C sum = new CRC32C();
        sum.update(source, offset, COVERED);
        sum.update(source, offset + LENGTH, bodyLength);
        return (int) sum.getValue() == crc;
    }

    /** Header and body. */
    public long length() {
        return LENGTH + (long) bodyLength;
    }

    private static long hex(byte[] source, int offset, int digits) {
        long value = 0;
        for (int i = offset; i < offset + digits; i++) {
            int digit = Character.digit(source[i], 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return source[offset + digits] == ' ' || source[offset + digits] == '\n' ? value : -1;
    }
}
