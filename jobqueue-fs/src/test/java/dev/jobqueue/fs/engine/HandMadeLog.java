package dev.jobqueue.fs.engine;

import dev.jobqueue.PauseScope;
import dev.jobqueue.fs.event.CheckpointWriter;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Segments and checkpoints made by hand. The record with number n pauses channel n: what is paused says which records were applied. */
final class HandMadeLog {
    private final StepDisk disk;
    private int segment;
    private byte[] bytes = {};

    /** The number of the next record. */
    long sequence = 1;

    /** The checksum of the last record. */
    int chain;

    HandMadeLog(StepDisk disk) {
        this.disk = disk;
    }

    /** The next records go into this segment, which is empty. */
    HandMadeLog segment(int id) {
        segment = id;
        bytes = new byte[0];
        return append(bytes);
    }

    /** A record that says that all before it had been forced. */
    HandMadeLog record() {
        return record(bytes.length);
    }

    HandMadeLog record(long forced) {
        Utf8Out out = new Utf8Out(200);
        EventWriter.pause(out, new PauseScope.Channel(String.valueOf(sequence)));
        return record(forced, out.toBytes());
    }

    HandMadeLog record(long forced, String body) {
        return record(forced, body.getBytes(StandardCharsets.UTF_8));
    }

    private HandMadeLog record(long forced, byte[] body) {
        byte[] record = new byte[RecordHeader.LENGTH + body.length];
        System.arraycopy(body, 0, record, RecordHeader.LENGTH, body.length);
        chain = RecordHeader.write(record, 0, RecordHeader.JOURNAL, body.length, sequence++, segment, forced, chain);
        return append(record);
    }

    HandMadeLog zeros(int count) {
        return append(new byte[count]);
    }

    private HandMadeLog append(byte[] more) {
        int at = bytes.length;
        bytes = Arrays.copyOf(bytes, at + more.length);
        System.arraycopy(more, 0, bytes, at, more.length);
        disk.put(SegmentFile.name(segment), bytes.clone());
        return this;
    }

    /** Changes one byte of a segment. */
    HandMadeLog flip(int id, int offset) throws IOException {
        byte[] damaged = disk.bytes(SegmentFile.name(id)).clone();
        damaged[offset] ^= 1;
        disk.put(SegmentFile.name(id), damaged);
        return this;
    }

    /** How long the segment is so far. */
    int length() {
        return bytes.length;
    }

    /** A checkpoint with these jobs that covers all before this place, whose next record is the next one here. */
    Manifest.CheckpointFile checkpoint(long position, Entry... jobs) {
        Utf8Out out = new Utf8Out(200);
        CheckpointWriter lines = new CheckpointWriter(out, 1);
        lines.head(position, sequence, chain, jobs.length + 1);
        for (Entry job : jobs) {
            lines.job(job);
        }
        CRC32C sum = new CRC32C();
        sum.update(out.array(), 0, out.length());
        CheckpointWriter.foot(out, jobs.length, (int) sum.getValue());
        String name = Manifest.CheckpointFile.name(1);
        disk.put(name, out.toBytes());
        return new Manifest.CheckpointFile(name, out.length());
    }

    /** The numbers of the records that were applied. */
    static List<Long> applied(JobIndex index) {
        return index.paused().stream()
                .map(scope -> Long.valueOf(((PauseScope.Channel) scope).channel()))
                .sorted()
                .toList();
    }
}
