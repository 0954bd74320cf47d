package dev.jobqueue.fs.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.ChangeLog;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DUR-3: a checkpoint says all that is in memory, and a wrong one is refused with the reason. */
class CheckpointReaderTest {
    private static final String NAME = Manifest.CheckpointFile.name(1);
    private static final long POSITION = Position.of(3, 8_000);
    private static final long RECORD = 42;
    private static final int CHAIN = 0x89abcdef;
    private static final long NEXT_SEQUENCE = 1_000_000;
    private static final String HEAD =
            "{\"checkpoint\":1,\"segment\":3,\"offset\":8000,\"record\":42,\"chain\":\"89abcdef\",\"nextSequence\":9}\n";
    private static final String PAIR = "{\"pair\":1,\"type\":\"a\",\"channel\":\"c\"}\n";
    private static final JobError ERROR =
            new JobError(7, ErrorClass.CLIENT, "no \u0000 good", RawJson.of("{\"a\": 1}"), true);

    @TempDir
    Path directory;

    private final JobIndex index = new JobIndex();
    private final Transitions transitions = new Transitions(index, new ChangeLog());
    private final StoreClock clock = new ManualClock();
    private RealDisk disk;
    private long jobs;

    /** How far the sequence numbers are apart. */
    private long step = 1;

