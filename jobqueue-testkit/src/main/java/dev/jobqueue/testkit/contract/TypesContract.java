package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules TYP-1 to TYP-6: names of types, and JSON that comes back as it was given. */
@Tag(Level.MUST)
public abstract class TypesContract extends AreaContract {
    private static final JobType<RawJson, RawJson> BUILD_X86 = BUILD.variant("x86_64");

    /** Args and results of a class. */
    record Point(int x, int y) {}

    /** What a newer version of a program might have stored as {@link Point}. */
    record Point3(int x, int y, int z, List<String> labels) {}

    @Test
    @DisplayName("TYP-1 [must]: a selector matches full names only, a family does not match its variants")
    void selectorMatchesFullNamesOnly() {
        JobId variant = enqueue(BUILD_X86);
        assertThat(tryTake(Selector.of(BUILD))).isEmpty();
        assertThat(tryTake(Selector.of(BUILD.variant("x86")))).isEmpty();
        assertThat(tryTake(Selector.of(JobType.raw("build:x86_64:1")))).isEmpty();
        assertThat(take(BUILD_X86).id()).isEqualTo(variant);
        JobId family = enqueue(BUILD);
        assertThat(tryTake(Selector.of(BUILD_X86))).isEmpty();
        assertThat(take(BUILD).id()).isEqualTo(family);
    }

    @Test
    @DisplayName("TYP-1 [must]: names are compared as they are, case included")
    void namesAreExact() {
        JobId id = enqueue(JobType.raw("Build"));
        assertThat(tryTake(Selector.of(BUILD))).isEmpty();
        assertThat(tryTake(Selector.of(JobType.raw("Build "), JobType.raw("Buil_"), JobType.raw("%"))))
                .isEmpty();
        assertThat(take(JobType.raw("Build")).id()).isEqualTo(id);
    }

    @Test
    @DisplayName("TYP-1 [must]: a typed call checks family and variant and names both types")
    void typedCallsCheckTheType() {
        JobId id = enqueue(BUILD_X86);
        assertThat(queue.status(BUILD, id).id()).isEqualTo(id);
        assertThat(queue.status(BUILD_X86, id).id()).isEqualTo(id);
        assertThat(queue.job(BUILD, id).type()).isEqualTo(BUILD_X86.name());
        for (JobType<RawJson, RawJson> wrong : List.of(TEST, BUILD.variant("aarch64"))) {
            List<Consumer<JobType<RawJson, RawJson>>> calls = List.of(
                    t -> queue.status(t, id),
                    t -> queue.job(t, id),
                    t -> queue.dequeue(t, id).close());
            for (Consumer<JobType<RawJson, RawJson>> call : calls) {
                assertThatThrownBy(() -> call.accept(wrong))
                        .isInstanceOf(JobQueueException.TypeMismatch.class)
                        .hasMessageContaining(wrong.toString())
                        .hasMessageContaining("build:x86_64");
            }
        }
        assertThat(state(id)).as("not dequeued").isEqualTo(JobState.READY);
        RunningJob<RawJson, RawJson> job = take(BUILD_X86);
        assertThatThrownBy(() -> job.as(TEST)).isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThat(job.as(BUILD).id()).isEqualTo(id);
    }

