package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobOptions;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.fs.state.ChangeLog;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DUR-3: what repair keeps of damaged files, and what it tells. */
class SalvageTest {
    private final StepDisk disk = new StepDisk();
    private final StepDisk to = new StepDisk();
    private final HandMadeLog log = new HandMadeLog(disk);
    private final List<String> told = new ArrayList<>();
    private Manifest manifest = Manifest.EMPTY;

    private HandMadeLog open(int id) {
        manifest = manifest.withOpen(id);
        return log.segment(id);
    }

    /** Repairs, which must tell exactly this; the numbers of the records that were kept. */
    private List<Long> repair(String... skipped) throws IOException {
        int count = Salvage.repair(disk, to, StoreClock.system(), told::add);
        List<String> expected = new ArrayList<>();
        for (String line : skipped) {
            expected.add("skipped: " + line);
        }
        expected.add("0 jobs were kept");
        assertThat(told).containsExactlyElementsOf(expected);
        assertThat(count).isEqualTo(skipped.length);
        assertThat(disk.open()).isEmpty();
        assertThat(to.open()).isEmpty();
        Manifest made = Manifest.read(to).orElseThrow();
        return HandMadeLog.applied(Recovery.read(to, StoreClock.system(), made, true).index);
    }

    private void startAnew() throws IOException {
        told.clear();
        for (String name : to.list()) {
            to.delete(name);
        }
    }

    @Test
    @DisplayName("of whole files all is kept, with or without manifest, and nothing is told")
    void wholeFiles() throws IOException {
        open(1).record().record();
        manifest = manifest.withSealed(1, log.length());
        open(2).record().zeros(100);
        open(3).zeros(100);
        assertThat(repair()).containsExactly(1L, 2L, 3L);
        manifest.write(disk);
        startAnew();
        assertThat(repair()).containsExactly(1L, 2L, 3L);
    }

    @Test
    @DisplayName("the bytes that prove nothing are told, and the numbers of the records that are missing")
    void damagedRecords() throws IOException {
        open(1).record();
        int from = log.length();
        log.record().record();
        int to = log.length();
        log.record().zeros(50);
        log.flip(1, from + 3).flip(1, to - 2);
        Manifest.CheckpointFile checkpoint = new HandMadeLog(disk).checkpoint(0);
        manifest.withCheckpoint(checkpoint).write(disk);
        assertThat(repair("steps/segment-00000001.log, bytes " + from + " to " + to, "records 2 to 3"))
                .containsExactly(1L, 4L);
    }

    @Test
    @DisplayName("a torn end is told up to the end of the file")
    void tornEnd() throws IOException {
        open(1).record();
        int end = log.length();
        log.record();
        log.flip(1, end + 1);
        manifest.write(disk);
        assertThat(repair("steps/segment-00000001.log, bytes " + end + " to " + log.length()))
                .containsExactly(1L);
    }

    @Test
    @DisplayName("zeros in a sealed segment are damage, and what stands behind its end is not looked at")
    void sealedSegment() throws IOException {
        open(1).record();
        int end = log.length();
        log.zeros(100).record();
        manifest.withSealed(1, end + 100L).write(disk);
        assertThat(repair("steps/segment-00000001.log, bytes " + end + " to " + (end + 100)))
                .containsExactly(1L);
    }

    @Test
    @DisplayName("segments that the manifest does not name are left out, unless it is damaged")
    void strangeSegments() throws IOException {
        open(1).record();
        log.segment(2).record();
        manifest.write(disk);
        assertThat(repair()).containsExactly(1L);
    }

    @Test
    @DisplayName("with a damaged manifest all segments are used, and of two records with one number the later one")
    void damagedManifest() throws IOException {
        log.segment(1).record().record();
        log.sequence = 2;
        log.segment(2).record(0, "{\"pause\":\"channel\",\"name\":\"99\"}\n").record();
        disk.put(Manifest.NAME, new byte[] {'{'});
        int count = Salvage.repair(disk, to, StoreClock.system(), told::add);
        assertThat(count).isEqualTo(1);
        assertThat(told).hasSize(2).first().asString().startsWith("skipped: steps/MANIFEST: steps/MANIFEST is damaged");
        Manifest made = Manifest.read(to).orElseThrow();
        assertThat(HandMadeLog.applied(Recovery.read(to, StoreClock.system(), made, true).index))
                .containsExactly(1L, 3L, 99L);
    }

    @Test
    @DisplayName("a segment that is missing is told")
    void missingSegment() throws IOException {
        open(1).record();
        open(2).record();
        open(3).record();
        manifest.write(disk);
        disk.delete(SegmentFile.name(2));
        assertThat(repair("steps/segment-00000002.log is missing")).containsExactly(1L, 3L);
    }

