package dev.jobqueue.fs.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Attempt;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.ChangeLog;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What records do to the index, when the store opens and when it is repaired. */
class ReplayTest {
    private static final UUID A = new UUID(1, 1);
    private static final UUID B = new UUID(1, 2);
    private static final UUID TOKEN = new UUID(2, 1);
    private static final String PROGRESS = "{\"progress\":\"" + A + "\",\"bytes\":1}\n5\n";

    private final JobIndex index = new JobIndex();
    private final Transitions transitions = new Transitions(index, new ChangeLog());
    private final Replay replay = new Replay(index, transitions, new ManualClock());
    private final List<String> skipped = new ArrayList<>();

    private static String insert(UUID id) {
        return "{\"insert\":\"" + id + "\",\"sequence\":" + id.getLeastSignificantBits()
                + ",\"at\":1,\"type\":\"a\",\"args\":1}\n7\n";
    }

    private static String start(UUID id) {
        return "{\"start\":\"" + id + "\",\"token\":\"" + TOKEN + "\",\"at\":2,\"worker\":\"w\"}\n";
    }

    private static String end(UUID id) {
        return "{\"end\":\"" + id + "\",\"at\":3,\"state\":\"SUCCEEDED\",\"enqueued\":1,\"result\":1}\n9\n";
    }

    private Entry job(UUID id) {
        return Objects.requireNonNull(index.job(id.getMostSignificantBits(), id.getLeastSignificantBits()));
    }

    private static byte[] record(char kind, String body) {
        byte[] text = body.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[RecordHeader.LENGTH + text.length];
        System.arraycopy(text, 0, bytes, RecordHeader.LENGTH, text.length);
        RecordHeader.write(bytes, 0, kind, text.length, 1, 1, 0, 0);
        return bytes;
    }

    private static RecordHeader header(byte[] record) {
        return Objects.requireNonNull(RecordHeader.read(record, 0, record.length));
    }

    private void apply(char kind, long position, String body) throws EventReader.UnreadableException {
        byte[] bytes = record(kind, body);
        replay.apply(header(bytes), bytes, RecordHeader.LENGTH, position);
    }

    private void journal(String body) throws EventReader.UnreadableException {
        apply(RecordHeader.JOURNAL, Position.of(1, 500), body);
    }

    private void applyWhatFits(char kind, String body, @Nullable Boolean inserts) {
        byte[] bytes = record(kind, body);
        replay.applyWhatFits(header(bytes), bytes, RecordHeader.LENGTH, Position.of(2, 900), inserts, skipped::add);
    }

    @Test
    @DisplayName("QRY-5: each job has its own options, also behind jobs with others")
    void options() throws Exception {
        String urgent = insert(B).replace("\"args\"", "\"priority\":5,\"args\"");
        UUID last = new UUID(1, 3);
        journal(insert(A) + urgent + insert(last));
        assertThat(job(A).open().options()).isEqualTo(JobOptions.DEFAULT);
        assertThat(job(B).open().options().priority()).isEqualTo(5);
        assertThat(job(last).open().options()).isEqualTo(JobOptions.DEFAULT);
    }

    @Test
    @DisplayName("QRY-3: a scope that was resumed is not paused after a restart")
    void pauses() throws Exception {
        journal("{\"pause\":\"family\",\"name\":\"a\"}\n");
        assertThat(index.paused()).hasSize(1);
        journal("{\"resume\":\"family\",\"name\":\"a\"}\n");
        assertThat(index.paused()).isEmpty();
    }