    @Test
    @DisplayName("TYP-1, DEP-6 [must]: the typed outcome of a dependency checks its type")
    void typedDependencyChecksTheType() {
        JobId dependency = enqueue(BUILD_X86);
        enqueue(TEST.job(null).requires(dependency));
        succeed(dependency);
        RunningJob<RawJson, RawJson> job = take(TEST);
        assertThat(job.dependency(0, BUILD).id()).isEqualTo(dependency);
        assertThatThrownBy(() -> job.dependency(0, TEST)).isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThatThrownBy(() -> job.dependency(1, BUILD)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @DisplayName("TYP-2 [must]: jobType answers in every state, with family and variant")
    void jobTypeAnswersInEveryState() {
        TypeName name = BUILD_X86.name();
        JobId dependency = enqueue(TEST);
        JobId id = enqueue(BUILD_X86.job(null).dependsOn(dependency));
        assertThat(queue.jobType(id)).isEqualTo(name);
        succeed(dependency);
        assertThat(queue.jobType(id)).isEqualTo(name);
        RunningJob<RawJson, RawJson> job = take(BUILD_X86);
        assertThat(job.type()).isEqualTo(name);
        assertThat(queue.jobType(id)).isEqualTo(name);
        succeed(job);
        assertThat(queue.jobType(id)).isEqualTo(name);
        JobId canceled = enqueue(BUILD_X86);
        queue.cancel(canceled, "");
        assertThat(queue.jobType(canceled).variant()).isEqualTo(Optional.of("x86_64"));
        assertThatThrownBy(() -> queue.jobType(JobId.create())).isInstanceOf(JobQueueException.NotFound.class);
    }

    /** JSON that is easily changed on the way. */
    static List<String> json() {
        return List.of(
                "{\"b\":1,\"a\":2,\"b\":3}",
                "[1.0,1,1e0,10e-1,-0,-0.0,1E400,0.1000,12345678901234567890123456789012345678901234567890]",
                "3.14159265358979323846264338327950288419716939937510582097494459" + "0".repeat(2_000),
                "\"\\u0000 \\u0041 \\/ \\n \\ud83d\\ude00\"",
                "\"\ud83d\ude00 \u00e4 \u2028 \ufeff \uffff \u007f\"",
                "{\"\":{\"\\u0000\":[]},\"$ref\":null}",
                "[".repeat(1_000) + "]".repeat(1_000),
                "\"" + "x".repeat(1 << 20) + "\"",
                "true",
                "\"\"",
                "{}");
    }

    @Test
    @DisplayName("TYP-3 [must]: args come back losslessly, from the definition and from the running job")
    void argsRoundTrip() {
        for (String text : json()) {
            RawJson args = RawJson.of(text);
            JobId id = enqueue(BUILD.job(args));
            assertSame(queue.job(id).args(), args);
            RunningJob<RawJson, RawJson> job = take(id);
            assertSame(job.args(), args);
            succeed(job);
            assertSame(queue.job(id).args(), args);
        }
    }

    @Test
    @DisplayName("TYP-3 [must]: results come back losslessly, from the status and as outcome of a dependency")
    void resultsRoundTrip() {
        for (String text : json()) {
            RawJson result = RawJson.of(text);
            JobId id = enqueue(BUILD);
            JobId dependent = enqueue(TEST.job(null).dependsOn(id));
            take(id).succeed(result);
            assertSame(queue.status(id).result().orElseThrow(), result);
            RunningJob<RawJson, RawJson> job = take(dependent);
            assertSame(job.dependency(0, BUILD).result().orElseThrow(), result);
            succeed(job);
        }
    }

    @Test
    @DisplayName("TYP-3 [must]: progress, details of errors and reasons come back losslessly")
    void otherJsonRoundTrips() {
        RawJson json = RawJson.of("{\"b\":1,\"a\":[1.0,1E400,\"\\u0000\ud83d\ude00\"],\"b\":3}");
        String reason = "\u0000 \ud83d\ude00 \u2028 \" \\ \n";
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        queue.report(job.token(), json);
        assertSame(queue.status(id).progress().orElseThrow(), json);
        job.fail(error(reason).withDetails(json));
        assertSame(queue.status(id).error().orElseThrow().details(), json);
        assertThat(queue.status(id).error().orElseThrow().reason()).isEqualTo(reason);
        JobId canceled = enqueue(BUILD);
        queue.cancel(canceled, reason);
        assertThat(queue.status(canceled).cancelReason()).contains(reason);
    }

    /** Equal up to insignificant white space; none of the values has any. */
    private static void assertSame(RawJson actual, RawJson expected) {
        // Not isEqualTo on the texts: a failure would print megabytes.
        String text = actual.toString().strip();
        assertThat(text.equals(expected.toString()))
                .as("%s comes back, not %s", head(expected.toString()), head(text))
                .isTrue();
    }

    private static String head(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }

    @Test
    @DisplayName("TYP-3 [must]: a lone surrogate is refused, as it is and as an escape")
    void loneSurrogateIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> RawJson.of("\"\ud83d\""));
        assertThatIllegalArgumentException().isThrownBy(() -> RawJson.of("\"\\ude00\""));
        assertThatIllegalArgumentException().isThrownBy(() -> BUILD.job(RawJson.of("{\"\\ud83d\":1}")));
        JobType<String, String> text = JobType.of("build", String.class, String.class);
        assertThatIllegalArgumentException().isThrownBy(() -> text.job("a\ud83d"));
        assertThatIllegalArgumentException().isThrownBy(() -> text.encodeResult("\ude00b"));
        JobId id = enqueue(BUILD);
        assertThatIllegalArgumentException().isThrownBy(() -> queue.cancel(id, "\ud83d"));
        assertThat(state(id)).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("TYP-4 [must]: an absent value is JSON null")
    void absentValueIsNull() {
        JobId id = enqueue(BUILD.job(null));
        assertThat(queue.job(id).args()).isEqualTo(RawJson.NULL);
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(job.args()).isEqualTo(RawJson.NULL);
        job.succeed(null);
        assertThat(queue.status(id).result()).contains(RawJson.NULL);
    }

    @Test
    @DisplayName("TYP-5 [must]: names and channels of 255 characters, of any script, work everywhere")
    void longNamesWork() {
        String astral = "\ud83d\ude00".repeat(127) + "x";
        JobType<RawJson, RawJson> type = JobType.raw("\u00e4".repeat(250) + ":" + "v".repeat(4));
        JobId id = enqueue(type.job(null).channel(astral).uniqueKey("k".repeat(255)));
        assertThat(queue.job(id).options().channel()).isEqualTo(astral);
        assertThat(queue.counts())
                .singleElement()
                .satisfies(c -> assertThat(c.pair().channel()).isEqualTo(astral));
        RunningJob<RawJson, RawJson> job = take(Selector.of(type).channels(astral));
        assertThat(job.type()).isEqualTo(type.name());
        assertThat(queue.enqueue(type.job(null).channel(astral).uniqueKey("k".repeat(255)))
                        .id())
                .isEqualTo(id);
    }

    @Test
    @DisplayName("TYP-5 [must]: other names are refused, with the value and the limit in the message")
    void badNamesAreRefused() {
        JobRequest<RawJson, RawJson> request = BUILD.job(null);
        for (String bad : List.of("", "x".repeat(256), "a\nb", "\u0000")) {
            assertThatIllegalArgumentException().isThrownBy(() -> JobType.raw(bad));
            assertThatIllegalArgumentException().isThrownBy(() -> request.channel(bad));
            assertThatIllegalArgumentException().isThrownBy(() -> request.uniqueKey(bad));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Selector.of(BUILD).channels(bad));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.channel("c".repeat(256)))
                .withMessageContaining("256")
                .withMessageContaining("255");
    }

