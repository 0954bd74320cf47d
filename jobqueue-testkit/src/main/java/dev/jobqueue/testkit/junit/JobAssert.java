package dev.jobqueue.testkit.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions on one job, in the style of AssertJ. Each message has the whole status of the job. */
public final class JobAssert extends AbstractAssert<JobAssert, JobStatus<RawJson>> {
    private JobAssert(JobStatus<RawJson> actual) {
        super(actual, JobAssert.class);
    }

    /** Looks at the job as it is now. */
    public static JobAssert assertThatJob(JobQueue queue, JobId id) {
        return new JobAssert(queue.status(id));
    }

    /** It is in this state. */
    @CanIgnoreReturnValue
    public JobAssert hasState(JobState state) {
        check(actual.state() == state, "state", state, actual.state());
        return this;
    }

    /** It has ended with a result. */
    @CanIgnoreReturnValue
    public JobAssert succeeded() {
        return hasState(JobState.SUCCEEDED);
    }

    /** It has ended with an error. */
    @CanIgnoreReturnValue
    public JobAssert failed() {
        return hasState(JobState.FAILED);
    }

    /** It has ended with an error of this code. */
    @CanIgnoreReturnValue
    public JobAssert failedWith(ErrorCode code) {
        failed();
        int found = error().code();
        check(found == code.code(), "error code", code + " (" + code.code() + ")", found);
        return this;
    }

    /** It has ended with an error whose reason has this text. */
    @CanIgnoreReturnValue
    public JobAssert failedWith(ErrorCode code, String reason) {
        failedWith(code);
        check(error().reason().contains(reason), "reason of the error", reason, error().reason());
        return this;
    }

    /** It was canceled. */
    @CanIgnoreReturnValue
    public JobAssert canceled() {
        return hasState(JobState.CANCELED);
    }

    /** It has this result, compared by {@code equals} after decoding. */
    @CanIgnoreReturnValue
    public <R> JobAssert hasResult(JobType<?, R> type, @Nullable R expected) {
        type.requireCovers(actual.id(), actual.type());
        check(actual.result().isPresent(), "result", expected, "none");
        R found = type.decodeResult(actual.result().orElseThrow());
        check(Objects.equals(found, expected), "result", expected, found);
        return this;
    }

    /** So many attempts were made, also those that were released or lost; up to 100 are kept. */
    @CanIgnoreReturnValue
    public JobAssert hasAttempts(int count) {
        check(
                actual.attempts().size() == count,
                "number of attempts",
                count,
                actual.attempts().size());
        return this;
    }

    private JobError error() {
        return actual.error().orElseThrow();
    }

    private void check(boolean holds, String what, @Nullable Object expected, @Nullable Object found) {
        if (!holds) {
            failWithMessage(
                    "%s of job %s (%s): expected <%s>, found <%s> in%n%s",
                    what, actual.id(), actual.type(), expected, found, actual);
        }
    }
}
