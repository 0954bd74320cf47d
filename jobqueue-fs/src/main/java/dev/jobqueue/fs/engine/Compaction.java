package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.event.EventReader;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.Segments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back the space of events that nobody needs any more. Runs in the background, one step after the other:
 *
 * <ol>
 *   <li>A sealed segment of which less than half is live is read, and what is live in it is written again at the end of the journal, in small records of kind
 *       K through the writer.
 *   <li>A sealed segment without a live byte, all of which is covered by the checkpoint in force, is taken out of the manifest.
 *   <li>When that manifest is durable and every reader that began before has left, the file is deleted.
 * </ol>
 *
 * <p>A checkpoint may still point into a deleted segment: the K records behind it say where the events are now.
 */
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
    private static final int PORTION = 256 << 10;

    private final Writer writer;
    private final Disk disk;
    private final ManifestKeeper manifest;
    private final Segments segments;

    /** Segments that could not be read; reported once, left alone. */
    private final Set<Integer> damaged = new HashSet<>();

    Compaction(Writer writer, Disk disk, ManifestKeeper manifest, Segments segments) {
        this.writer = writer;
        this.disk = disk;
        this.manifest = manifest;
        this.segments = segments;
    }

    /**
     * One round.
     *
     * @param covered the end of what the checkpoint in force covers
     * @param stop whether to give up between two steps
     */
    void run(long covered, BooleanSupplier stop) throws IOException {
        Map<Integer, Long> live = live();
        for (Manifest.Segment segment : manifest.current().segments()) {
            if (stop.getAsBoolean()) {
                return;
            }
            long bytes = segment.bytes().orElse(0);
            long liveBytes = live.getOrDefault(segment.id(), 0L);
            if (bytes > 0 && liveBytes > 0 && liveBytes * 2 < bytes && !damaged.contains(segment.id())) {
                move(segment.id(), bytes, stop);
            }
        }
        retire(covered);
    }

    private Map<Integer, Long> live() {
        return Look.ask(writer, core -> core.index.live.snapshot());
    }

    private void move(int id, long bytes, BooleanSupplier stop) throws IOException {
        List<MoveOperation.Candidate> portion = new ArrayList<>();
        long size = 0;
        try (LogCursor cursor = LogCursor.sealed(disk, id, bytes)) {
            for (LogCursor.Found r = cursor.next(); r != null; r = cursor.next()) {
                long body = r.bodyPosition();
                EventReader reader = new EventReader(
                        r.bytes(), r.offset(), r.offset() + r.header().bodyLength());
                for (Event event = reader.next(); event != null; event = reader.next()) {
                    if (stop.getAsBoolean()) {
                        return;
                    }
                    if (event.raw() >= 0 || event instanceof Event.End) {
                        byte[] copy = Arrays.copyOfRange(r.bytes(), reader.start(), reader.start() + reader.length());
                        portion.add(new MoveOperation.Candidate(event, body + (reader.start() - r.offset()), copy));
                        size += copy.length;
                    }
                    if (size > PORTION) {
                        writer.call(new MoveOperation(portion));
                        portion = new ArrayList<>();
                        size = 0;
                    }
                }
            }
            if (!cursor.problem().isEmpty()) {
                damaged.add(id);
                LOG.error("{} is damaged at byte {}: {}", cursor.path(), cursor.position(), cursor.problem());
            }
        } catch (EventReader.UnreadableException e) {
            damaged.add(id);
            LOG.error("{} is damaged", disk.path(SegmentFile.name(id)), e);
        }
        if (!portion.isEmpty()) {
            writer.call(new MoveOperation(portion));
        }
    }

    private void retire(long covered) throws IOException {
        Map<Integer, Long> live = live();
        List<Integer> dead = new ArrayList<>();
        for (Manifest.Segment segment : manifest.current().segments()) {
            boolean behind = Integer.compareUnsigned(segment.id(), Position.segment(covered)) < 0;
            if (behind && segment.bytes().isPresent() && live.getOrDefault(segment.id(), 0L) == 0) {
                dead.add(segment.id());
            }
        }
        if (dead.isEmpty()) {
            return;
        }
        manifest.update(m -> {
            Manifest next = m;
            for (int id : dead) {
                next = next.without(id);
            }
            return next;
        });
        Look.ask(writer, core -> {
                    dead.forEach(core.index.live::forget);
                    return core.gate.turn();
                })
                .await();
        for (int id : dead) {
            segments.forget(id);
            disk.delete(SegmentFile.name(id));
        }
    }
}
