package dev.jobqueue.fs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The end of the log: collects events of a group, then writes them as one record and forces it. Used by the writer thread only.
 *
 * <p>A group is bound to its place before its first event, so the position of every event is known at once. The writer asks {@link #fits} before each
 * call that may add events and changes to the next segment while the group is empty.
 */
public final class Journal implements AutoCloseable {
    private static final int KEPT_CAPACITY = 4 << 20;

    private final Utf8Out group = new Utf8Out(64 << 10);
    private final ByteBuffer direct = ByteBuffer.allocateDirect(1 << 20);
    private final CRC32C sum = new CRC32C();
    private final SegmentSupply supply;
    private SegmentFile current;
    private long position;
    private long forced;
    private long sequence;
    private int chain;
    private long total;
    private volatile long bytesWritten;

    /**
     * @param position the offset in the segment where the next record goes; everything before has been forced
     */
    public Journal(SegmentSupply supply, SegmentFile current, long position, long sequence, int chain) {
        this.supply = supply;
        this.current = current;
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

    /** Whether so many bytes of events still fit into the current segment. */
    public boolean fits(long bytes) {
        return group.length() + bytes <= current.size() - position && group.length() + bytes < Integer.MAX_VALUE - 64;
    }

    /** The room a segment must have for one record with so many bytes of events. */
    public static long room(long bytes) {
        return bytes + RecordHeader.LENGTH;
    }

    /** The part of the current segment that is used, 0 to 1. */
    public double used() {
        return (double) (position + group.length()) / current.size();
    }

    /** Goes on in the spare segment. The group must be empty. */
    public void roll() {
        SegmentFile next = supply.take();
        supply.seal(current, position);
        current = next;
        position = 0;
        forced = 0;
    }

    /** Writes the group as one record and forces it. After a failure nothing is known of it. */
    public void commit(char kind) throws IOException {
        assert position + group.length() <= current.size() : "a bound was too small";
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
        position += group.length();
        total += group.length();
        bytesWritten = total;
        forced = position;
        sequence++;
        clear();
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
