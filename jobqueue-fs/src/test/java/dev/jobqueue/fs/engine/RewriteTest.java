package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.Jobs;
import dev.jobqueue.fs.journal.EventBytes;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.Segments;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DUR-3: what repair has kept is written as a directory that can be opened and goes on. */
class RewriteTest {
    private static final int LARGE = 600_000;

    private final StepDisk from = new StepDisk();
    private final StepDisk to = new StepDisk();
    private final ManualClock clock = new ManualClock();
    private final List<JobId> ids = new ArrayList<>();

    private DirectoryStore open(StepDisk disk) {
        return DirectoryStore.open(disk, new Settings(clock, 16 << 20, 0, 64 << 20, false, false));
    }

    private List<Optional<StoredJob>> all(DirectoryStore store) {
        return store.find(ids, EnumSet.allOf(Part.class));
    }

    private void rewrite(long segmentBytes) throws IOException {
        rewrite(segmentBytes, () -> {});
    }

    private void rewrite(long segmentBytes, Runnable before) throws IOException {
        Manifest manifest = Recovery.manifest(from).orElseThrow();
        Recovery recovery = Recovery.read(from, clock, manifest, true);
        for (Recovery.Tail t : recovery.tail) {
            recovery.apply(
                    t.header(), t.body(), 0, Position.of(t.header().segment(), t.offset() + RecordHeader.LENGTH));
        }
        before.run();
        Segments segments = new Segments(from);
        new Rewrite(to, recovery.index, recovery.transitions, new EventBytes(segments, from, 0), segmentBytes).run();
        segments.close();
    }

    /** One of each: running with progress, finished, canceled, blocked, and a scope that is paused. */
    private void aLittleOfEverything(DirectoryStore store) {
        ids.add(Jobs.insert(store, Jobs.job("1")));
        ids.add(Jobs.insert(store, Jobs.job("2")));
        ids.add(Jobs.insert(store, Jobs.job("3", new Dependency(ids.get(1), true))));
        List<ClaimedJob> running = Jobs.claim(store, 2);
        store.report(List.of(new ProgressReport(running.get(0).token(), RawJson.of("[50]"))));
        Jobs.succeed(store, running.get(1).token(), "\"done\"");
        ids.add(Jobs.insert(store, Jobs.job("4", new Dependency(ids.get(0), false))));
        ids.add(Jobs.insert(store, Jobs.job("5")));
        store.cancel(List.of(new CancelRequest(ids.get(4), "why", false)));
        store.pause(new PauseScope.Channel("c"));
    }

    private static String name(int id) {
        return SegmentFile.name(id);
    }

    @Test
    @DisplayName("a new directory holds the same jobs, takes new ones, and is durable before its manifest")
    void sameJobs() throws IOException {
        List<Optional<StoredJob>> before;
        try (DirectoryStore store = open(from)) {
            aLittleOfEverything(store);
            before = all(store);
        }
        rewrite(1 << 20);
        assertThat(to.steps())
                .filteredOn(step -> !step.startsWith("write"))
                .startsWith(
                        "create " + name(1),
                        "force " + name(1),
                        "close " + name(1),
                        "close " + name(1),
                        "create checkpoint-00000001.jsonl",
                        "force checkpoint-00000001.jsonl",
                        "close checkpoint-00000001.jsonl",
                        "force directory",
                        "delete MANIFEST.tmp");
        Manifest manifest = Manifest.read(to).orElseThrow();
        assertThat(manifest.checkpoint().orElseThrow().bytes()).isEqualTo(to.bytes("checkpoint-00000001.jsonl").length);
        assertThat(manifest.segments()).singleElement().satisfies(s -> {
            assertThat(s.id()).isEqualTo(1);
            assertThat(s.bytes()).hasValue(to.bytes(name(1)).length);
        });
        JobId later;
        try (DirectoryStore store = open(to)) {
            assertThat(all(store)).isEqualTo(before);
            assertThat(store.paused()).containsExactly(new PauseScope.Channel("c"));
            later = Jobs.insert(store, Jobs.job("6"));
        }
        try (DirectoryStore store = open(to)) {
            assertThat(all(store)).isEqualTo(before);
            assertThat(Jobs.find(store, later)).isPresent();
        }
    }

