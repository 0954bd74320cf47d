package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.event.CheckpointReader;
import dev.jobqueue.fs.event.EventReader;
import dev.jobqueue.fs.event.Replay;
import dev.jobqueue.fs.journal.Damage;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.state.ChangeLog;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.spi.StoreClock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads the files of a directory into an index, changing nothing. The steps are numbered in docs/ARCHITECTURE.md:
 *
 * <ol>
 *   <li>Read the manifest. If there is none and no file of ours either, the directory is new.
 *   <li>All files that the manifest names must be there.
 *   <li>Load the checkpoint, if there is one.
 *   <li>Apply the sealed segments behind it. Every record must be proven; else the segment is damaged.
 *   <li>Keep the open segments that the checkpoint covers. Apply the others up to the first record that is not proven, changing to the next one where its first record follows. If a later record says
 *       that the bytes there had been forced, they are damaged; else the log ends there.
 *   <li>The records at the end that nothing proves to have been forced, normally one, are not applied but kept as the tail.
 * </ol>
 *
 * <p>{@link Opening} goes on from there.
 */
final class Recovery {
    final JobIndex index = new JobIndex();
    final ChangeLog changes = new ChangeLog();
    final Transitions transitions = new Transitions(index, changes);
    private final Disk disk;
    private final Replay replay;
    private final Manifest manifest;

    /** The records that must be written again. */
    final List<Tail> tail = new ArrayList<>();

    /** The segments that hold records, and where each shall be sealed. */
    final List<Manifest.Segment> kept = new ArrayList<>();

    /** Open segments that were not used at all. */
    final List<Integer> untouched = new ArrayList<>();

    private CheckpointReader.Head head = new CheckpointReader.Head(0, 1, 0, 0);
    private long sequence = 1;
    private int chain;
    private long bytesRead;

    /** A record that must be written again. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Tail(RecordHeader header, long offset, byte[] body) {
        static Tail of(LogCursor.Found r) {
            return new Tail(
                    r.header(),
                    r.position(),
                    Arrays.copyOfRange(
                            r.bytes(), r.offset(), r.offset() + r.header().bodyLength()));
        }

        long end() {
            return offset + header.length();
        }
    }

    private Recovery(Disk disk, StoreClock clock, Manifest manifest) {
        this.disk = disk;
        this.manifest = manifest;
        this.replay = new Replay(index, transitions, clock);
    }

    /** The manifest of a directory; empty for a new directory. */
    static Optional<Manifest> manifest(Disk disk) throws IOException {
        Optional<Manifest> manifest = Manifest.read(disk);
        if (manifest.isEmpty()) {
            for (String name : disk.list()) {
                if (Manifest.isOurs(name) && !name.equals(Manifest.TEMPORARY)) {
                    throw new JobQueueException.Corrupt(
                            disk.path(Manifest.NAME) + " is missing, but there is " + name + ". " + Damage.ADVICE,
                            null);
                }
            }
        }
        return manifest;
    }

    /**
     * Reads everything.
     *
     * @param useCheckpoint false to replay the whole journal; for tests
     */
    static Recovery read(Disk disk, StoreClock clock, Manifest manifest, boolean useCheckpoint) throws IOException {
        Recovery recovery = new Recovery(disk, clock, manifest);
        recovery.requireFiles();
        if (useCheckpoint && manifest.checkpoint().isPresent()) {
            recovery.head = CheckpointReader.load(disk, manifest.checkpoint().get(), recovery.index, clock);
            recovery.sequence = recovery.head.record();
            recovery.chain = recovery.head.chain();
        }
        recovery.sealed();
        recovery.open();
        recovery.changes.take();
        return recovery;
    }

    private void requireFiles() throws IOException {
        Set<String> files = disk.list();
        manifest.checkpoint().ifPresent(c -> requireFile(files, c.file()));
        for (Manifest.Segment segment : manifest.segments()) {
            requireFile(files, segment.name());
            if (segment.bytes().isPresent()) {
                try (DiskFile file = disk.openForRead(segment.name())) {
                    if (file.size() < segment.bytes().getAsLong()) {
                        throw Damage.at(
                                disk.path(segment.name()),
                                file.size(),
                                "the file ends here, but should have "
                                        + segment.bytes().getAsLong() + " bytes",
                                null);
                    }
                }
            }
        }
    }

    private void requireFile(Set<String> files, String name) {
        if (!files.contains(name)) {
            throw new JobQueueException.Corrupt(
                    disk.path(name) + " is missing. " + Damage.ADVICE, new FileNotFoundException(disk.path(name)));
        }
    }

    /** Where reading begins in a segment; -1 if the checkpoint covers all of it. */
    private long start(int segment) {
        int first = Position.segment(head.position());
        int order = Integer.compareUnsigned(segment, first);
        return order < 0 ? -1 : order == 0 ? Position.offset(head.position()) : 0;
    }

