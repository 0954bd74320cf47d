package dev.jobqueue.fs.engine;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.fs.journal.EventBytes;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Segments;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.StoredJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.function.Consumer;

/** Looks at a directory without opening it as a queue: verify, repair, show. Changes nothing in it. */
public final class Inspection {
    private Inspection() {}

    /**
     * Reads every byte that is in force.
     *
     * @param report is told of all damage, one line each
     * @return whether there is none
     */
    public static boolean verify(Path directory, Consumer<String> report) throws IOException {
        int[] problems = {0};
        Consumer<String> problem = line -> {
            problems[0]++;
            report.accept(line);
        };
        try (Disk disk = RealDisk.lookAt(directory)) {
            Optional<Manifest> manifest = Recovery.manifest(disk);
            if (manifest.isEmpty()) {
                report.accept(disk.path() + " holds no queue");
                return false;
            }
            for (Manifest.Segment s : manifest.get().segments()) {
                if (s.bytes().isPresent()) {
                    verify(disk, s, problem);
                }
            }
            Recovery recovery = recover(disk, manifest.get(), true);
            verifyEvents(disk, recovery, problem);
            report.accept(recovery.index.size() + " jobs");
        } catch (JobQueueException.Corrupt e) {
            problem.accept(String.valueOf(e.getMessage()));
        }
        return problems[0] == 0;
    }

    private static void verify(Disk disk, Manifest.Segment segment, Consumer<String> problem) throws IOException {
        try (LogCursor cursor =
                LogCursor.sealed(disk, segment.id(), segment.bytes().orElse(0))) {
            LogCursor.Found record;
            do {
                record = cursor.next();
            } while (record != null);
            if (!cursor.problem().isEmpty()) {
                problem.accept(cursor.path() + " is damaged at byte " + cursor.position() + ": " + cursor.problem());
            }
        } catch (IOException e) {
            problem.accept(disk.path(segment.name()) + " cannot be read: " + e.getMessage());
        }
    }

    /** The state as an open would find it; the tail is applied where it stands. */
    private static Recovery recover(Disk disk, Manifest manifest, boolean useCheckpoint) throws IOException {
        Recovery recovery = Recovery.read(disk, StoreClock.system(), manifest, useCheckpoint);
        for (Recovery.Tail t : recovery.tail) {
            recovery.apply(
                    t.header(), t.body(), 0, Position.of(t.header().segment(), t.offset() + RecordHeader.LENGTH));
        }
        recovery.transitions.promote(StoreClock.system().now().toEpochMilli());
        return recovery;
    }

    private static void verifyEvents(Disk disk, Recovery recovery, Consumer<String> problem) throws IOException {
        Segments segments = new Segments(disk);
        try {
            EventBytes bytes = new EventBytes(segments, disk, 0);
            recovery.index.forEach(e -> {
                try {
                    bytes.read(e.definition());
                    if (e.finished()) {
                        bytes.read(e.end());
                    } else {
                        Ref progress = e.open().progress();
                        if (progress != null) {
                            bytes.read(progress);
                        }
                    }
                } catch (JobQueueException x) {
                    problem.accept("job " + e.id() + ": " + x.getMessage());
                }
            });
        } finally {
            segments.close();
        }
    }

    /**
     * Copies all that is readable into a new directory.
     *
     * @param report is told of each thing that had to be skipped
     * @return how many these were
     */
    public static int repair(Path directory, Path newDirectory, Consumer<String> report) throws IOException {
        try (Disk from = RealDisk.lookAt(directory);
                Disk to = RealDisk.take(newDirectory)) {
            return Salvage.repair(from, to, StoreClock.system(), report);
        }
    }

    /**
     * The state as an open would find it, as text in enqueue order; for tests.
     *
     * @param useCheckpoint false to replay the whole journal
     */
    public static String dump(Disk disk, boolean useCheckpoint) throws IOException {
        Manifest manifest = Recovery.manifest(disk).orElse(Manifest.EMPTY);
        return Dump.of(recover(disk, manifest, useCheckpoint).index);
    }

    /** A job with everything that is known of it; empty if there is none. */
    public static Optional<StoredJob> show(Path directory, JobId id) throws IOException {
        try (Disk disk = RealDisk.lookAt(directory)) {
            Optional<Manifest> manifest = Recovery.manifest(disk);
            if (manifest.isEmpty()) {
                return Optional.empty();
            }
            Recovery recovery = recover(disk, manifest.get(), true);
            Entry e = recovery.index.job(
                    id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
            if (e == null) {
                return Optional.empty();
            }
            Segments segments = new Segments(disk);
            try {
                EnumSet<Part> all = EnumSet.allOf(Part.class);
                return Optional.of(new JobReader(new EventBytes(segments, disk, 0)).stored(Snapshot.of(e, all), all));
            } finally {
                segments.close();
            }
        }
    }
}