    @Test
    @DisplayName("events that compaction has copied are where they were copied to; nothing else changes")
    void moved() throws Exception {
        journal(insert(A) + insert(B) + start(A) + PROGRESS + end(B));
        String before = insert(B);
        apply(RecordHeader.KEPT, Position.of(2, 900), before + insert(A) + PROGRESS + end(B));
        int args = insert(B).length();
        assertThat(job(B).definition().position()).isEqualTo(Position.of(2, 900));
        assertThat(job(A).definition().position()).isEqualTo(Position.of(2, 900L + args));
        assertThat(Objects.requireNonNull(
                                Objects.requireNonNull(job(A).open().running()).progress())
                        .position())
                .isEqualTo(Position.of(2, 900L + 2 * args));
        assertThat(job(B).end().position()).isEqualTo(Position.of(2, 900L + 2 * args + PROGRESS.length()));
        assertThat(job(A).state()).isEqualTo(JobState.RUNNING);
        assertThat(job(B).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(index.live.snapshot().getOrDefault(1, 0L)).isZero();
        assertThat(index.live.snapshot().get(2)).isEqualTo(2L * args + PROGRESS.length() + end(B).length());
    }

    @Test
    @DisplayName("DUR-3: an event that does not fit the state is told with its place")
    void doesNotFit() {
        for (char kind : new char[] {RecordHeader.JOURNAL, RecordHeader.KEPT}) {
            assertThatThrownBy(() -> apply(kind, Position.of(3, 100), end(A)))
                    .isInstanceOf(EventReader.UnreadableException.class)
                    .hasMessageContaining(Position.show(Position.of(3, 100)))
                    .hasMessageContaining("there is no job " + A);
        }
    }

    @Test
    @DisplayName("DUR-3: repair applies what fits of a record and tells of each event that does not")
    void whatFits() {
        applyWhatFits(RecordHeader.JOURNAL, insert(A) + end(B) + start(A) + "{\"other\":1}\n" + end(A), null);
        assertThat(job(A).state()).isEqualTo(JobState.RUNNING);
        assertThat(skipped).hasSize(2);
        assertThat(skipped.get(0))
                .contains(Position.show(Position.of(2, 900L + insert(A).length())), "there is no job " + B);
        assertThat(skipped.get(1)).contains("rest of the record", Position.show(Position.of(2, 900)), "other");
    }

    @Test
    @DisplayName("DUR-3: without a checkpoint repair takes all new jobs first, then what happened to them")
    void twoPasses() {
        String body = start(A) + insert(A);
        applyWhatFits(RecordHeader.JOURNAL, body, true);
        assertThat(job(A).state()).isEqualTo(JobState.READY);
        applyWhatFits(RecordHeader.JOURNAL, body, false);
        assertThat(job(A).state()).isEqualTo(JobState.RUNNING);
        assertThat(skipped).isEmpty();
    }

    @Test
    @DisplayName(
            "DUR-3: a job that could not be taken, because one that it depends on stands behind it, can be taken later")
    void dependencyBehindItsDependent() {
        String dependent = insert(B).replace("\"args\"", "\"dependencies\":[\"after " + A + "\"],\"args\"");
        applyWhatFits(RecordHeader.JOURNAL, dependent + insert(A), true);
        assertThat(index.size()).isEqualTo(1);
        assertThat(skipped).singleElement().asString().contains("there is no job " + A);
        applyWhatFits(RecordHeader.JOURNAL, dependent + insert(A), true);
        assertThat(index.size()).isEqualTo(2);
        assertThat(job(B).state()).isEqualTo(JobState.BLOCKED);
        assertThat(skipped).hasSize(1);
    }

    @Test
    @DisplayName("DUR-3: for repair a copied event is news if the record that said it first is gone, else a copy")
    void news() {
        applyWhatFits(RecordHeader.KEPT, insert(A), null);
        assertThat(job(A).state()).isEqualTo(JobState.READY);
        applyWhatFits(RecordHeader.KEPT, end(A), null);
        assertThat(job(A).state()).isEqualTo(JobState.SUCCEEDED);
        applyWhatFits(RecordHeader.KEPT, insert(A) + end(A), null);
        assertThat(job(A).definition().position()).isEqualTo(Position.of(2, 900));
        assertThat(job(A).end().position())
                .isEqualTo(Position.of(2, 900L + insert(A).length()));
        assertThat(index.size()).isEqualTo(1);
        assertThat(skipped).isEmpty();
    }

    @Test
    @DisplayName("FIN-10: an end counts its own attempt, and the last hundred are written with it")
    void endsAreCounted() throws Exception {
        for (Attempt.End how : Attempt.End.values()) {
            JobIndex other = new JobIndex();
            Transitions live = new Transitions(other, new ChangeLog());
            new Replay(other, live, new ManualClock())
                    .apply(
                            header(record(RecordHeader.JOURNAL, insert(A))),
                            record(RecordHeader.JOURNAL, insert(A)),
                            RecordHeader.LENGTH,
                            1);
            Entry e = Objects.requireNonNull(other.job(1, 1));
            for (int i = 1; i <= Attempt.KEPT + 1; i++) {
                live.start(e, 2, i, "w", 2, 0, 0);
                if (i <= Attempt.KEPT) {
                    live.requeue(e, Attempt.End.FAILED, 2, OpenJob.NEVER, null);
                }
            }
            Utf8Out out = new Utf8Out(10);
            EventWriter.end(out, e, JobState.FAILED, 3, how, null, null, null, null);
            byte[] bytes = out.toBytes();
            Event.End end = (Event.End) Objects.requireNonNull(new EventReader(bytes, 0, bytes.length).next());
            boolean failure = how == Attempt.End.FAILED || how == Attempt.End.TIMED_OUT;
            assertThat(end.failures()).as("%s", how).isEqualTo(Attempt.KEPT + (failure ? 1 : 0));
            assertThat(end.recoveries()).as("%s", how).isEqualTo(how == Attempt.End.HEARTBEAT_LOST ? 1 : 0);
            assertThat(end.how()).isEqualTo(how);
            assertThat(end.attempts()).hasSize(Attempt.KEPT);
            assertThat(end.attempts().get(0).number()).isEqualTo(2);
            assertThat(end.attempts().get(Attempt.KEPT - 1).number()).isEqualTo(Attempt.KEPT + 1);
        }
    }

    @Test
    @DisplayName("DUR-2: the bounds by which room is made hold for any text")
    void bounds() {
        String worst = "\u0001".repeat(1_000);
        assertThat(EventWriter.bound(worst))
                .isGreaterThanOrEqualTo(new Utf8Out(10).string(worst).length());
        RawJson details = RawJson.of("[" + "\"\\\\\",".repeat(500) + "1]");
        JobError error = new JobError(Integer.MIN_VALUE, ErrorClass.INTERNAL, worst, details, true);
        assertThat(EventWriter.bound(error)).isGreaterThanOrEqualTo(EventWriter.error(error).length);
    }

    /** A job at its widest: far times, a full list of attempts, texts that are escaped. */
    private static Entry wide(long enqueued, long wait, int attempts, boolean runs) {
        JobIndex other = new JobIndex();
        Transitions live = new Transitions(other, new ChangeLog());
        TypeChannel pair = new TypeChannel(TypeName.parse("a"), "default");
        Entry e = new Entry(1, 1, other.pairOrNew(pair));
        live.insert(e, 1, Edges.NONE, JobOptions.DEFAULT, enqueued, wait, new Ref(0, 1, 0));
        JobError error =
                new JobError(Integer.MIN_VALUE, ErrorClass.INTERNAL, "\u0001\u20ac\"", RawJson.of("[\"\\\\\"]"), true);
        for (int i = 1; i <= attempts; i++) {
            live.start(e, 2, i, "w\u0001\u20ac\"", enqueued + wait, 0, 0);
            if (i < attempts || !runs) {
                Attempt.End how = i % 2 == 0 ? Attempt.End.HEARTBEAT_LOST : Attempt.End.TIMED_OUT;
                live.requeue(e, how, enqueued + wait, OpenJob.NEVER, i % 2 == 0 ? null : error);
            }
        }
        return e;
    }

    @Test
    @DisplayName("DUR-2: room is made for the widest end of a job, and not for much more")
    void boundsOfEnds() {
        long latest = Instant.parse("9999-12-31T23:59:59Z").toEpochMilli();
        for (long enqueued :
                new long[] {0, Instant.parse("2026-01-01T00:00:00Z").toEpochMilli()}) {
            for (long wait : new long[] {0, 1, latest - enqueued}) {
                for (int attempts : new int[] {0, 1, 2, 101}) {
                    for (boolean runs : new boolean[] {true, false}) {
                        Entry e = wide(enqueued, wait, attempts, runs);
                        Utf8Out out = new Utf8Out(10);
                        Attempt.End how = e.open().running() == null ? null : Attempt.End.HEARTBEAT_LOST;
                        EventWriter.end(out, e, JobState.SUCCEEDED, enqueued + wait, how, null, null, null, null);
                        long beside = EventWriter.bound(e.open()) - e.open().endedBytes();
                        assertThat(EventWriter.bound(e.open()))
                                .as("enqueued %d, wait %d, %d attempts, runs: %s", enqueued, wait, attempts, runs)
                                .isGreaterThanOrEqualTo(out.length());
                        assertThat(beside).isLessThan(480);
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("jobs that were removed are not there after a restart")
    void drops() throws Exception {
        String requires = insert(B).replace("\"args\"", "\"dependencies\":[\"requires " + A + "\"],\"args\"");
        journal(insert(A) + requires);
        assertThat(job(B).state()).isEqualTo(JobState.BLOCKED);
        assertThat(job(B).edges().target(0)).isSameAs(job(A));
        assertThat(job(B).edges().required(0)).isTrue();
        String failed = "{\"end\":\"" + A + "\",\"at\":3,\"state\":\"FAILED\",\"enqueued\":1}\n";
        journal(failed + "{\"end\":\"" + B + "\",\"at\":3,\"state\":\"FAILED\",\"enqueued\":1,\"cause\":\"" + A
                + "\",\"root\":\"" + A + "\",\"length\":1}\n");
        assertThat(job(B).cause()).isEqualTo(new Cause(job(A), job(A), 1));
        assertThat(job(A).cause()).isNull();
        journal("{\"drop\":[\"" + B + "\",\"" + A + "\"]}\n");
        assertThat(index.size()).isZero();
    }

    @Test
    @DisplayName("DUR-2: the bound of an end with error, cause and result, and that of a requeue, hold at any time")
    void boundsWithErrorAndCause() {
        byte[] error = EventWriter.error(new JobError(1, ErrorClass.INTERNAL, "why", RawJson.NULL, false));
        RawJson result = RawJson.of("[1]");
        for (long at : new long[] {0, 1_795_000_000_000L, 253_402_300_799_999L, -62_135_596_800_000L}) {
            JobIndex other = new JobIndex();
            Transitions live = new Transitions(other, new ChangeLog());
            Entry e = new Entry(1, 1, other.pairOrNew(new TypeChannel(TypeName.parse("a"), "b")));
            live.insert(e, 1, Edges.NONE, JobOptions.DEFAULT, at, Long.MAX_VALUE / 2, new Ref(1, 1, 1));
            for (int i = 1; i <= 3; i++) {
                live.start(e, 2, i, "a \"worker\"", at, 0, 0);
                if (i < 3) {
                    live.requeue(e, Attempt.End.FAILED, at, OpenJob.NEVER, null);
                }
            }
            long bound = EventWriter.bound(e.open()) + EventWriter.CAUSE + error.length + result.size();
            Utf8Out out = new Utf8Out(10);
            EventWriter.end(out, e, JobState.FAILED, at, Attempt.End.HEARTBEAT_LOST, error, "", Cause.of(e), result);
            assertThat(bound).as("%s", at).isGreaterThanOrEqualTo(out.length());
            Utf8Out requeue = new Utf8Out(10);
            EventWriter.requeue(requeue, e, Attempt.End.HEARTBEAT_LOST, at, at, error);
            assertThat(EventWriter.REQUEUE + error.length).isGreaterThanOrEqualTo(requeue.length());
        }
    }

    @Test
    @DisplayName("DUR-2: the bound of an end holds when its times are far apart, with little to spare")
    void boundOfALongLife() {
        byte[] error = EventWriter.error(new JobError(1, ErrorClass.INTERNAL, "why", RawJson.NULL, false));
        RawJson result = RawJson.of("[" + "1,".repeat(500_000) + "1]");
        // The last one whose numbers have 13 digits.
        long late = (1L << 43) - 1;
        TypeChannel pair = new TypeChannel(TypeName.parse("a"), "b");
        Entry needed = new Entry(1, 1, index.pairOrNew(pair));
        transitions.insert(needed, 1, Edges.NONE, JobOptions.DEFAULT, 0, 0, new Ref(1, 1, 1));
        Entry e = new Entry(1, 2, index.pairOrNew(pair));
        Edges edges = Edges.of(new Entry[] {needed}, new boolean[] {false});
        transitions.insert(e, 2, edges, JobOptions.DEFAULT, late, 0, new Ref(1, 1, 1));
        transitions.end(needed, JobState.SUCCEEDED, 0, null, null, -1, new Ref(1, 1, 1));
        transitions.start(e, 2, 1, "worker", late, 0, 0);
        long bound = EventWriter.bound(e.open()) + error.length + result.size();
        Utf8Out out = new Utf8Out(10);
        EventWriter.end(out, e, JobState.CANCELED, late, Attempt.End.HEARTBEAT_LOST, error, "", null, result);
        assertThat(bound).isBetween((long) out.length(), out.length() + 60L);
    }
}
