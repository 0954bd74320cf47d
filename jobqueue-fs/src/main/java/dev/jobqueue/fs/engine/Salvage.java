package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.event.CheckpointReader;
import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.event.EventReader;
import dev.jobqueue.fs.event.Replay;
import dev.jobqueue.fs.journal.EventBytes;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.Segments;
import dev.jobqueue.fs.state.ChangeLog;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads all that can be read of a damaged directory, and tells of all that cannot. Changes nothing there.
 *
 * <p>The checkpoint, if it is whole, is the base; all records behind it are applied that prove themselves, wherever they stand. Without a checkpoint all
 * records of all segments are used, those of compaction too.
 */
final class Salvage {
    final JobIndex index = new JobIndex();
    private final Transitions transitions = new Transitions(index, new ChangeLog());
    private final Disk disk;
    private final StoreClock clock;
    private final Consumer<String> report;

    /** Jobs of which something that cannot be done without is unreadable. */
    private final Set<Entry> lost = Collections.newSetFromMap(new IdentityHashMap<>());

    /** What was skipped, so far. */
    private int skipped;

    private record Place(int segment, long offset) {}

    private Salvage(Disk disk, StoreClock clock, Consumer<String> report) {
        this.disk = disk;
        this.clock = clock;
        this.report = report;
    }

    /**
     * Copies all that is readable into a new directory.
     *
     * @return how many things had to be skipped; each was told to {@code report}
     */
    static int repair(Disk from, Disk to, StoreClock clock, Consumer<String> report) throws IOException {
        if (to.list().stream().anyMatch(name -> Manifest.isOurs(name) || name.equals(Manifest.NAME))) {
            throw new IOException(to.path() + " holds a queue already: give a new directory");
        }
        Salvage salvage = new Salvage(from, clock, report);
        salvage.read();
        Segments segments = new Segments(from);
        try {
            EventBytes bytes = new EventBytes(segments, from, 0);
            salvage.dropLost(bytes);
            new Rewrite(to, salvage.index, salvage.transitions, bytes).run();
        } finally {
            segments.close();
        }
        report.accept(salvage.index.size() + " jobs were kept");
        return salvage.skipped;
    }

    private void skip(String what) {
        skipped++;
        report.accept("skipped: " + what);
    }

    private void read() throws IOException {
        Optional<Manifest> manifest = Optional.empty();
        try {
            manifest = Manifest.read(disk);
        } catch (JobQueueException.Corrupt e) {
            skip(disk.path(Manifest.NAME) + ": " + e.getMessage());
        }
        long covered = 0;
        boolean whole = false;
        if (manifest.isPresent() && manifest.get().checkpoint().isPresent()) {
            Manifest.CheckpointFile file = manifest.get().checkpoint().get();
            try {
                // First into an index that can be thrown away.
                CheckpointReader.load(disk, file, new JobIndex(), clock);
                covered = CheckpointReader.load(disk, file, index, clock).record();
                whole = true;
            } catch (IOException | JobQueueException.Corrupt e) {
                skip(disk.path(file.file()) + ": " + e.getMessage());
            }
        }
        apply(records(manifest), covered, whole);
    }

    /** All records that prove themselves, by their number. */
    private Map<Long, Place> records(Optional<Manifest> manifest) throws IOException {
        Map<Long, Place> records = new TreeMap<>();
        List<Integer> ids = new ArrayList<>();
        disk.list().forEach(name -> SegmentFile.id(name).ifPresent(ids::add));
        ids.sort(Comparator.naturalOrder());
        for (int id : ids) {
            long limit = -1;
            if (manifest.isPresent()) {
                if (!manifest.get().names(SegmentFile.name(id))) {
                    continue;
                }
                limit = manifest.get().segments().stream()
                        .filter(s -> s.id() == id)
                        .findFirst()
                        .flatMap(s ->
                                s.bytes().isPresent() ? Optional.of(s.bytes().getAsLong()) : Optional.empty())
                        .orElse(-1L);
            }
            try (LogCursor cursor = LogCursor.sealed(disk, id, limit)) {
                scan(cursor, id, limit >= 0, records);
            }
        }
        if (manifest.isPresent()) {
            Set<String> files = disk.list();
            manifest.get().segments().stream()
                    .filter(s -> !files.contains(s.name()))
                    .forEach(s -> skip(disk.path(s.name()) + " is missing"));
        }
        return records;
    }

