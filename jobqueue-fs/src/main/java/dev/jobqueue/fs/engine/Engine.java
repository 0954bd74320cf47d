package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.event.CheckpointReader;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.journal.EventBytes;
import dev.jobqueue.fs.journal.Journal;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.SegmentSupply;
import dev.jobqueue.fs.journal.Segments;
import dev.jobqueue.fs.state.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All parts of an open directory, and how they start and stop. */
final class Engine {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    final Writer writer;
    final JobReader reader;
    final Core core;
    final Compaction compaction;
    final SegmentSupply supply;
    private final Disk disk;
    private final Upkeep upkeep;
    private final Segments segments;
    private final Journal journal;

    /** The parts know each other in a circle, which is closed by these two. */
    private final AtomicReference<@Nullable Writer> writerOf = new AtomicReference<>();

    private final AtomicReference<@Nullable Upkeep> upkeepOf = new AtomicReference<>();

    private Engine(Disk disk, Settings settings, Opening opening) {
        this.disk = disk;
        Recovery recovery = opening.recovery();
        ManifestKeeper manifest = new ManifestKeeper(disk, opening.manifest);
        supply = new SegmentSupply(
                disk,
                manifest,
                settings.reserve(),
                settings.segmentBytes(),
                opening.nextId(),
                opening.spare,
                this::onSpare);
        journal = new Journal(
                supply,
                settings.segmentBytes(),
                opening.current(),
                opening.position,
                recovery.sequence(),
                opening.chain());
        core = new Core(recovery.index, recovery.transitions, recovery.changes, journal, settings.clock());
        segments = new Segments(disk);
        reader = new JobReader(new EventBytes(segments, disk, settings.cacheBytes()));
        writer = new Writer(core, supply, disk, settings, this::onGrowth);
        CheckpointReader.Head head = recovery.head();
        long read = recovery.bytesRead();
        recovery.tail.clear();
        long checkpoint = opening.manifest.checkpoint().map(c -> c.bytes()).orElse(0L);
        compaction = new Compaction(writer, disk, manifest, segments);
        upkeep = new Upkeep(
                writer,
                disk,
                manifest,
                compaction,
                () -> journal.bytesWritten() + read,
                new Upkeep.Last(head.position(), checkpoint, head.jobs(), 0),
                settings.checkpointBytes(),
                settings.keepEverything());
        writerOf.set(writer);
        upkeepOf.set(upkeep);
    }

    /** Opens a directory; the disk is closed with the engine, or here if this fails. */
    static Engine open(Disk disk, Settings settings) throws IOException {
        try {
            Engine engine = new Engine(disk, settings, Opening.open(disk, settings));
            engine.start();
            if (settings.recoverAtOpen()) {
                engine.recoverRunning();
            }
            return engine;
        } catch (IOException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    private void start() {
        writer.start();
        supply.start();
        upkeep.start();
    }

    private void onSpare() {
        Writer w = writerOf.get();
        if (w != null) {
            w.onOutcome();
        }
    }

    private void onGrowth() {
        Upkeep u = upkeepOf.get();
        if (u != null) {
            u.wake();
        }
    }

    /** Gives all running jobs back (HB-5). */
    private void recoverRunning() {
        Operation recover = new Operation() {
            @Override
            long bound(Core c) {
                long bound = 0;
                for (Entry ignored : c.index.running()) {
                    bound += EventWriter.REQUEUE;
                }
                return bound;
            }

            @Override
            void execute(Core c) {
                List<Entry> running = new ArrayList<>();
                c.index.running().forEach(running::add);
                running.forEach(e -> c.requeue(e, Attempt.End.RELEASED, 0, null));
                c.changes.take();
            }
        };
        try {
            writer.call(recover);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** A checkpoint and a round of compaction, now; for tests. */
    void upkeepNow() throws IOException {
        upkeep.round(true);
    }

    /** Stops all threads when the calls under way are done; may be called twice. */
    void close() {
        upkeep.close();
        writer.close();
        core.gate.turn().await();
        for (AutoCloseable part : List.<AutoCloseable>of(supply, journal, segments::close, disk)) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("could not close {}", disk.path(), e);
            }
        }
    }

    /** For what went wrong before the store was open. */
    static JobQueueException.StoreUnavailable unavailable(IOException e) {
        return new JobQueueException.StoreUnavailable(String.valueOf(e.getMessage()), e);
    }
}