    private void sealed() throws IOException {
        for (Manifest.Segment segment : manifest.segments()) {
            if (segment.bytes().isEmpty()) {
                continue;
            }
            kept.add(segment);
            long start = start(segment.id());
            long bytes = segment.bytes().getAsLong();
            if (start < 0) {
                continue;
            }
            try (LogCursor cursor = new LogCursor(disk, segment.id(), start, bytes, sequence, chain)) {
                for (LogCursor.Found r = cursor.next(); r != null; r = cursor.next()) {
                    apply(r.header(), r.bytes(), r.offset(), r.bodyPosition());
                }
                if (!cursor.problem().isEmpty()) {
                    throw Damage.at(cursor.path(), cursor.position(), cursor.problem(), null);
                }
                bytesRead += cursor.position() - start;
                sequence = cursor.sequence();
                chain = cursor.chain();
            }
        }
    }

    private void open() throws IOException {
        int active = -1;
        long proven = 0;
        long end = 0;
        for (Manifest.Segment segment : manifest.segments()) {
            if (segment.bytes().isPresent()) {
                continue;
            }
            int id = segment.id();
            long start = start(id);
            if (start < 0) {
                covered(id);
                continue;
            }
            try (LogCursor cursor = new LogCursor(disk, id, start, -1, sequence, chain)) {
                LogCursor.Found r = cursor.next();
                if (r == null && start == 0) {
                    notUsed(cursor, id, active, end);
                    continue;
                }
                untouched.clear();
                if (active >= 0) {
                    // The writer came here after all of the segment before had been forced.
                    applyTail(end);
                    kept.add(new Manifest.Segment(active, OptionalLong.of(end)));
                }
                active = id;
                proven = start;
                for (; r != null; r = cursor.next()) {
                    proven = Math.max(proven, r.header().forced());
                    applyTail(proven);
                    tail.add(Tail.of(r));
                }
                end = cursor.position();
                bytesRead += end - start;
                sequence = cursor.sequence();
                chain = cursor.chain();
                if (!cursor.problem().isEmpty() && cursor.laterProof().isPresent()) {
                    throw Damage.at(cursor.path(), end, cursor.problem(), null);
                }
            }
        }
        if (active >= 0) {
            kept.add(new Manifest.Segment(active, OptionalLong.of(proven)));
        }
    }

    /** An open segment that the checkpoint covers: it was full, but its seal did not come into a manifest any more. Its events may still be wanted. */
    private void covered(int id) throws IOException {
        try (LogCursor cursor = LogCursor.sealed(disk, id, -1)) {
            LogCursor.Found r = cursor.next();
            while (r != null) {
                r = cursor.next();
            }
            if (cursor.position() > 0) {
                kept.add(new Manifest.Segment(id, OptionalLong.of(cursor.position())));
            }
        }
    }

    /** An open segment without the record that would come next: a spare, or what is left of a write that was not acknowledged. */
    private void notUsed(LogCursor cursor, int id, int before, long end) throws IOException {
        if (cursor.restIsZero()) {
            // The order of ids is the order of the log: a spare that came into the manifest although that seemed to
            // fail cannot be used behind a later one.
            if (kept.stream().allMatch(s -> Integer.compareUnsigned(id, s.id()) > 0)) {
                untouched.add(id);
            }
            return;
        }
        Optional<RecordHeader> first = cursor.aloneAt(0);
        if (first.isPresent() && first.get().sequence() > sequence) {
            String path = before < 0 ? cursor.path() : disk.path(SegmentFile.name(before));
            throw Damage.at(
                    path,
                    end,
                    "record " + sequence + " is missing, but " + cursor.path() + " begins with record "
                            + first.get().sequence(),
                    null);
        }
    }

    /** Applies the records of the tail that end before this offset, where they stand. */
    private void applyTail(long provenOffset) {
        while (!tail.isEmpty() && tail.get(0).end() <= provenOffset) {
            Tail t = tail.remove(0);
            apply(t.header(), t.body(), 0, Position.of(t.header().segment(), t.offset() + RecordHeader.LENGTH));
        }
    }

    /**
     * Applies one record.
     *
     * @throws JobQueueException.Corrupt if its events cannot be read or do not fit
     */
    void apply(RecordHeader header, byte[] bytes, int offset, long bodyPosition) {
        try {
            replay.apply(header, bytes, offset, bodyPosition);
        } catch (EventReader.UnreadableException e) {
            throw Damage.at(
                    disk.path(SegmentFile.name(Position.segment(bodyPosition))),
                    Position.offset(bodyPosition) - RecordHeader.LENGTH,
                    "record " + header.sequence() + ": " + e.getMessage(),
                    e);
        }
    }

    CheckpointReader.Head head() {
        return head;
    }

    /** The sequence number of the next record. */
    long sequence() {
        return sequence;
    }

    /** The checksum of the last record before the tail. */
    int chainBeforeTail() {
        return tail.isEmpty() ? chain : tail.get(0).header().previous();
    }

    /** The bytes of journal behind the checkpoint. */
    long bytesRead() {
        return bytesRead;
    }
}
