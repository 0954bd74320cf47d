package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;

/** The progress of a running attempt (FIN-5). */
public record ProgressReport(JobToken token, RawJson progress) {
    public ProgressReport {
        requireNonNull(token, "token");
        requireNonNull(progress, "progress");
    }
}