    @BeforeEach
    void take() throws IOException {
        disk = RealDisk.take(directory);
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    private static Ref ref(int segment, int length) {
        return new Ref(Position.of(segment, 100L * length), length, -length);
    }

    private Entry insert(String type, JobOptions options, long wait, Edges edges) {
        Entry e = new Entry(5, ++jobs, index.pairOrNew(new TypeChannel(TypeName.parse(type), options.channel())));
        transitions.insert(e, jobs * step, edges, options, 1_000 + jobs, wait, ref(1, 100));
        return e;
    }

    private Entry insert() {
        return insert("a", JobOptions.DEFAULT, 0, Edges.NONE);
    }

    private void start(Entry e, long token) {
        transitions.start(e, 6, token, "worker \"1\"", 2_000, 0, 0);
    }

    private void end(Entry e, JobState state, Attempt.End how) {
        transitions.end(e, state, 3_000, how, null, state == JobState.SUCCEEDED ? 0 : -1, ref(2, 10));
    }

    private void jobsInEveryState() {
        JobOptions rich = new JobOptions(
                "kanal-\u00e4",
                -5,
                3,
                new Backoff(Duration.ofNanos(1_000_001), Duration.ofSeconds(1), 1.5),
                1,
                Optional.of(Instant.ofEpochMilli(123)),
                Optional.empty(),
                Optional.of(Duration.ofHours(1)),
                Optional.of("key"));
        Entry ready = insert("a:b", rich, 0, Edges.NONE);
        Entry scheduled = insert("a", JobOptions.DEFAULT, 9_000, Edges.NONE);
        Entry running = insert();
        start(running, 1);
        transitions.requeue(running, Attempt.End.FAILED, 2_500, 2_600, ERROR);
        start(running, 2);
        transitions.requeue(running, Attempt.End.HEARTBEAT_LOST, 2_500, OpenJob.NEVER, null);
        start(running, 3);
        transitions.progress(running, ref(2, 5));
        Entry failed = insert();
        start(failed, 4);
        end(failed, JobState.FAILED, Attempt.End.TIMED_OUT);
        Entry follows = insert("a", JobOptions.DEFAULT, 0, Edges.of(new Entry[] {failed}, new boolean[] {true}));
        transitions.end(follows, JobState.FAILED, 3_000, null, Cause.of(failed), -1, ref(2, 10));
        Entry last = insert(
                "a", JobOptions.DEFAULT, 0, Edges.of(new Entry[] {ready, follows, scheduled, follows}, new boolean[] {
                    false, true, true, false
                }));
        transitions.end(last, JobState.FAILED, 3_000, null, Cause.of(follows), -1, ref(2, 10));
        Entry succeeded = insert();
        start(succeeded, 5);
        end(succeeded, JobState.SUCCEEDED, Attempt.End.SUCCEEDED);
        Entry blocked =
                insert("a", JobOptions.DEFAULT, 700, Edges.of(new Entry[] {running, succeeded, running}, new boolean[] {
                    false, true, false
                }));
        Entry attempts = insert();
        for (int i = 0; i < 4; i++) {
            start(attempts, 100 + i);
            transitions.requeue(attempts, Attempt.End.RELEASED, 2_500, OpenJob.NEVER, null);
        }
        assertThat(blocked.state()).isEqualTo(JobState.BLOCKED);
        JobOptions delayed = new JobOptions(
                "default",
                0,
                1,
                new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1).plusNanos(1), 2),
                2,
                Optional.empty(),
                Optional.of(Duration.ofSeconds(2)),
                Optional.empty(),
                Optional.empty());
        insert("a", delayed, 2_000, Edges.NONE);
        transitions.pause(new PauseScope.Channel("c"));
        transitions.pause(new PauseScope.Type(TypeName.parse("a:b")));
        transitions.pause(new PauseScope.Family("a"));
    }

    /** A checkpoint of an index, each job written at once. */
    private static byte[] write(JobIndex index, int epoch) {
        Utf8Out out = new Utf8Out(1_000);
        CheckpointWriter writer = new CheckpointWriter(out, epoch);
        writer.head(POSITION, RECORD, CHAIN, NEXT_SEQUENCE);
        index.paused().forEach(writer::pause);
        List<Entry> all = new ArrayList<>();
        index.forEach(all::add);
        all.sort((a, b) -> Long.compare(a.sequence(), b.sequence()));
        all.forEach(writer::job);
        CheckpointWriter.foot(out, all.size(), crc(out.toBytes()));
        return out.toBytes();
    }

    private static int crc(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return (int) sum.getValue();
    }

    private CheckpointReader.Head load(byte[] bytes, JobIndex into) throws IOException {
        try (DiskFile file = disk.create(NAME)) {
            file.write(0, ByteBuffer.wrap(bytes));
        }
        try {
            return CheckpointReader.load(disk, new Manifest.CheckpointFile(NAME, bytes.length), into, clock);
        } finally {
            disk.delete(NAME);
        }
    }

    private void loadsAsItWas() throws IOException {
        byte[] written = write(index, 1);
        JobIndex loaded = new JobIndex();
        CheckpointReader.Head head = load(written, loaded);
        assertThat(head).isEqualTo(new CheckpointReader.Head(POSITION, RECORD, CHAIN, jobs));
        assertThat(loaded.nextSequence()).isEqualTo(NEXT_SEQUENCE);
        assertThat(new String(write(loaded, 1), StandardCharsets.UTF_8))
                .isEqualTo(new String(written, StandardCharsets.UTF_8));
        assertThat(loaded.live.snapshot()).isEqualTo(index.live.snapshot());
    }

    @Test
    @DisplayName("what was loaded is written again letter by letter, and its bytes are live")
    void everyState() throws IOException {
        jobsInEveryState();
        loadsAsItWas();
    }

    @Test
    @DisplayName("sequence numbers may be far apart, as after a prune")
    void farApart() throws IOException {
        step = 10_000;
        jobsInEveryState();
        loadsAsItWas();
    }

    @Test
    void empty() throws IOException {
        loadsAsItWas();
    }

    @Test
    @DisplayName("FIN-8, FIN-10: tokens of former attempts are known, failures and recoveries are counted")
    void tokens() throws IOException {
        jobsInEveryState();
        JobIndex loaded = new JobIndex();
        load(write(index, 1), loaded);
        Entry running = Objects.requireNonNull(loaded.byToken(6, 3));
        assertThat(running.state()).isEqualTo(JobState.RUNNING);
        assertThat(running.open().failures()).isEqualTo(1);
        assertThat(running.open().recoveries()).isEqualTo(1);
        assertThat(running.open().attempts()).isEqualTo(3);
        assertThat(Objects.requireNonNull(loaded.pastToken(6, 1)).end).isEqualTo(Attempt.End.FAILED);
        assertThat(Objects.requireNonNull(loaded.pastToken(6, 2)).end).isEqualTo(Attempt.End.HEARTBEAT_LOST);
        for (int i = 0; i < 3; i++) {
            assertThat(loaded.pastToken(6, 100 + i)).as("attempt %d", i).isNotNull();
        }
        index.forEach(e -> {
            JobToken token = e.token();
            if (token != null) {
                UUID value = token.value();
                Entry found = loaded.byToken(value.getMostSignificantBits(), value.getLeastSignificantBits());
                assertThat(found).as("%s", e.state()).extracting(Entry::id).isEqualTo(e.id());
            }
        });
    }

    @Test
    @DisplayName("DEP-1, ENQ-5: loaded jobs go on: dependents are released, keys are held, pauses hold")
    void goesOn() throws IOException {
        jobsInEveryState();
        JobIndex loaded = new JobIndex();
        load(write(index, 1), loaded);
        Transitions further = new Transitions(loaded, new ChangeLog());
        Entry ready = Objects.requireNonNull(loaded.job(5, 1));
        assertThat(loaded.holder(ready.pair, "key")).isSameAs(ready);
        assertThat(loaded.paused()).isEqualTo(index.paused());
        assertThat(ready.pair.firstReady()).isSameAs(ready);
        Entry blocked = Objects.requireNonNull(loaded.job(5, 8));
        assertThat(blocked.state()).isEqualTo(JobState.BLOCKED);
        further.end(
                Objects.requireNonNull(loaded.job(5, 3)),
                JobState.FAILED,
                9_999,
                Attempt.End.FAILED,
                null,
                -1,
                ref(2, 10));
        assertThat(blocked.state()).isEqualTo(JobState.READY);
        Entry last = Objects.requireNonNull(loaded.job(5, 6));
        Entry failed = Objects.requireNonNull(loaded.job(5, 4));
        assertThat(last.cause()).isEqualTo(new Cause(Objects.requireNonNull(loaded.job(5, 5)), failed, 2));
        assertThat(loaded.hasDependents(failed)).isTrue();
        assertThat(loaded.prunableAfter(null)).isSameAs(last);
    }

    @Test
    @DisplayName("a line may be longer than what is read at a time")
    void longLines() throws IOException {
        Entry e = insert();
        for (int i = 0; i < 20; i++) {
            start(e, i);
            RawJson details = RawJson.of("\"" + "x".repeat(200_000 + i) + "\"");
            transitions.requeue(
                    e,
                    Attempt.End.FAILED,
                    2_500,
                    OpenJob.NEVER,
                    new JobError(1, ErrorClass.INTERNAL, "long", details, false));
        }
        insert();
        loadsAsItWas();
    }

    @Test
    @DisplayName("no byte can change unseen, whatever the damaged line says")
    void noByteCanChangeUnseen() throws IOException {
        jobsInEveryState();
        byte[] bytes = write(index, 1);
        Manifest.CheckpointFile named = new Manifest.CheckpointFile(NAME, bytes.length);
        try (DiskFile file = disk.create(NAME)) {
            file.write(0, ByteBuffer.wrap(bytes));
            for (int i = 0; i < bytes.length; i++) {
                for (byte other : new byte[] {(byte) (bytes[i] ^ 1 << (i % 7)), '\n'}) {
                    file.write(i, ByteBuffer.wrap(new byte[] {other}));
                    // The digits of the checksum of all lines may be upper case letters, too.
                    if (Character.toLowerCase(other) != bytes[i]) {
                        assertThatThrownBy(() -> CheckpointReader.load(disk, named, new JobIndex(), clock))
                                .as("byte %d is %d", i, other)
                                .isInstanceOf(JobQueueException.Corrupt.class);
                    }
                }
                file.write(i, ByteBuffer.wrap(bytes, i, 1));
            }
        }
    }

    private void isRefused(String text, String why) {
        JobIndex into = new JobIndex();
        assertThatThrownBy(() -> load(text.getBytes(StandardCharsets.UTF_8), into))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining(NAME)
                .hasMessageContaining(why);
    }

    private static String foot(int jobs, String before) {
        return "{\"jobs\":" + jobs + ",\"crc32c\":\"" + Utf8OutHex.of(crc(before.getBytes(StandardCharsets.UTF_8)))
                + "\"}\n";
    }

    private static String whole(int jobs, String... lines) {
        String before = HEAD + PAIR + String.join("", lines);
        return before + foot(jobs, before);
    }

    private static String job(int id, long sequence, String more) {
        return "{\"job\":\"00000000-0000-0000-0000-00000000000" + id + "\",\"sequence\":" + sequence
                + ",\"pair\":1,\"state\":\"READY\",\"definition\":[1,2,3,4]" + more + ",\"enqueued\":1}\n";
    }

    /** Eight digits, as in the file. */
    private static final class Utf8OutHex {
        static String of(int value) {
            return new String(new Utf8Out(8).hex(value, 8).toBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void aWholeFileIsRead() throws IOException {
        JobIndex into = new JobIndex();
        load(
                whole(2, job(1, 5, ",\"unknown\":[{\"of\":\"later\"}]"), job(2, 7, ""))
                        .getBytes(StandardCharsets.UTF_8),
                into);
        assertThat(into.size()).isEqualTo(2);
        assertThat(into.nextSequence()).isEqualTo(9);
    }

    @Test
    @DisplayName("TYP-6: fields of a later release are skipped in every line")
    void unknownFields() throws IOException {
        String later = "\"later\":{\"a\":[1,{\"b\":null}]},";
        String text = HEAD.replace("\"segment\"", later + "\"segment\"")
                + PAIR.replace("\"type\"", later + "\"type\"")
                + job(
                        1,
                        5,
                        ",\"ended\":[{\"number\":3," + later + "\"worker\":\"w\",\"started\":4,\"error\":{\"code\":7,"
                                + later + "\"class\":\"CLIENT\",\"reason\":\"r\",\"permanent\":false}}]")
                + job(2, 6, "," + later + "\"priority\":4");
        text += foot(2, text).replace("\"crc32c\"", later + "\"crc32c\"");
        JobIndex into = new JobIndex();
        assertThat(load(text.getBytes(StandardCharsets.UTF_8), into))
                .isEqualTo(new CheckpointReader.Head(POSITION, RECORD, CHAIN, 2));
        Entry first = Objects.requireNonNull(into.job(0, 1));
        assertThat(first.pair.key).isEqualTo(new TypeChannel(TypeName.parse("a"), "c"));
        JobError error = new JobError(7, ErrorClass.CLIENT, "r", RawJson.NULL, false);
        assertThat(first.open().ended())
                .containsExactly(new Attempt(
                        3, "w", Instant.ofEpochMilli(4), Optional.empty(), Optional.empty(), Optional.of(error)));
        assertThat(Objects.requireNonNull(into.job(0, 2)).open().options().priority())
                .isEqualTo(4);
    }

    @Test
    void wrongJobsAreRefused() {
        isRefused(whole(2, job(1, 5, ""), job(1, 7, "")), "stands there twice");
        isRefused(whole(2, job(1, 5, ""), job(2, 5, "")), "the same sequence number");
        isRefused(
                whole(1, job(1, 5, ",\"edges\":[\"after 00000000-0000-0000-0000-000000000009\"]")),
                "names job 00000000-0000-0000-0000-000000000009, which is not there");
        isRefused(whole(1, job(1, 5, "").replace("\"pair\":1", "\"pair\":2")), "without pair");
        isRefused(whole(1, job(1, 5, "").replace("definition", "other")), "without pair or definition");
        isRefused(whole(1, job(1, 5, "").replace("READY", "FAILED")), "without end");
    }

    @Test
    void wrongLinesAreRefused() {
        String good = whole(1, job(1, 5, ""));
        isRefused(whole(2, job(1, 5, "")), "the number of jobs is wrong");
        isRefused(good.replace("\"enqueued\":1", "\"enqueued\":2"), "the checksum");
        isRefused(good + "{\"pair\":2}\n", "behind the last one");
        isRefused(good + "x", "the last line is missing");
        isRefused(good.substring(0, good.length() - 1), "the last line is missing");
        isRefused(HEAD + PAIR, "the last line is missing");
        isRefused(PAIR + foot(0, PAIR), "the checksum");
        isRefused(whole(0, "{\"other\":1}\n"), "unknown line 'other'");
        isRefused(whole(0, "{}\n"), "unknown line");
        isRefused(whole(0, "[]\n"), "a line is not a JSON object");
        isRefused(whole(0, "{\"pair\":2,\"type\":\"b\",\"channel\":\"d\"\n"), "a line is not one JSON object");
        isRefused(whole(0, "{\"pair\":2,\"type\":\"b\",\"channel\":\"d\"}{}\n"), "a line is not one JSON object");
        isRefused(whole(0, "{\"pause\":\n"), "is damaged at byte " + (HEAD + PAIR).length());
        isRefused(HEAD.replace("\"checkpoint\":1", "\"checkpoint\":2"), "format 2 of a later release");
    }

    @Test
    @DisplayName("a file of another size than the manifest says is refused")
    void wrongSize() throws IOException {
        byte[] bytes = whole(0).getBytes(StandardCharsets.UTF_8);
        try (DiskFile file = disk.create(NAME)) {
            file.write(0, ByteBuffer.wrap(bytes));
        }
        for (long expected : Set.of(bytes.length - 1L, bytes.length + 1L)) {
            Manifest.CheckpointFile file = new Manifest.CheckpointFile(NAME, expected);
            assertThatThrownBy(() -> CheckpointReader.load(disk, file, new JobIndex(), clock))
                    .isInstanceOf(JobQueueException.Corrupt.class)
                    .hasMessageContaining("it has " + bytes.length + " bytes, not " + expected)
                    .hasMessageContaining("at byte " + Math.min(expected, bytes.length));
        }
    }
}
