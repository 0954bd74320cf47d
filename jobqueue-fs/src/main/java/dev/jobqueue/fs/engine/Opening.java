package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.SegmentSupply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes a directory ready for use after {@link Recovery} has read it. The steps go on from there:
 *
 * <ol start="7">
 *   <li>Take a segment that was never used, or make one.
 *   <li>Write the tail into it and force it: whether it had been forced where it stood cannot be known, and a second force of the same pages proves nothing.
 *       Nothing was shown of it so far. Then apply it, at its new place.
 *   <li>Write a manifest: every segment with records sealed at the end of what is proven, and the new segment, open. It is durable with its directory. Should
 *       the process end before, the next recovery finds all as it was; should it end after, the old copy of the tail is behind the seal.
 *   <li>Remove our files that the manifest does not name, and cut sealed segments.
 * </ol>
 *
 * <p>Then the threads start, and with {@code recoverAtOpen} running jobs are given back.
 */
final class Opening {
    private static final int ZEROS = 1 << 20;

    private final Disk disk;
    private final Settings settings;
    private final Recovery recovery;
    private int nextId = 1;
    private int chain;

    /** The manifest now in force. */
    Manifest manifest = Manifest.EMPTY;

    private @Nullable SegmentFile current;

    /** A segment that was never used besides the current one. */
    @Nullable
    SegmentFile spare;

    /** Where the next record goes. */
    long position;

    private Opening(Disk disk, Settings settings, Recovery recovery) {
        this.disk = disk;
        this.settings = settings;
        this.recovery = recovery;
        this.chain = recovery.chainBeforeTail();
    }

    static Opening open(Disk disk, Settings settings) throws IOException {
        Optional<Manifest> found = Recovery.manifest(disk);
        if (found.isEmpty()) {
            Manifest.EMPTY.write(disk);
        } else {
            // A process that was killed may have left names, the manifest's too, that were never forced.
            disk.forceDirectory();
        }
        Manifest before = found.orElse(Manifest.EMPTY);
        Recovery recovery = Recovery.read(disk, settings.clock(), before, true);
        Opening opening = new Opening(disk, settings, recovery);
        try {
            opening.run(before);
        } catch (IOException | RuntimeException e) {
            opening.closeFiles();
            throw e;
        }
        return opening;
    }

    private void run(Manifest before) throws IOException {
        for (Manifest.Segment s : before.segments()) {
            nextId = Math.max(nextId, s.id() + 1);
        }
        SegmentFile segment = segment();
        current = segment;
        writeTail(segment);
        List<Manifest.Segment> segments = new ArrayList<>();
        for (Manifest.Segment s : recovery.kept) {
            if (s.bytes().orElse(0) > 0) {
                segments.add(s);
            }
        }
        segments.add(new Manifest.Segment(segment.id(), OptionalLong.empty()));
        if (spare != null) {
            segments.add(new Manifest.Segment(spare.id(), OptionalLong.empty()));
        }
        manifest = new Manifest(before.checkpoint(), segments);
        if (!manifest.equals(before)) {
            manifest.write(disk);
        }
        cleanUp();
    }

    /** A segment for the tail and what comes next. */
    private SegmentFile segment() throws IOException {
        long tail = recovery.tail.stream().mapToLong(t -> t.header().length()).sum();
        SegmentFile found = null;
        for (int id : recovery.untouched) {
            if (found != null && spare != null) {
                break;
            }
            DiskFile file = disk.open(SegmentFile.name(id));
            SegmentFile candidate = new SegmentFile(id, file, file.size());
            if (found == null && candidate.size() >= tail) {
                found = candidate;
            } else if (found != null && candidate.size() >= settings.reserve()) {
                spare = candidate;
            } else {
                file.close();
            }
        }
        if (found != null) {
            return found;
        }
        int id = nextId++;
        // Left by a process that ended before its manifest named it.
        disk.delete(SegmentFile.name(id));
        return SegmentSupply.make(disk, id, Math.max(settings.reserve(), tail), ByteBuffer.allocateDirect(ZEROS));
    }

    private void writeTail(SegmentFile segment) throws IOException {
        List<Long> offsets = new ArrayList<>();
        for (Recovery.Tail t : recovery.tail) {
            byte[] record = new byte[(int) t.header().length()];
            System.arraycopy(t.body(), 0, record, RecordHeader.LENGTH, t.body().length);
            chain = RecordHeader.write(
                    record, 0, t.header().kind(), t.body().length, t.header().sequence(), segment.id(), 0, chain);
            segment.file().write(position, ByteBuffer.wrap(record));
            offsets.add(position);
            position += record.length;
        }
        if (!offsets.isEmpty()) {
            segment.file().force();
        }
        for (int i = 0; i < offsets.size(); i++) {
            Recovery.Tail t = recovery.tail.get(i);
            recovery.apply(t.header(), t.body(), 0, Position.of(segment.id(), offsets.get(i) + RecordHeader.LENGTH));
        }
        recovery.changes.take();
    }

    private void cleanUp() throws IOException {
        for (String name : disk.list()) {
            if (Manifest.isOurs(name) && !manifest.names(name) && !settings.keepEverything()) {
                disk.delete(name);
            }
        }
        for (Manifest.Segment s : recovery.kept) {
            long bytes = s.bytes().orElse(0);
            if (bytes > 0) {
                try (DiskFile file = disk.open(s.name())) {
                    if (file.size() > bytes) {
                        file.truncate(bytes);
                    }
                }
            }
        }
    }

    Recovery recovery() {
        return recovery;
    }

    SegmentFile current() {
        SegmentFile segment = current;
        if (segment == null) {
            throw new IllegalStateException("not opened");
        }
        return segment;
    }

    /** The checksum of the last record. */
    int chain() {
        return chain;
    }

    int nextId() {
        return nextId;
    }

    private void closeFiles() throws IOException {
        if (current != null) {
            current.file().close();
        }
        if (spare != null) {
            spare.file().close();
        }
    }
}