    @Test
    @DisplayName("much is written in records of a megabyte at most, and in several segments; none is left empty")
    void severalSegments() throws IOException {
        List<Optional<StoredJob>> before;
        try (DirectoryStore store = open(from)) {
            ids.addAll(Jobs.insertMany(store, 3, LARGE));
            ids.addAll(Jobs.insertMany(store, 3_500, 10));
            before = all(store);
        }
        rewrite(LARGE);
        List<String> steps = to.steps();
        Manifest manifest = Manifest.read(to).orElseThrow();
        assertThat(manifest.segments()).extracting(Manifest.Segment::id).startsWith(1, 2, 3);
        long sequence = 1;
        int chain = 0;
        for (Manifest.Segment s : manifest.segments()) {
            assertThat(s.bytes()).hasValue(to.bytes(s.name()).length);
            assertThat(steps).containsOnlyOnce("force " + s.name());
            try (LogCursor cursor = new LogCursor(to, s.id(), 0, -1, sequence, chain)) {
                while (cursor.next() != null) {
                    assertThat(cursor.sequence()).isEqualTo(++sequence);
                }
                assertThat(cursor.problem()).as("all follow each other").isEmpty();
                chain = cursor.chain();
            }
        }
        assertThat(to.list()).hasSize(manifest.segments().size() + 2);
        assertThat(steps.stream().filter(step -> step.startsWith("write checkpoint")))
                .as("in parts, and a foot")
                .hasSize(3);
        assertThat(to.bytes(name(1)).length).isBetween(LARGE, 1 << 20);
        try (DirectoryStore store = open(to)) {
            assertThat(all(store)).isEqualTo(before);
            Jobs.insert(store, Jobs.job("1"));
        }
        open(to).close();
    }

    @Test
    @DisplayName("a segment that would be empty is not kept")
    void emptySegment() throws IOException {
        try (DirectoryStore store = open(from)) {
            ids.add(Jobs.insert(store, Jobs.job("1")));
            ids.add(Jobs.insert(store, Jobs.job("2")));
        }
        rewrite(100);
        assertThat(Manifest.read(to).orElseThrow().segments()).hasSize(1);
        assertThat(to.list()).containsExactlyInAnyOrder("MANIFEST", "checkpoint-00000001.jsonl", name(1));
        try (DirectoryStore store = open(to)) {
            ids.add(Jobs.insert(store, Jobs.job("3")));
        }
        try (DirectoryStore store = open(to)) {
            assertThat(all(store)).allMatch(Optional::isPresent);
        }
    }

    @Test
    @DisplayName("where no job is left a queue is written that has none, and goes on")
    void noJobs() throws IOException {
        try (DirectoryStore store = open(from)) {
            store.pause(new PauseScope.Channel("c"));
        }
        rewrite(1 << 20);
        assertThat(to.list()).containsExactlyInAnyOrder("MANIFEST", "checkpoint-00000001.jsonl");
        try (DirectoryStore store = open(to)) {
            assertThat(store.paused()).hasSize(1);
            ids.add(Jobs.insert(store, Jobs.job("1")));
            assertThat(all(store)).allMatch(Optional::isPresent);
        }
    }

    @Test
    @DisplayName("a job of which only the progress cannot be read is written without it")
    void withoutProgress() throws IOException {
        try (DirectoryStore store = open(from)) {
            aLittleOfEverything(store);
        }
        int offset = new String(from.bytes(name(1)), StandardCharsets.ISO_8859_1).indexOf("[50]");
        rewrite(1 << 20, () -> from.flip(name(1), offset));
        try (DirectoryStore store = open(to)) {
            assertThat(Jobs.find(store, ids.get(0)).orElseThrow().status().progress())
                    .isEmpty();
            assertThat(all(store)).allMatch(Optional::isPresent);
        }
    }
}
