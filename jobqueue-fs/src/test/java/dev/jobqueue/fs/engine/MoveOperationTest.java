package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.event.EventReader;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What compaction copies to the end of the journal: the events that are still needed and stand where it has found them. */
class MoveOperationTest {
    private final StepDisk disk = new StepDisk();
    private EngineCalls engine;

    @BeforeEach
    void open() throws IOException {
        engine = new EngineCalls(disk, new Settings(StoreClock.system(), 1 << 20, 0, 1 << 20, false, false));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private void reopen() throws IOException {
        engine.close();
        open();
    }

    private byte[] bytes(Ref ref) throws IOException {
        byte[] segment = disk.bytes(SegmentFile.name(Position.segment(ref.position())));
        int from = (int) Position.offset(ref.position());
        return Arrays.copyOfRange(segment, from, from + ref.length());
    }

    private MoveOperation.Candidate candidate(Ref ref) throws Exception {
        byte[] bytes = bytes(ref);
        Event event = Objects.requireNonNull(new EventReader(bytes, 0, bytes.length).next());
        return new MoveOperation.Candidate(event, ref.position(), bytes);
    }

    private void move(MoveOperation.Candidate... candidates) {
        engine.writer().call(new MoveOperation(List.of(candidates)));
    }

    private Map<Integer, Long> live() {
        return Look.ask(engine.writer(), core -> core.index.live.snapshot());
    }

    private long records() {
        return engine.records();
    }

    private Ref definition(JobId id) {
        return engine.of(id, Entry::definition);
    }

    private Ref end(JobId id) {
        return engine.of(id, Entry::end);
    }

    private Ref progress(JobId id) {
        return engine.of(id, e -> Objects.requireNonNull(e.open().progress()));
    }

    /** The same event stands at another place, with as many live bytes. */
    private void isMoved(Ref from, Ref to, Map<Integer, Long> liveBefore) throws IOException {
        assertThat(to.position()).isGreaterThan(from.position());
        assertThat(to.length()).isEqualTo(from.length());
        assertThat(to.crc()).isEqualTo(from.crc());
        assertThat(bytes(to)).isEqualTo(bytes(from));
        assertThat(live()).isEqualTo(liveBefore);
    }

    @Test
    @DisplayName("a definition is moved in a record of kind K of its own")
    void definition() throws Exception {
        JobId id = engine.insert("\"args\"");
        Ref from = definition(id);
        Map<Integer, Long> before = live();
        long record = records();
        move(candidate(from));
        Ref to = definition(id);
        isMoved(from, to, before);
        assertThat(records()).isEqualTo(record + 1);
        byte[] segment = disk.bytes(SegmentFile.name(Position.segment(to.position())));
        assertThat((char) segment[(int) Position.offset(to.position()) - RecordHeader.LENGTH])
                .isEqualTo(RecordHeader.KEPT);
        reopen();
        assertThat(bytes(definition(id))).isEqualTo(bytes(from));
        assertThat(definition(id).position()).isNotEqualTo(from.position());
    }

    @Test
    @DisplayName("the end of a job and the progress of a running one are moved with it, in one record")
    void endAndProgress() throws Exception {
        JobId finished = engine.insert("1");
        engine.succeed(engine.claim(), "\"result\"");
        JobId running = engine.insert("2");
        engine.report(engine.claim(), "\"half\"");
        Ref end = end(finished);
        Ref progress = progress(running);
        Map<Integer, Long> before = live();
        long record = records();
        move(candidate(definition(finished)), candidate(end), candidate(progress));
        isMoved(end, end(finished), before);
        isMoved(progress, progress(running), before);
        assertThat(records()).isEqualTo(record + 1);
        reopen();
        assertThat(bytes(end(finished))).isEqualTo(bytes(end));
        assertThat(bytes(progress(running))).isEqualTo(bytes(progress));
    }

    @Test
    @DisplayName("what was moved already, or replaced, is left alone")
    void standsElsewhere() throws Exception {
        JobId finished = engine.insert("1");
        engine.succeed(engine.claim(), "1");
        JobId running = engine.insert("2");
        JobToken token = engine.claim();
        engine.report(token, "1");
        MoveOperation.Candidate[] old = {
            candidate(definition(finished)), candidate(end(finished)), candidate(progress(running))
        };
        move(old[0], old[1]);
        engine.report(token, "2");
        Ref definition = definition(finished);
        Ref end = end(finished);
        Ref progress = progress(running);
        long records = records();
        move(old);
        assertThat(definition(finished)).isEqualTo(definition);
        assertThat(end(finished)).isEqualTo(end);
        assertThat(progress(running)).isEqualTo(progress);
        assertThat(records()).as("nothing was written").isEqualTo(records);
    }

    @Test
    @DisplayName("the events of a job that is gone are left alone, and so are those of one that came back under its id")
    void goneAndBack() throws Exception {
        JobId id = engine.insert("1");
        JobToken token = engine.claim();
        engine.report(token, "1");
        MoveOperation.Candidate progress = candidate(progress(id));
        engine.succeed(token, "1");
        MoveOperation.Candidate[] old = {candidate(definition(id)), candidate(end(id)), progress};
        long records = records();
        move(progress);
        assertThat(records()).as("the progress of a finished job").isEqualTo(records);
        engine.delete(id);
        records = records();
        move(old);
        assertThat(records()).as("a deleted job").isEqualTo(records);
        engine.insert(id, "1");
        Ref definition = definition(id);
        records = records();
        move(old);
        assertThat(definition(id)).isEqualTo(definition);
        assertThat(records()).as("another job with this id").isEqualTo(records);
    }

    @Test
    @DisplayName("it asks for the room that all candidates take")
    void bound() throws Exception {
        JobId first = engine.insert("1");
        JobId second = engine.insert("\"more\"");
        MoveOperation operation =
                new MoveOperation(List.of(candidate(definition(first)), candidate(definition(second))));
        long bound = Look.ask(engine.writer(), operation::bound);
        assertThat(bound)
                .isEqualTo(definition(first).length() + definition(second).length());
        assertThat(operation.alone()).isTrue();
    }
}
