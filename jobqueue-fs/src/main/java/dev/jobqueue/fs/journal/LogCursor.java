package dev.jobqueue.fs.journal;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one segment in order and proves each: checksum, segment id, consecutive sequence number, chain.
 *
 * <p>Keeps a window of the file in memory; a record is valid until the next one is read.
 */
public final class LogCursor implements AutoCloseable {
    private static final int WINDOW = 1 << 20;

    /** Any sequence number will do for the first record. */
    private static final long ANY = -1;

    private final DiskFile file;
    private final String path;
    private final int segment;
    private final long limit;
    private byte[] window = new byte[WINDOW];
    private long windowStart;
    private int windowLength;
    private long position;
    private long sequence;
    private int chain;
    private String problem = "";
    private long provenForced;

    /**
     * @param limit where the segment ends; the size of the file if it is open
     * @param sequence of the record that must come first
     * @param chain the checksum of the record before it
     */
    public LogCursor(Disk disk, int segment, long start, long limit, long sequence, int chain) throws IOException {
        String name = SegmentFile.name(segment);
        this.file = disk.openForRead(name);
        this.path = disk.path(name);
        this.segment = segment;
        this.limit = limit < 0 ? file.size() : limit;
        this.position = start;
        this.sequence = sequence;
        this.chain = chain;
        this.provenForced = start;
    }

    /** Reads a sealed segment alone: whatever number its first record has, the others must follow. */
    public static LogCursor sealed(Disk disk, int segment, long limit) throws IOException {
        return new LogCursor(disk, segment, 0, limit, ANY, 0);
    }

    /**
     * A proven record.
     *
     * @param bytes an array in which the body begins at {@code offset}; its length is in the header
     * @param position of the header in the segment
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Found(RecordHeader header, byte[] bytes, int offset, long position) {
        /** The position of the body in the journal. */
        public long bodyPosition() {
            return Position.of(header.segment(), position + RecordHeader.LENGTH);
        }
    }

    /** The next record; null at the end of what is proven. */
    public @Nullable Found next() throws IOException {
        if (position >= limit) {
            problem = "";
            return null;
        }
        if (!fill(position, RecordHeader.LENGTH)) {
            problem = "the file ends in the middle of a header";
            return null;
        }
        int at = (int) (position - windowStart);
        RecordHeader header = RecordHeader.read(window, at, windowLength);
        if (header == null) {
            problem = "there is no header";
            return null;
        }
        if (sequence == ANY) {
            sequence = header.sequence();
            chain = header.previous();
        }
        if (header.segment() != segment || header.sequence() != sequence || header.previous() != chain) {
            problem = "record " + header.sequence() + " of segment " + header.segment() + " stands where record "
                    + sequence + " should";
            return null;
        }
        if (position + header.length() > limit || !fill(position, header.length())) {
            problem = "the file ends in the middle of record " + sequence;
            return null;
        }
        at = (int) (position - windowStart);
        if (!header.proves(window, at)) {
            problem = "the checksum of record " + sequence + " is wrong";
            return null;
        }
        long start = position;
        position += header.length();
        sequence++;
        chain = header.crc();
        provenForced = Math.max(provenForced, header.forced());
        return new Found(header, window, at + RecordHeader.LENGTH, start);
    }

    /**
     * After the end of what is proven: a record further on which says that the bytes at the end had been forced when it was written. Then the end is no
     * torn write but damage.
     */
    public Optional<RecordHeader> laterProof() throws IOException {
        long from = position;
        for (long at = from + 1; at + RecordHeader.LENGTH <= limit; at++) {
            if (!fill(at - 1, RecordHeader.LENGTH + 1L)) {
                break;
            }
            int i = (int) (at - windowStart);
            byte first = window[i];
            if ((first != RecordHeader.JOURNAL && first != RecordHeader.KEPT)
                    || (window[i - 1] != '\n' && at % 512 != 0)) {
                continue;
            }
            Optional<RecordHeader> header = aloneAt(at);
            if (header.isPresent()
                    && header.get().sequence() > sequence
                    && header.get().forced() > from) {
                return header;
            }
        }
        return Optional.empty();
    }

    /** A record at this offset that is whole, whatever its number and its chain. */
    public Optional<RecordHeader> aloneAt(long offset) throws IOException {
        if (!fill(offset, RecordHeader.LENGTH)) {
            return Optional.empty();
        }
        RecordHeader header = RecordHeader.read(window, (int) (offset - windowStart), windowLength);
        return header != null
                        && header.segment() == segment
                        && offset + header.length() <= limit
                        && fill(offset, header.length())
                        && header.proves(window, (int) (offset - windowStart))
                ? Optional.of(header)
                : Optional.empty();
    }

    /** The whole record at this offset; null if there is none. For repair. */
    public @Nullable Found recordAt(long offset) throws IOException {
        Optional<RecordHeader> header = aloneAt(offset);
        return header.isEmpty()
                ? null
                : new Found(header.get(), window, (int) (offset - windowStart) + RecordHeader.LENGTH, offset);
    }

    /** The next offset from here on where a whole record stands, whatever its number; -1 if there is none. For repair. */
    public long nextAlone(long from) throws IOException {
        for (long at = from; at + RecordHeader.LENGTH <= limit; at++) {
            if (fill(at, 1)
                    && (window[(int) (at - windowStart)] == RecordHeader.JOURNAL
                            || window[(int) (at - windowStart)] == RecordHeader.KEPT)
                    && aloneAt(at).isPresent()) {
                return at;
            }
        }
        return -1;
    }

    /** Whether all bytes from the end of what is proven to the end of the file are zero. */
    public boolean restIsZero() throws IOException {
        return isZeroFrom(position);
    }

    /** Whether all bytes from here to the end of the file are zero. */
    public boolean isZeroFrom(long from) throws IOException {
        for (long at = from; at < limit; ) {
            int count = (int) Math.min(WINDOW / 2, limit - at);
            if (!fill(at, count)) {
                return false;
            }
            for (int i = (int) (at - windowStart), end = i + count; i < end; i++) {
                if (window[i] != 0) {
                    return false;
                }
            }
            at += count;
        }
        return true;
    }

    private boolean fill(long from, long count) throws IOException {
        if (from >= windowStart && from + count <= windowStart + windowLength) {
            return true;
        }
        if (from + count > limit) {
            return false;
        }
        if (count > window.length) {
            window = new byte[(int) Math.min(Integer.MAX_VALUE - 16L, count + WINDOW)];
        }
        windowStart = from;
        windowLength = file.read(from, window, 0, (int) Math.min(window.length, limit - from));
        return windowLength >= count;
    }

    /** The end of the last proven record. */
    public long position() {
        return position;
    }

    /** The sequence number that must come next. */
    public long sequence() {
        return sequence;
    }

    /** The checksum of the last proven record. */
    public int chain() {
        return chain;
    }

    /** The furthest offset that a proven record says had been forced. */
    public long provenForced() {
        return provenForced;
    }

    /** Why {@link #next} gave null before the end of the segment; empty if it did not. */
    public String problem() {
        return problem;
    }

    /** The end of the segment or file. */
    public long limit() {
        return limit;
    }

    public String path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
