package dev.jobqueue.fs.journal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The bytes of events, from the cache or from disk; every read from disk is proven by the checksum of the event. Thread-safe; called by the threads that want
 * the bytes.
 */
public final class EventBytes {
    /** Events this close together are read in one go. */
    private static final int GAP = 4 << 10;

    private static final int MAX_READ = 1 << 20;

    /** What an entry of the cache takes besides its bytes. */
    private static final int OVERHEAD = 100;

    private final Segments segments;
    private final Disk disk;
    private final Cache<Long, byte[]> cache;

    public EventBytes(Segments segments, Disk disk, long cacheBytes) {
        this.segments = segments;
        this.disk = disk;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(cacheBytes)
                .weigher((Long position, byte[] bytes) -> bytes.length + OVERHEAD)
                .executor(Runnable::run)
                .build();
    }

    /** Bytes that are about to be read again; they must not be changed any more. */
    public void keep(Ref ref, byte[] bytes) {
        cache.put(ref.position(), bytes);
    }

    /** The bytes of one event; not to be changed. */
    public byte[] read(Ref ref) {
        byte[] bytes = cache.getIfPresent(ref.position());
        if (bytes == null) {
            bytes = new byte[ref.length()];
            load(ref.position(), bytes, bytes.length);
            prove(ref, bytes, 0);
            cache.put(ref.position(), bytes);
        }
        return bytes;
    }

    /** Takes the bytes of one event, which it must not change or keep. */
    public interface Visitor {
        /**
         * Called once for each event.
         *
         * @param index the place of the event in the list
         * @param offset where the event begins
         */
        void event(int index, byte[] bytes, int offset);
    }

    /** Shows the bytes of many events, in any order. Neighbours are read together, and nothing is put into the cache. */
    public void readAll(List<Ref> refs, Visitor visitor) {
        Integer[] missing = new Integer[refs.size()];
        int count = 0;
        for (int i = 0; i < missing.length; i++) {
            byte[] cached = cache.getIfPresent(refs.get(i).position());
            if (cached != null) {
                visitor.event(i, cached, 0);
            } else {
                missing[count++] = i;
            }
        }
        Arrays.sort(missing, 0, count, Comparator.comparingLong(i -> refs.get(i).position()));
        byte[] buffer = new byte[0];
        for (int from = 0; from < count; ) {
            long start = refs.get(missing[from]).position();
            long end = start + refs.get(missing[from]).length();
            int to = from + 1;
            for (; to < count; to++) {
                Ref next = refs.get(missing[to]);
                if (next.position() - end > GAP || next.position() + next.length() - start > MAX_READ) {
                    break;
                }
                end = Math.max(end, next.position() + next.length());
            }
            int length = (int) (end - start);
            if (buffer.length < length) {
                buffer = new byte[length];
            }
            load(start, buffer, length);
            for (; from < to; from++) {
                Ref ref = refs.get(missing[from]);
                int offset = (int) (ref.position() - start);
                prove(ref, buffer, offset);
                visitor.event(missing[from], buffer, offset);
            }
        }
    }

    private void load(long position, byte[] target, int length) {
        int segment = Position.segment(position);
        int count;
        try {
            count = segments.read(segment, Position.offset(position), target, length);
        } catch (IOException e) {
            throw new JobQueueException.StoreUnavailable(
                    "cannot read " + disk.path(SegmentFile.name(segment)) + ": " + e.getMessage(), e);
        }
        if (count < length) {
            throw Damage.at(
                    disk.path(SegmentFile.name(segment)),
                    Position.offset(position) + count,
                    "the file ends here",
                    null);
        }
    }

    private void prove(Ref ref, byte[] bytes, int offset) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, offset, ref.length());
        if ((int) sum.getValue() != ref.crc()) {
            throw Damage.at(
                    disk.path(SegmentFile.name(Position.segment(ref.position()))),
                    Position.offset(ref.position()),
                    "the checksum of an event of " + ref.length() + " bytes is wrong",
                    null);
        }
    }

    /** Damage in an event whose checksum is right. */
    public JobQueueException.Corrupt unreadable(Ref ref, Exception cause) {
        return Damage.at(
                disk.path(SegmentFile.name(Position.segment(ref.position()))),
                Position.offset(ref.position()),
                String.valueOf(cause.getMessage()),
                cause);
    }
}
