package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.ReportedError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job cannot be done, and this is what to report. */
final class StepFailed extends Exception {
    private static final long serialVersionUID = 1;

    private final transient ReportedError error;

    StepFailed(ImageError error, String reason) {
        this(error, reason, (Throwable) null);
    }

    StepFailed(ImageError error, String reason, @Nullable Throwable cause) {
        super(reason, cause);
        this.error = ReportedError.of(error, reason);
    }

    StepFailed(ImageError error, String reason, List<ReportedError> causes) {
        super(reason);
        this.error = ReportedError.ofDependencies(error, reason, causes);
    }

    ReportedError error() {
        return error;
    }
}
