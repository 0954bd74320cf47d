package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules ERR-1 to ERR-3: what a failure says. */
@Tag(Level.MUST)
public abstract class ErrorContract extends AreaContract {
    /** The documented details of a dependency failure. */
    record Details(String dependency, String root, @Nullable Integer rootCode, String rootReason, int length) {}

    @Test
    @DisplayName("ERR-1 [must]: code, class, reason, details and permanence are kept")
    void errorsAreKept() {
        List<JobError> errors = List.of(
                new JobError(0, ErrorClass.CLIENT, "", RawJson.NULL, false),
                new JobError(Integer.MAX_VALUE, ErrorClass.INTERNAL, "x".repeat(10_000), RawJson.of("[1.0]"), true),
                error("with details").withDetails(RawJson.of("{\"b\":1,\"a\":{}}")),
                JobError.of(TestError.BAD_INPUT, "bad").asPermanent());
        for (JobError error : errors) {
            JobId id = enqueue(BUILD);
            take(id).fail(error);
            assertThat(queue.status(id).error()).contains(error);
            assertThat(queue.status(id).attempts()).extracting(Attempt::error).containsExactly(Optional.of(error));
            JobId pending = enqueue(BUILD);
            queue.finishPending(pending, new JobOutcome.Failed(error));
            assertThat(queue.status(pending).error()).contains(error);
        }
    }

    @Test
    @DisplayName("ERR-1 [must]: the error of an attempt that is tried again stays in its record")
    void errorOfARetriedAttemptStays() {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        take(id).fail(error("first"));
        take(id).fail(error("second"));
        assertThat(queue.status(id).error()).contains(error("second"));
        assertThat(queue.status(id).attempts())
                .extracting(a -> a.error().orElseThrow().reason())
                .containsExactly("first", "second");
    }

    @Test
    @DisplayName("ERR-2 [must]: the library's own codes are negative and distinct")
    void libraryCodesAreNegative() {
        assertThat(Arrays.stream(LibraryError.values()).map(LibraryError::code))
                .doesNotHaveDuplicates()
                .allSatisfy(code -> assertThat(code).isNegative());
        assertThat(error("x").code()).isEqualTo(TestError.BROKEN.code());
    }

    @Test
    @DisplayName("ERR-2 [must]: what the store ends has the library's code: lost heartbeat, time-out, dependency")
    void storeUsesTheLibraryCodes() {
        JobId lost = enqueue(OTHER.job(null).recoveries(0));
        JobId after = enqueue(BUILD.job(null).requires(lost));
        take(lost);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        JobError error = queue.status(lost).error().orElseThrow();
        assertThat(error.code()).isEqualTo(LibraryError.HEARTBEAT_LOST.code());
        assertThat(error.errorClass()).isEqualTo(LibraryError.HEARTBEAT_LOST.errorClass());
        assertThat(error.reason()).contains(queue.options().worker());
        JobError below = queue.status(after).error().orElseThrow();
        assertThat(below.code()).isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertThat(below.permanent()).isTrue();
    }

    @Test
    @DisplayName(
            "ERR-3 [must]: class and root of a dependency failure are those of the lowest position, details are flat")
    void dependencyFailureNamesTheRoot() {
        JobId client = enqueue(OTHER);
        JobId internal = enqueue(OTHER);
        JobId middle = enqueue(BUILD.job(null).requires(client));
        JobId low = enqueue(BUILD.job(null).requires(middle));
        take(client).fail(JobError.of(TestError.BAD_INPUT, "bad input"));
        take(internal).fail(error("it broke"));
        assertThat(details(middle)).isEqualTo(new Details(client.toString(), client.toString(), 8, "bad input", 1));
        assertThat(details(low)).isEqualTo(new Details(middle.toString(), client.toString(), 8, "bad input", 2));
        JobError error = queue.status(low).error().orElseThrow();
        assertThat(error.errorClass()).isEqualTo(ErrorClass.CLIENT);
        JobId both = enqueue(BUILD.job(null).dependsOn(client).requires(internal, low));
        assertThat(details(both)).isEqualTo(new Details(internal.toString(), internal.toString(), 7, "it broke", 1));
        assertThat(queue.status(both).error().orElseThrow().errorClass()).isEqualTo(ErrorClass.INTERNAL);
        JobId turned = enqueue(BUILD.job(null).requires(low, internal));
        assertThat(details(turned)).isEqualTo(new Details(low.toString(), client.toString(), 8, "bad input", 3));
    }

    @Test
    @DisplayName("ERR-3 [must]: the position decides, not the order in which dependencies ended")
    void positionDecides() {
        JobId first = enqueue(OTHER);
        JobId second = enqueue(OTHER);
        JobId left = enqueue(BUILD.job(null).requires(second));
        JobId right = enqueue(BUILD.job(null).requires(first));
        JobId id = enqueue(TEST.job(null).requires(right, left));
        take(first).release(Duration.ofSeconds(1));
        fail(take(OTHER));
        assertThat(details(id).dependency()).as("the only one that had failed").isEqualTo(left.toString());
        JobId root = enqueue(OTHER.job(null));
        JobId a = enqueue(BUILD.job(null).requires(root));
        JobId b = enqueue(BUILD.job(null).requires(root));
        JobId both = enqueue(TEST.job(null).requires(b, a));
        queue.cancel(first, "");
        fail(root);
        assertThat(details(both).dependency()).as("failed in one step").isEqualTo(b.toString());
    }

    @Test
    @DisplayName("ERR-3 [must]: a canceled root has no code, its reason is that of the cancel")
    void canceledRoot() {
        JobId root = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).requires(root));
        queue.cancel(root, "not wanted");
        assertThat(details(id)).isEqualTo(new Details(root.toString(), root.toString(), null, "not wanted", 1));
        assertThat(queue.status(id).error().orElseThrow().errorClass()).isEqualTo(ErrorClass.CLIENT);
    }

    private Details details(JobId id) {
        JobError error = queue.status(id).error().orElseThrow();
        assertThat(error.code()).isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        return JobType.of("details", Details.class, Details.class).decodeArgs(error.details());
    }
}