    @Test
    @DisplayName("what a whole checkpoint covers is not applied again; the record that must follow it is missed")
    void wholeCheckpoint() throws IOException {
        open(1).record().record();
        Manifest.CheckpointFile checkpoint = log.checkpoint(Position.of(1, log.length()));
        int from = log.length();
        log.record();
        int end = log.length();
        log.record();
        manifest.withCheckpoint(checkpoint).write(disk);
        assertThat(repair()).containsExactly(3L, 4L);
        startAnew();
        log.flip(1, from + 1);
        assertThat(repair("steps/segment-00000001.log, bytes " + from + " to " + end, "records 3 to 3"))
                .containsExactly(4L);
    }

    @Test
    @DisplayName("without its checkpoint all records are applied")
    void damagedCheckpoint() throws IOException {
        open(1).record().record();
        Manifest.CheckpointFile checkpoint = log.checkpoint(Position.of(1, log.length()));
        log.record();
        manifest.withCheckpoint(checkpoint).write(disk);
        disk.delete(checkpoint.file());
        assertThat(repair("steps/checkpoint-00000001.jsonl: checkpoint-00000001.jsonl"))
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    @DisplayName("a record with an event that cannot be read is kept up to it")
    void unreadableEvent() throws IOException {
        open(1).record(0, "{\"pause\":\"channel\",\"name\":\"7\"}\n{\"nonsense\":1}\n")
                .record();
        manifest.write(disk);
        Salvage.repair(disk, to, StoreClock.system(), told::add);
        assertThat(told.get(0)).startsWith("skipped: rest of the record at segment-00000001.log at byte ");
        Manifest made = Manifest.read(to).orElseThrow();
        assertThat(HandMadeLog.applied(Recovery.read(to, StoreClock.system(), made, true).index))
                .containsExactly(2L, 7L);
    }

    private static String insert(int job, String dependencies) {
        return "{\"insert\":\"" + new UUID(1, job) + "\",\"sequence\":" + job + ",\"at\":1,\"type\":\"a\""
                + dependencies + ",\"args\":1}\n" + job + "\n";
    }

    private List<Long> jobs() throws IOException {
        Manifest made = Manifest.read(to).orElseThrow();
        List<Long> jobs = new ArrayList<>();
        Recovery.read(to, StoreClock.system(), made, true).index.forEach(e -> jobs.add(e.idLow));
        return jobs;
    }

    @Test
    @DisplayName(
            "without a checkpoint a job is kept though its dependency stands behind it; one whose dependency is gone is told once")
    void dependenciesBehind() throws IOException {
        String after = ",\"dependencies\":[\"after " + new UUID(1, 2) + "\"]";
        String afterGone = ",\"dependencies\":[\"after " + new UUID(1, 9) + "\"]";
        open(1).record(0, insert(3, after)).record(0, insert(4, afterGone)).record(0, insert(2, ""));
        manifest.write(disk);
        int count = Salvage.repair(disk, to, StoreClock.system(), told::add);
        assertThat(told).hasSize(2).last().isEqualTo("2 jobs were kept");
        assertThat(told.get(0))
                .startsWith("skipped: event at segment-00000001.log at byte ")
                .endsWith("there is no job " + new UUID(1, 9));
        assertThat(count).isEqualTo(1);
        assertThat(jobs()).containsExactlyInAnyOrder(2L, 3L);
        assertThat(disk.open()).isEmpty();
        assertThat(to.open()).isEmpty();
    }

    @Test
    @DisplayName("a job of a checkpoint is left out if another event stands where its definition should")
    void anotherEvent() throws IOException {
        open(1).record();
        byte[] event = Arrays.copyOfRange(disk.bytes(SegmentFile.name(1)), RecordHeader.LENGTH, log.length());
        CRC32C sum = new CRC32C();
        sum.update(event);
        Ref pause = new Ref(Position.of(1, RecordHeader.LENGTH), event.length, (int) sum.getValue());
        JobIndex index = new JobIndex();
        Entry job = new Entry(1, 2, index.pairOrNew(new TypeChannel(TypeName.parse("a"), "default")));
        new Transitions(index, new ChangeLog()).insert(job, 1, Edges.NONE, JobOptions.DEFAULT, 1, 0, pause);
        manifest.withCheckpoint(log.checkpoint(Position.of(1, log.length()), job))
                .write(disk);
        assertThat(repair("job " + job.id() + ": no event of it at " + Position.show(pause.position())))
                .isEmpty();
    }

    @Test
    @DisplayName("the new directory must not hold a queue, or what is left of one; other files do not matter")
    void targetHoldsAQueue() throws IOException {
        open(1).record();
        manifest.write(disk);
        for (String name : List.of(Manifest.NAME, SegmentFile.name(5), Manifest.CheckpointFile.name(2))) {
            to.put(name, new byte[0]);
            assertThatThrownBy(() -> Salvage.repair(disk, to, StoreClock.system(), told::add))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("steps holds a queue already");
            to.delete(name);
        }
        to.put("notes.txt", new byte[0]);
        assertThat(repair()).containsExactly(1L);
    }
}
