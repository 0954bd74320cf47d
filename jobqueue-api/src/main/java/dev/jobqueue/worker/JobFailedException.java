package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobError;
import dev.jobqueue.RawJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler to fail the attempt with an error of the application's own.
 *
 * <pre>{@code
 * throw new JobFailedException(JobError.of(BuildError.NO_SUCH_PACKAGE, "no package " + name).asPermanent());
 * }</pre>
 *
 * <p>An error that is not permanent is tried again while the job has attempts left (FIN-3).
 */
public final class JobFailedException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient JobError error;
    private final transient Optional<RawJson> result;

    /** Fails with this code and this text for people, without details; worth trying again. */
    public JobFailedException(ErrorCode code, String reason) {
        this(JobError.of(code, reason));
    }

    /** Fails with this error. */
    public JobFailedException(JobError error) {
        this(error, null, null);
    }

    /**
     * Fails with this error.
     *
     * @param result kept only if the job ends with this attempt (FIN-2); {@code null} for none
     * @param cause for the log of the worker, it is not stored; {@code null} for none
     */
    public JobFailedException(JobError error, @Nullable RawJson result, @Nullable Throwable cause) {
        super(requireNonNull(error, "error").reason(), cause);
        this.error = error;
        this.result = Optional.ofNullable(result);
    }

    /** What is stored. */
    public JobError error() {
        return error;
    }

    /** The result that goes with the error. */
    public Optional<RawJson> result() {
        return result;
    }
}
