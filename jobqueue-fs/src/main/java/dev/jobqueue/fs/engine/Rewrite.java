package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.event.CheckpointWriter;
import dev.jobqueue.fs.journal.EventBytes;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Transitions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Writes an index as a new directory: the events it needs, as records of kind K, and a checkpoint that covers them. */
final class Rewrite {
    private static final int RECORD_BYTES = 1 << 20;
    private static final long SEGMENT_BYTES = 64 << 20;

    private final Disk disk;
    private final JobIndex index;
    private final Transitions transitions;
    private final EventBytes source;
    private final long segmentBytes;
    private final Utf8Out record = new Utf8Out(RECORD_BYTES + (64 << 10));
    private final List<Runnable> placed = new ArrayList<>();
    private Manifest manifest = Manifest.EMPTY;
    private int segment;
    private DiskFile file;
    private long position;
    private long sequence = 1;
    private int chain;

    Rewrite(Disk disk, JobIndex index, Transitions transitions, EventBytes source) throws IOException {
        this(disk, index, transitions, source, SEGMENT_BYTES);
    }

    /** With other segments, for tests. */
    Rewrite(Disk disk, JobIndex index, Transitions transitions, EventBytes source, long segmentBytes)
            throws IOException {
        this.disk = disk;
        this.index = index;
        this.transitions = transitions;
        this.source = source;
        this.segmentBytes = segmentBytes;
        this.segment = 1;
        this.file = disk.create(SegmentFile.name(segment));
        record.padded(0, RecordHeader.LENGTH);
    }

    void run() throws IOException {
        List<Entry> all = new ArrayList<>();
        index.forEach(all::add);
        all.sort(Comparator.comparingLong(Entry::sequence));
        try {
            for (Entry e : all) {
                copy(e.definition(), to -> transitions.movedDefinition(e, to));
                if (e.finished()) {
                    copy(e.end(), to -> transitions.movedEnd(e, to));
                } else {
                    copyProgress(e);
                }
            }
            flush();
            seal();
        } finally {
            file.close();
        }
        checkpoint(all);
        manifest.write(disk);
    }

    private void copyProgress(Entry e) throws IOException {
        Ref progress = e.open().progress();
        if (progress != null) {
            try {
                copy(progress, to -> transitions.movedProgress(e, to));
            } catch (JobQueueException.Corrupt x) {
                // Of all events only progress can be done without: it was not read before.
                transitions.loseProgress(e);
            }
        }
    }

    private interface Moved {
        void to(Ref ref);
    }

    private void copy(Ref from, Moved moved) throws IOException {
        byte[] event = source.read(from);
        if (record.length() > RecordHeader.LENGTH && record.length() + event.length > RECORD_BYTES) {
            flush();
        }
        Ref to = new Ref(Position.of(segment, position + record.length()), from.length(), from.crc());
        placed.add(() -> moved.to(to));
        record.raw(event);
    }

    private void flush() throws IOException {
        if (record.length() > RecordHeader.LENGTH) {
            int body = record.length() - RecordHeader.LENGTH;
            chain = RecordHeader.write(
                    record.array(), 0, RecordHeader.KEPT, body, sequence++, segment, position, chain);
            file.write(position, ByteBuffer.wrap(record.array(), 0, record.length()));
            position += record.length();
            placed.forEach(Runnable::run);
            placed.clear();
            record.reset(2 * RECORD_BYTES);
            record.padded(0, RecordHeader.LENGTH);
            if (position > segmentBytes) {
                seal();
                segment++;
                file = disk.create(SegmentFile.name(segment));
                position = 0;
            }
        }
    }

    private void seal() throws IOException {
        file.force();
        file.close();
        if (position > 0) {
            manifest = manifest.withOpen(segment).withSealed(segment, position);
        } else {
            disk.delete(SegmentFile.name(segment));
        }
    }

    private void checkpoint(List<Entry> all) throws IOException {
        Utf8Out out = new Utf8Out(RECORD_BYTES);
        CheckpointWriter lines = new CheckpointWriter(out, 1);
        String name = Manifest.CheckpointFile.name(1);
        CRC32C sum = new CRC32C();
        long bytes = 0;
        try (DiskFile target = disk.create(name)) {
            // The next segment has a higher id, so all there is lies before it.
            lines.head(Position.of(segment, position), sequence, chain, index.nextSequence());
            index.paused().forEach(lines::pause);
            for (Entry e : all) {
                lines.job(e);
                if (out.length() > RECORD_BYTES / 2) {
                    bytes += write(target, bytes, out, sum);
                }
            }
            bytes += write(target, bytes, out, sum);
            CheckpointWriter.foot(out, all.size(), (int) sum.getValue());
            bytes += write(target, bytes, out, sum);
            target.force();
        }
        disk.forceDirectory();
        manifest = new Manifest(Optional.of(new Manifest.CheckpointFile(name, bytes)), manifest.segments());
    }

    private static long write(DiskFile target, long at, Utf8Out out, CRC32C sum) throws IOException {
        int length = out.length();
        sum.update(out.array(), 0, length);
        target.write(at, ByteBuffer.wrap(out.array(), 0, length));
        out.reset(2 * RECORD_BYTES);
        return length;
    }
}
