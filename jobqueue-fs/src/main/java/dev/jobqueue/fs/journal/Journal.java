package dev.jobqueue.fs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The end of the log: collects events of a group, then writes them as one record and forces it. Used by the writer thread only.
 *
 * <p>A group is bound to its place before its first event, so the position of every event is known at once. Before each call that may add events the writer
 * asks {@link #fits}, changes to the next segment while the group is empty, and asks for the room with {@link #allocate}.
 *
 * <p>Room is allocated by zeros that are not forced: a full disk says so before anything was changed, and most zeros never reach the disk because the record
 * comes before the operating system writes them. What calls have asked for and not used is cut off before the force, if it is much.
 */
public final class Journal implements AutoCloseable {
    private static final int KEPT_CAPACITY = 4 << 20;

    /** How far the file grows at least at a time, or a small part of a small segment: a file that grows costs more at its next force. */
    private static final int STEP = 256 << 10;

    private static final int STEP_PART = 8;

    private final Utf8Out group = new Utf8Out(64 << 10);
    private final ByteBuffer direct = ByteBuffer.allocateDirect(1 << 20);
    private final CRC32C sum = new CRC32C();
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(STEP);
    private final SegmentSupply supply;
    private final long segmentBytes;
    private SegmentFile current;
    private long allocated;

    /** As far as the file had been forced; zeros from here on cost a write. */
    private long clean;

    /** Whether a call of this group wants its reserve kept. */
    private boolean keepAll;

    private long position;
    private long forced;
    private long sequence;
    private int chain;
    private long total;
    private volatile long bytesWritten;

    /**
     * @param segmentBytes where a segment ends, unless a single call needs more
     * @param position the offset in the segment where the next record goes; everything before has been forced
     */
    public Journal(
            SegmentSupply supply, long segmentBytes, SegmentFile current, long position, long sequence, int chain) {
        this.supply = supply;
        this.segmentBytes = segmentBytes;
        this.current = current;
        this.allocated = Math.max(current.size(), position);
        this.clean = allocated;
        this.position = position;
        this.forced = position;
        this.sequence = sequence;
        this.chain = chain;
        clear();
    }

    private void clear() {
        group.reset(KEPT_CAPACITY);
        group.padded(0, RecordHeader.LENGTH);
    }

    /** Where events of this group are written. */
    public Utf8Out out() {
        return group;
    }

    /** What {@link #since} needs to know of the event that is about to be written. */
    public int mark() {
        return group.length();
    }

    /** The position of a mark. */
    public long positionOf(int mark) {
        return Position.of(current.id(), position + mark);
    }

    /** Where the event that began at this mark will be found. */
    public Ref since(int mark) {
        sum.reset();
        sum.update(group.array(), mark, group.length() - mark);
        return new Ref(positionOf(mark), group.length() - mark, (int) sum.getValue());
    }

    /** Whether the group has events. */
    public boolean pending() {
        return group.length() > RecordHeader.LENGTH;
    }

    /** Whether the current segment has no record, and the group no event. */
    public boolean empty() {
        return position == 0 && !pending();
    }

    /** Whether so many bytes of events can make one record at all. */
    public static boolean possible(long bytes) {
        return bytes <= Integer.MAX_VALUE - 64 - RecordHeader.LENGTH;
    }

    /** Whether so many bytes of events belong into the current segment and group. */
    public boolean fits(long bytes) {
        if (empty()) {
            return possible(bytes);
        }
        return position + group.length() + bytes <= segmentBytes && group.length() + bytes < Integer.MAX_VALUE - 64;
    }

    /**
     * Sees to it that the disk has room for so many bytes of events in the current segment.
     *
     * @param reserve how many bytes there must be behind them
     * @throws IOException if it has not; nothing is changed then
     */
    public void allocate(long bytes, long reserve) throws IOException {
        long end = position + group.length() + bytes + reserve;
        keepAll |= reserve > 0;
        if (end <= allocated) {
            return;
        }
        zero(Math.max(end, Math.min(allocated + step(), segmentBytes)));
    }

    private void zero(long to) throws IOException {
        while (allocated < to) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), to - allocated));
            int count = zeros.remaining();
            current.file().write(allocated, zeros);
            allocated += count;
        }
    }

    /** Goes on in the spare segment. The group must be empty. */
    public void roll() {
        SegmentFile next = supply.take();
        supply.seal(current, position);
        current = next;
        allocated = next.size();
        clean = allocated;
        position = 0;
        forced = 0;
    }

    /** Writes the group as one record and forces it. After a failure nothing is known of it. */
    public void commit(char kind) throws IOException {
        assert position + group.length() <= allocated : "a bound was too small";
        cutSpare();
        int body = group.length() - RecordHeader.LENGTH;
        chain = RecordHeader.write(group.array(), 0, kind, body, sequence, current.id(), forced, chain);
        for (int at = 0; at < group.length(); ) {
            int count = Math.min(direct.capacity(), group.length() - at);
            direct.clear();
            direct.put(group.array(), at, count).flip();
            current.file().write(position + at, direct);
            at += count;
        }
        current.file().force();
        clean = allocated;
        keepAll = false;
        position += group.length();
        total += group.length();
        bytesWritten = total;
        forced = position;
        sequence++;
        clear();
    }

    private long step() {
        return Math.min(STEP, segmentBytes / STEP_PART);
    }

    private void cutSpare() throws IOException {
        long needed = Math.max(clean, position + group.length());
        if (!keepAll && allocated - needed > step()) {
            current.file().truncate(needed);
            allocated = needed;
        }
    }

    /** The position behind the last record. */
    public long end() {
        return Position.of(current.id(), position);
    }

    /** The sequence number of the next record. */
    public long sequence() {
        return sequence;
    }

    /** The checksum of the last record. */
    public int chain() {
        return chain;
    }

    /** All bytes written since the journal was opened; may be asked by any thread. */
    public long bytesWritten() {
        return bytesWritten;
    }

    @Override
    public void close() throws IOException {
        current.file().close();
    }
}