    @Test
    @DisplayName("TYP-5 [must]: args and results up to the limit work, larger ones are refused before any effect")
    void sizeIsLimited() {
        int limit = 4 << 20;
        JobQueue small = JobQueue.on(store, QueueOptions.DEFAULT.maxJsonBytes(limit));
        RawJson most = RawJson.of("\"" + "x".repeat(limit - 2) + "\"");
        RawJson tooMuch = RawJson.of("\"" + "x".repeat(limit - 1) + "\"");
        JobId id = small.enqueue(BUILD.job(most)).id();
        assertThat(queue.job(id).args().size()).isEqualTo(limit);
        JobRequest<RawJson, RawJson> refused = BUILD.job(tooMuch);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> small.enqueue(refused))
                .withMessageContaining(Integer.toString(limit))
                .withMessageContaining(Integer.toString(limit + 1));
        assertThatThrownBy(() -> queue.job(refused.id())).isInstanceOf(JobQueueException.NotFound.class);
        RunningJob<RawJson, RawJson> job = take(id);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> small.finish(job.token(), new JobOutcome.Succeeded(tooMuch)));
        assertThat(state(id)).isEqualTo(JobState.RUNNING);
        assertThat(small.finish(job.token(), new JobOutcome.Succeeded(most))
                        .verdict()
                        .name())
                .isEqualTo("DONE");
        assertThat(queue.status(id).result().orElseThrow().size()).isEqualTo(limit);
    }

    @Test
    @DisplayName("TYP-6 [must]: unknown fields are ignored on read, and stay in what is stored")
    void unknownFieldsAreIgnored() {
        JobType<Point3, Point3> newer = JobType.of("build", Point3.class, Point3.class);
        JobType<Point, Point> older = JobType.of("build", Point.class, Point.class);
        JobId id = enqueue(newer.job(new Point3(1, 2, 3, List.of("a"))));
        assertThat(queue.job(older, id).args()).isEqualTo(new Point(1, 2));
        assertThat(queue.job(newer, id).args().z()).isEqualTo(3);
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(job.as(older).args()).isEqualTo(new Point(1, 2));
        job.as(newer).succeed(new Point3(4, 5, 6, List.of()));
        assertThat(queue.status(older, id).result()).contains(new Point(4, 5));
    }

    @Test
    @DisplayName("TYP-6 [must]: JSON that does not fit the class is a clear error, and can be read raw")
    void undecodableIsAClearError() {
        JobId id = enqueue(BUILD.job(RawJson.of("[1]")));
        JobType<Point, Point> typed = JobType.of("build", Point.class, Point.class);
        assertThatThrownBy(() -> queue.job(typed, id)).isInstanceOf(JobQueueException.Undecodable.class);
        RunningJob<RawJson, RawJson> job = take(id);
        assertThatThrownBy(() -> job.as(typed).args()).isInstanceOf(JobQueueException.Undecodable.class);
        assertThat(state(id)).as("goes on").isEqualTo(JobState.RUNNING);
        assertThat(queue.job(id).args()).isEqualTo(RawJson.of("[1]"));
    }
}
