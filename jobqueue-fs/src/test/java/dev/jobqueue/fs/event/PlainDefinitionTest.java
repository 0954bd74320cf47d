package dev.jobqueue.fs.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Utf8Out;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainDefinitionTest {
    private static final TypeName TYPE = TypeName.parse("osbuild:x86_64");
    private static final RawJson ARGS = RawJson.of("[\"one line\",\n \"and another\"]");

    private final PlainDefinition plain = new PlainDefinition();

    private static Job<RawJson> job(TypeName type, Dependency... dependencies) {
        return new Job<>(JobId.create(), type, ARGS, List.of(dependencies), JobOptions.DEFAULT);
    }

    /** The event of a job behind other bytes. */
    private static byte[] event(Job<RawJson> job, long wait) {
        Utf8Out out = new Utf8Out(100).ascii("???");
        Definition.write(out, job, wait, job.dependencies());
        Definition.complete(out.array(), 3, 4711, 1_795_000_000_000L);
        return out.toBytes();
    }

    private int args(TypeName type, byte[] event) {
        return plain.args(type, event, 3, event.length - 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "osbuild:x86_64", "quotes \" and \\", "\u00e4\u20ac\ud834\udd1e"})
    @DisplayName("QRY-5: the args of a job without options and dependencies are found, whatever its type is called")
    void argsOfAPlainJob(String name) {
        TypeName type = TypeName.parse(name);
        byte[] event = event(job(type), 0);
        assertThat(Arrays.copyOfRange(event, args(type, event), event.length - 1))
                .isEqualTo(ARGS.toBytes());
    }

    @Test
    @DisplayName("QRY-5: options, a wait and dependencies are left to the parser")
    void everythingElseIsLeftToTheParser() {
        Job<RawJson> urgent = JobType.raw(TYPE.toString()).job(ARGS).priority(7).job();
        assertThat(args(TYPE, event(urgent, 0))).isEqualTo(-1);
        assertThat(args(TYPE, event(job(TYPE), 5))).isEqualTo(-1);
        assertThat(args(TYPE, event(job(TYPE, new Dependency(JobId.create(), false)), 0)))
                .isEqualTo(-1);
    }

    @Test
    @DisplayName("another type and another event are not taken for the one that was asked for")
    void anotherEvent() {
        byte[] event = event(job(TYPE), 0);
        assertThat(args(TypeName.parse("osbuild"), event)).isEqualTo(-1);
        assertThat(args(TYPE, event)).isPositive();
        assertThat(plain.args(TYPE, event, 3, 40)).isEqualTo(-1);
    }
}
