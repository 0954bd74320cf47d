package dev.jobqueue.fs.state;

import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.Ref;
import java.util.HashMap;
import java.util.Map;

/** How many bytes of each segment belong to events that are still needed: definitions and ends of kept jobs, progress of running ones. */
public final class LiveBytes {
    private static final class Count {
        long bytes;
    }

    private final Map<Integer, Count> counts = new HashMap<>();
    private int lastSegment = -1;
    private Count last = new Count();

    private Count count(long position) {
        int segment = Position.segment(position);
        if (segment != lastSegment) {
            last = counts.computeIfAbsent(segment, s -> new Count());
            lastSegment = segment;
        }
        return last;
    }

    void add(Ref ref) {
        count(ref.position()).bytes += ref.length();
    }

    void remove(Ref ref) {
        count(ref.position()).bytes -= ref.length();
    }

    /** The live bytes of each segment; those without any may be missing. */
    public Map<Integer, Long> snapshot() {
        Map<Integer, Long> all = new HashMap<>();
        counts.forEach((segment, count) -> all.put(segment, count.bytes));
        return all;
    }

    /** Forgets a segment that has been deleted. */
    public void forget(int segment) {
        counts.remove(segment);
        lastSegment = -1;
    }
}
