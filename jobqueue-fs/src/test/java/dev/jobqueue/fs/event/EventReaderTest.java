package dev.jobqueue.fs.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobTimes;
import dev.jobqueue.JobType;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.OpenJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What each event says, with and without the fields that may be left out, and among fields of a later release. */
class EventReaderTest {
    private static final UUID A = new UUID(1, 1);
    private static final UUID B = new UUID(1, 2);
    private static final String LATER = "\"later\":{\"a\":[1,{\"b\":null}]},";

    private static List<Event> read(String text) throws EventReader.UnreadableException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        EventReader reader = new EventReader(bytes, 0, bytes.length);
        List<Event> all = new ArrayList<>();
        for (Event e = reader.next(); e != null; e = reader.next()) {
            all.add(e);
        }
        return all;
    }

    private static Instant at(long millis) {
        return Instant.ofEpochMilli(millis);
    }

    private static List<Event> written(JobOptions options, long wait, List<Dependency> edges, Dependency... given)
            throws EventReader.UnreadableException {
        Job<RawJson> job = new Job<>(new JobId(A), TypeName.parse("a:b"), RawJson.of("[1]"), List.of(given), options);
        Utf8Out out = new Utf8Out(100);
        Definition.write(out, job, wait, edges);
        byte[] event = out.toBytes();
        Definition.complete(event, 0, 1_234_567_890_123L, 42);
        return read(new String(event, StandardCharsets.UTF_8));
    }

    private static Event.Insert insert(JobOptions options, long wait, List<Dependency> edges, Dependency... given) {
        return new Event.Insert(
                A, 1_234_567_890_123L, 42, TypeName.parse("a:b"), options, wait, List.of(given), edges, 3);
    }

    @Test
    @DisplayName("QRY-5: a new job is read exactly as it was given, whatever of its options is not the default")
    void insert() throws Exception {
        Duration second = Duration.ofSeconds(1);
        JobRequest<RawJson, RawJson> job = JobType.raw("a:b").job(RawJson.of("[1]"));
        for (JobRequest<RawJson, RawJson> request : List.of(
                job,
                job.channel("c \"\u00e4\""),
                job.priority(-5),
                job.attempts(7, Backoff.NONE),
                job.attempts(1, new Backoff(second, second.plusMillis(1), 1.5)),
                job.attempts(1, new Backoff(second.plusNanos(1), second.plusMillis(1), 2)),
                job.attempts(1, new Backoff(second, second.plusNanos(1), 2)),
                job.recoveries(0),
                job.notBefore(at(5)),
                job.delay(second),
                job.timeout(second),
                job.uniqueKey("k"))) {
            JobOptions options = request.job().options();
            assertThat(written(options, 0, List.of())).containsExactly(insert(options, 0, List.of()));
        }
        Dependency after = new Dependency(new JobId(B), false);
        Dependency requires = new Dependency(new JobId(B), true);
        assertThat(written(JobOptions.DEFAULT, 7, List.of(after, requires), after, requires))
                .containsExactly(insert(JobOptions.DEFAULT, 7, List.of(after, requires), after, requires));
        assertThat(written(JobOptions.DEFAULT, 0, List.of(requires), after))
                .as("edges that a unique key has changed")
                .containsExactly(insert(JobOptions.DEFAULT, 0, List.of(requires), after));
    }

    @Test
    @DisplayName("TYP-6: fields of a later release are skipped")
    void insertOfALaterRelease() throws Exception {
        assertThat(read("{\"insert\":\"" + A + "\",\"sequence\":3," + LATER
                        + "\"at\":5,\"type\":\"a:b\",\"args\":1}\n7\n"))
                .containsExactly(new Event.Insert(
                        A, 3, 5, TypeName.parse("a:b"), JobOptions.DEFAULT, 0, List.of(), List.of(), 1));
    }

    @Test
    @DisplayName("a start without time and worker has those of the one before")
    void starts() throws Exception {
        assertThat(read("{\"start\":\"" + A + "\",\"token\":\"" + B + "\",\"at\":5," + LATER + "\"worker\":\"w\"}\n"
                        + "{\"start\":\"" + B + "\",\"token\":\"" + A + "\"}\n"))
                .containsExactly(new Event.Start(A, 5, B, "w"), new Event.Start(B, 5, A, "w"));
        assertThat(new Event.Start(A, 5, B, "w").toString())
                .as("FIN-1: a token is never shown")
                .contains(A.toString(), "5", "w")
                .doesNotContain(B.toString());
    }

    @Test
    void rawBytesFollowTheirLine() throws Exception {
        byte[] bytes = ("{\"progress\":\"" + A + "\"," + LATER + "\"bytes\":4}\n1\n\n2\n{\"drop\":[\"" + B + "\"]}\n")
                .getBytes(StandardCharsets.UTF_8);
        EventReader reader = new EventReader(bytes, 0, bytes.length);
        assertThat(reader.next()).isEqualTo(new Event.Progress(A, 4));
        assertThat(reader.start()).isZero();
        assertThat(new String(bytes, reader.rawOffset(), 4, StandardCharsets.UTF_8))
                .isEqualTo("1\n\n2");
        int next = reader.length();
        assertThat(new String(bytes, next, 7, StandardCharsets.UTF_8)).isEqualTo("{\"drop\"");
        assertThat(reader.next()).isEqualTo(new Event.Drop(List.of(B)));
        assertThat(reader.start()).isEqualTo(next);
        assertThat(reader.length()).isEqualTo(bytes.length - next);
        assertThat(reader.next()).isNull();
    }

    @Test
    void requeues() throws Exception {
        JobError error = new JobError(7, ErrorClass.CLIENT, "r", RawJson.of("[1]"), true);
        assertThat(read("{\"requeue\":\"" + A + "\",\"at\":5}\n{\"requeue\":\"" + A
                        + "\",\"at\":6," + LATER + "\"how\":\"FAILED\",\"due\":9,\"error\":{\"code\":7," + LATER
                        + "\"class\":\"CLIENT\",\"reason\":\"r\",\"details\":\"[1]\",\"permanent\":true}}\n"))
                .containsExactly(
                        new Event.Requeue(A, 5, Attempt.End.RELEASED, OpenJob.NEVER, null),
                        new Event.Requeue(A, 6, Attempt.End.FAILED, 9, error));
    }

    @Test
    @DisplayName("QRY-1: an end says all that there is to know; the last attempt is put together with those before")
    void ends() throws Exception {
        Attempt first =
                new Attempt(1, "v", at(11), Optional.of(at(12)), Optional.of(Attempt.End.RELEASED), Optional.empty());
        Attempt last =
                new Attempt(2, "w", at(13), Optional.of(at(20)), Optional.of(Attempt.End.TIMED_OUT), Optional.empty());
        assertThat(read("{\"end\":\"" + A + "\",\"at\":20,\"state\":\"FAILED\",\"how\":\"TIMED_OUT\"," + LATER
                        + "\"enqueued\":10,\"unblocked\":1,\"due\":2,\"ready\":3,\"failures\":4,\"recoveries\":5,"
                        + "\"attempts\":[{\"number\":1,\"worker\":\"v\",\"started\":11,\"ended\":12,\"end\":\"RELEASED\"}],"
                        + "\"number\":2,\"worker\":\"w\",\"started\":13,\"reason\":\"r\",\"cause\":\"" + A
                        + "\",\"root\":\"" + B + "\",\"length\":6,\"result\":1}\n7\n"))
                .containsExactly(new Event.End(
                        A,
                        20,
                        JobState.FAILED,
                        Attempt.End.TIMED_OUT,
                        new JobTimes(
                                at(10),
                                Optional.of(at(11)),
                                Optional.of(at(12)),
                                Optional.of(at(13)),
                                Optional.of(at(20))),
                        4,
                        5,
                        List.of(first, last),
                        Optional.empty(),
                        Optional.of("r"),
                        A,
                        B,
                        6,
                        1));
    }

    @Test
    @DisplayName(
            "an end without a number is that of the first attempt, which ended as the state says; without a worker none ran")
    void shortEnds() throws Exception {
        JobTimes times =
                new JobTimes(at(10), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(at(20)));
        Attempt only =
                new Attempt(1, "w", at(13), Optional.of(at(20)), Optional.of(Attempt.End.SUCCEEDED), Optional.empty());
        String head = "{\"end\":\"" + A + "\",\"at\":20,\"state\":\"SUCCEEDED\",\"enqueued\":10";
        assertThat(read(head + ",\"worker\":\"w\",\"started\":13}\n" + head + "}\n"))
                .containsExactly(
                        new Event.End(
                                A,
                                20,
                                JobState.SUCCEEDED,
                                Attempt.End.SUCCEEDED,
                                times,
                                0,
                                0,
                                List.of(only),
                                Optional.empty(),
                                Optional.empty(),
                                null,
                                null,
                                0,
                                -1),
                        new Event.End(
                                A,
                                20,
                                JobState.SUCCEEDED,
                                null,
                                times,
                                0,
                                0,
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                null,
                                null,
                                0,
                                -1));
    }

    @Test
    void pauses() throws Exception {
        assertThat(read("{\"pause\":\"channel\"," + LATER + "\"name\":\"c\"}\n"
                        + "{\"resume\":\"type\",\"name\":\"a:b\"}\n{\"pause\":\"family\",\"name\":\"a\"}\n"))
                .containsExactly(
                        new Event.Pause(new PauseScope.Channel("c")),
                        new Event.Resume(new PauseScope.Type(TypeName.parse("a:b"))),
                        new Event.Pause(new PauseScope.Family("a")));
    }

    @Test
    @DisplayName("DUR-3: what is no event is told, never taken for one")
    void unreadable() {
        String good = "{\"progress\":\"" + A + "\",\"bytes\":2}\n12\n";
        for (String cut : List.of(
                good.substring(0, good.length() - 1),
                good.substring(0, good.length() - 2),
                good.substring(0, good.length() - 5),
                good.replace("12\n", "123"),
                good.replace("bytes\":2", "bytes\":3"))) {
            assertThatThrownBy(() -> read(cut)).as(cut).isInstanceOf(EventReader.UnreadableException.class);
        }
        for (String line : List.of(
                "{\"other\":1}",
                "{\"drop\":[]}{}",
                "{}",
                "[]",
                "{\"drop\":[\"x\"]}",
                "{\"drop\":[",
                "{\"pause\":",
                "{\"start\"")) {
            assertThatThrownBy(() -> read(line + "\n")).as(line).isInstanceOf(EventReader.UnreadableException.class);
        }
        assertThatThrownBy(() -> read("{\"other\":1}\n")).hasMessageContaining("unknown event 'other'");
    }

    @Test
    @DisplayName("after a line that cannot be read the next ones can")
    void goesOnBehindAnUnreadableLine() throws Exception {
        String bad = "{\"drop\":[\"" + A + "\",\n";
        String good = "{\"drop\":[\"" + B + "\"]}\n";
        byte[] bytes = (bad + good).getBytes(StandardCharsets.UTF_8);
        EventReader reader = new EventReader(bytes, 0, bytes.length);
        assertThatThrownBy(reader::next).isInstanceOf(EventReader.UnreadableException.class);
        reader.goOn(bytes, bad.length(), bytes.length);
        assertThat(reader.next()).isEqualTo(new Event.Drop(List.of(B)));
        assertThat(reader.next()).isNull();
    }
}
