package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.Jobs;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which segments are moved and which are deleted. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompactionTest {
    private static final int SEGMENT = 16 << 10;
    private static final int ARGS = 1_000;

    private final StepDisk disk = new StepDisk();
    private final List<JobId> ids = new ArrayList<>();
    private DirectoryStore store = open(SEGMENT);

    @AfterEach
    void close() {
        store.close();
    }

    /** The background of this store deletes nothing: what is deleted is decided here. */
    private DirectoryStore open(int segmentBytes) {
        return DirectoryStore.open(disk, new Settings(StoreClock.system(), segmentBytes, 0, 1 << 30, false, true));
    }

    /** Jobs in so many full segments, and in the next one. */
    private void fill(int full) {
        while (Position.segment(end()) <= full) {
            ids.add(Jobs.insert(store, Jobs.job(Jobs.text(ARGS))));
        }
        Awaitility.await("the seals").until(() -> {
            List<Manifest.Segment> all = Recovery.manifest(disk).orElseThrow().segments();
            return all.stream().filter(s -> s.bytes().isPresent()).count() == full
                    && store.engine().supply.ready();
        });
    }

    private long end() {
        return Look.ask(store.engine().writer, core -> core.journal.end());
    }

    private Ref definition(JobId id) {
        return Look.ask(
                store.engine().writer,
                core -> Questions.find(core, List.of(id), Set.of())
                        .get(0)
                        .orElseThrow()
                        .definition());
    }

    /** The jobs whose definitions stand in this segment. */
    private List<JobId> in(int segment) {
        return ids.stream()
                .filter(id -> Position.segment(definition(id).position()) == segment)
                .toList();
    }

    private void remove(List<JobId> gone) {
        store.cancel(gone.stream().map(id -> new CancelRequest(id, "", false)).toList());
        gone.forEach(store::delete);
        ids.removeAll(gone);
    }

    private void compact(long covered, BooleanSupplier stop) throws IOException {
        disk.steps();
        store.engine().compaction.run(covered, stop);
    }

    private void compact(long covered) throws IOException {
        compact(covered, () -> false);
    }

    private static String name(int id) {
        return SegmentFile.name(id);
    }

    private void allAreWhole() {
        assertThat(store.find(ids, Set.of(Part.DEFINITION)))
                .allSatisfy(job -> assertThat(
                                job.orElseThrow().definition().orElseThrow().args())
                        .isEqualTo(RawJson.of(Jobs.text(ARGS))));
    }

    @Test
    @DisplayName(
            "what is live in a segment that is mostly dead is moved, and the segments without a live byte are deleted")
    void movesAndDeletes() throws IOException {
        ids.addAll(Jobs.insertMany(store, 2, ARGS));
        JobId running = ids.get(0);
        JobToken token = Jobs.claim(store, 1).get(0).token();
        store.report(List.of(new ProgressReport(token, RawJson.of("50"))));
        store.cancel(List.of(new CancelRequest(ids.get(1), "why", false)));
        fill(3);
        List<JobId> gone = new ArrayList<>(in(1));
        gone.removeAll(gone.subList(0, 4));
        gone.addAll(in(2));
        remove(gone);
        store.upkeepNow();
        compact(end());
        assertThat(disk.list()).doesNotContain(name(1), name(2)).contains(name(3), name(4));
        assertThat(Recovery.manifest(disk).orElseThrow().segments())
                .extracting(Manifest.Segment::id)
                .startsWith(3, 4);
        assertThat(disk.steps())
                .as("only when the manifest is durable")
                .containsSubsequence("rename MANIFEST.tmp to MANIFEST", "force directory", "delete " + name(1));
        assertThat(in(1)).isEmpty();
        assertThat(Jobs.find(store, running).orElseThrow().status().progress()).contains(RawJson.of("50"));
        allAreWhole();
        String dump = store.dump();
        assertThat(Inspection.dump(disk, true)).isEqualTo(dump);
        store.close();
        store = open(SEGMENT);
        allAreWhole();
    }

    @Test
    @DisplayName("upkeep gives back what the checkpoint it has just written covers")
    void upkeepCompacts() throws IOException {
        store.close();
        store = DirectoryStore.open(disk, new Settings(StoreClock.system(), SEGMENT, 0, 1 << 30, false, false));
        while (ids.isEmpty()
                || in(Position.segment(definition(ids.get(0)).position())).size() == ids.size()) {
            ids.add(Jobs.insert(store, Jobs.job(Jobs.text(ARGS))));
        }
        String first = name(Position.segment(definition(ids.get(0)).position()));
        remove(in(Position.segment(definition(ids.get(0)).position())));
        Awaitility.await("the seal, and a round behind it").until(() -> {
            store.upkeepNow();
            return !disk.list().contains(first);
        });
        allAreWhole();
    }

    @Test
    @DisplayName("a segment that is mostly live stays as it is")
    void leavesWhatIsLive() throws IOException {
        fill(2);
        remove(in(1).subList(0, 5));
        remove(in(2).subList(0, 5));
        compact(end());
        assertThat(disk.steps()).doesNotContain("close " + name(1)).noneMatch(step -> step.startsWith("write segment"));
        assertThat(disk.list()).contains(name(1), name(2));
    }

    @Test
    @DisplayName("a segment is deleted only if a checkpoint covers all of it")
    void deletesWhatIsCovered() throws IOException {
        fill(3);
        List<JobId> gone = new ArrayList<>(in(1));
        gone.addAll(in(2));
        remove(gone);
        compact(Position.of(2, SEGMENT));
        assertThat(disk.list()).doesNotContain(name(1)).contains(name(2), name(3));
        compact(Position.of(3, 0));
        assertThat(disk.list()).doesNotContain(name(2)).contains(name(3));
    }

    @Test
    @DisplayName("it stops between two steps when it is told to")
    void stops() throws IOException {
        fill(2);
        remove(in(1).subList(1, 10));
        remove(in(2));
        compact(end(), () -> true);
        assertThat(disk.steps()).doesNotContain("close " + name(1));
        AtomicInteger asked = new AtomicInteger();
        compact(end(), () -> asked.getAndIncrement() > 0);
        assertThat(disk.steps())
                .as("looked at, not moved")
                .contains("close " + name(1))
                .noneMatch(step -> step.startsWith("write segment"));
        assertThat(disk.list()).contains(name(1), name(2));
    }

    @Test
    @DisplayName("much is moved in several records, so that no call waits for long")
    void movesInPortions() throws IOException {
        store.close();
        store = open(2 << 20);
        for (int i = 0; i < 5; i++) {
            ids.addAll(Jobs.insertMany(store, 500, ARGS));
        }
        int moved = Position.segment(definition(ids.get(0)).position());
        Awaitility.await("the seal")
                .until(() -> Recovery.manifest(disk).orElseThrow().segments().stream()
                        .anyMatch(s -> s.id() == moved && s.bytes().isPresent()));
        List<JobId> all = in(moved);
        remove(all.subList(0, all.size() * 2 / 3));
        int target = Position.segment(end());
        compact(end());
        int records = 0;
        try (LogCursor cursor = LogCursor.sealed(disk, target, -1)) {
            for (LogCursor.@Nullable Found r = cursor.next(); r != null; r = cursor.next()) {
                if (r.header().kind() == RecordHeader.KEPT) {
                    assertThat(r.header().bodyLength()).isLessThan((256 << 10) + 2 * ARGS);
                    records++;
                }
            }
        }
        assertThat(records).isEqualTo((all.size() / 3 * 1_100 / (256 << 10)) + 1);
        allAreWhole();
    }

    @Test
    @DisplayName("a segment with damage stays, and is read once only")
    void leavesWhatIsDamaged() throws IOException {
        fill(2);
        List<JobId> first = in(1);
        JobId last = first.get(first.size() - 1);
        remove(first.subList(1, first.size() - 1));
        int offset = (int) Position.offset(definition(last).position());
        disk.flip(name(1), offset + 500);
        compact(end());
        assertThat(disk.steps()).contains("close " + name(1));
        assertThat(Position.segment(definition(first.get(0)).position()))
                .as("what stands before the damage is moved")
                .isGreaterThan(1);
        assertThat(Position.segment(definition(last).position())).isEqualTo(1);
        compact(end());
        assertThat(disk.steps()).doesNotContain("close " + name(1));
        assertThat(disk.list()).contains(name(1));
    }

    @Test
    @DisplayName("a file is closed when it is deleted, and deleted when every reader that began before has left")
    void waitsForReaders() throws Exception {
        fill(2);
        JobId read = in(1).get(0);
        assertThat(Jobs.find(store, read)).isPresent();
        remove(in(1));
        List<Exception> problems = new ArrayList<>();
        Thread other = new Thread(() -> {
            try {
                compact(end());
            } catch (IOException | RuntimeException e) {
                problems.add(e);
            }
        });
        String seen = Look.ask(store.engine().writer, core -> "", nothing -> {
            other.start();
            while (other.isAlive() && !(LockSupport.getBlocker(other) instanceof ReadGate.Generation)) {
                Thread.onSpinWait();
            }
            return String.join(" ", disk.list());
        });
        assertThat(seen).contains(name(1));
        other.join();
        assertThat(problems).isEmpty();
        assertThat(disk.list()).doesNotContain(name(1));
        assertThat(disk.steps()).containsSubsequence("close " + name(1), "delete " + name(1));
    }
}