    private void scan(LogCursor cursor, int id, boolean sealed, Map<Long, Place> records) throws IOException {
        for (long at = 0; at < cursor.limit(); ) {
            Optional<RecordHeader> header = cursor.aloneAt(at);
            if (header.isPresent()) {
                records.put(header.get().sequence(), new Place(id, at));
                at += header.get().length();
                continue;
            }
            long next = cursor.nextAlone(at + 1);
            if (next < 0 && !sealed && cursor.isZeroFrom(at)) {
                return;
            }
            long end = next < 0 ? cursor.limit() : next;
            skip(cursor.path() + ", bytes " + at + " to " + end);
            at = end;
        }
    }

    private void apply(Map<Long, Place> records, long covered, boolean whole) throws IOException {
        Replay replay = new Replay(index, transitions, clock);
        if (whole) {
            long expected = covered;
            for (Map.Entry<Long, Place> r : records.entrySet()) {
                if (r.getKey() < covered) {
                    continue;
                }
                if (r.getKey() != expected) {
                    skip("records " + expected + " to " + (r.getKey() - 1));
                }
                expected = r.getKey() + 1;
                apply(replay, r.getValue(), null, this::skip);
            }
        } else {
            // Compaction has moved old definitions behind events of other jobs: so first all jobs, then what happened
            // to them.
            applyInserts(replay, records.values());
            for (Place place : records.values()) {
                apply(replay, place, false, this::skip);
            }
        }
        transitions.promote(clock.now().toEpochMilli());
    }

    /** Compaction may have moved what a job depends on behind it, too: so again, as long as more jobs fit. */
    private void applyInserts(Replay replay, Collection<Place> records) throws IOException {
        List<String> problems = new ArrayList<>();
        int before;
        do {
            before = index.size();
            problems.clear();
            for (Place place : records) {
                apply(replay, place, true, problems::add);
            }
        } while (!problems.isEmpty() && index.size() > before);
        problems.forEach(this::skip);
    }

    private void apply(Replay replay, Place place, @Nullable Boolean inserts, Consumer<String> skipped)
            throws IOException {
        try (LogCursor cursor = LogCursor.sealed(disk, place.segment(), -1)) {
            LogCursor.Found r = cursor.recordAt(place.offset());
            if (r != null) {
                replay.applyWhatFits(r.header(), r.bytes(), r.offset(), r.bodyPosition(), inserts, skipped);
            }
        }
    }

    private void dropLost(EventBytes bytes) {
        index.forEach(e -> {
            check(bytes, e, e.definition(), Event.Insert.class);
            if (e.finished()) {
                check(bytes, e, e.end(), Event.End.class);
            }
        });
        if (!lost.isEmpty()) {
            long now = clock.now().toEpochMilli();
            List<Entry> all = new ArrayList<>();
            index.forEach(all::add);
            all.forEach(e -> transitions.loseEdges(e, lost, now));
        }
        lost.forEach(index::forgetLost);
    }

    private void check(EventBytes bytes, Entry e, Ref ref, Class<? extends Event> kind) {
        try {
            byte[] event = bytes.read(ref);
            if (kind.isInstance(new EventReader(event, 0, event.length).next())) {
                return;
            }
            skip("job " + e.id() + ": no event of it at " + Position.show(ref.position()));
        } catch (JobQueueException | EventReader.UnreadableException x) {
            skip("job " + e.id() + ": " + x.getMessage());
        }
        lost.add(e);
    }
}
