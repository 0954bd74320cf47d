package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Job;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import java.util.Optional;

/**
 * One consistent snapshot of a job, with the {@linkplain Part parts} that were asked for.
 */
public record StoredJob(JobStatus<RawJson> status, Optional<Job<RawJson>> definition) {
    public StoredJob {
        requireNonNull(status, "status");
        requireNonNull(definition, "definition");
    }
}
