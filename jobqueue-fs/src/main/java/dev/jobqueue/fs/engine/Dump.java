package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.event.CheckpointWriter;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The whole state as the lines of a checkpoint in enqueue order: two states are equal if their texts are. */
final class Dump {
    /** Below all epochs of checkpoints. */
    private static final AtomicInteger EPOCH = new AtomicInteger();

    private Dump() {}

    static String of(JobIndex index) {
        Utf8Out out = new Utf8Out(1 << 16);
        CheckpointWriter lines = new CheckpointWriter(out, EPOCH.decrementAndGet());
        lines.head(0, 0, 0, index.nextSequence());
        index.paused().stream().sorted(Comparator.comparing(Object::toString)).forEach(lines::pause);
        List<Entry> all = new ArrayList<>(index.size());
        index.forEach(all::add);
        all.sort(Comparator.comparingLong(Entry::sequence));
        all.forEach(lines::job);
        return new String(out.array(), 0, out.length(), StandardCharsets.UTF_8);
    }
}
