package dev.jobqueue.fs.journal;

/** A place in the journal as one number: the id of the segment in the high half, the offset of a byte in the low half. */
public final class Position {
    /** No place. */
    public static final long NONE = 0;

    private Position() {}

    public static long of(int segment, long offset) {
        return (long) segment << 32 | offset;
    }

    public static int segment(long position) {
        return (int) (position >>> 32);
    }

    public static long offset(long position) {
        return position & 0xffff_ffffL;
    }

    /** For messages and the text of checkpoints. */
    public static String show(long position) {
        return SegmentFile.name(segment(position)) + " at byte " + offset(position);
    }
}
