package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import java.util.List;

/**
 * A running job.
 *
 * @param attempt the number of this attempt, from 1
 * @param dependencies the outcome at each position of the edges in effect
 * @param resultsIncluded whether {@code dependencies} have their results; false if these are larger than {@link #MAX_RESULTS} together, and then they
 *     are read one by one with {@link JobStore#find} (DEQ-10)
 */
public record ClaimedJob(
        Job<RawJson> job,
        JobToken token,
        int attempt,
        List<DependencyOutcome<RawJson>> dependencies,
        boolean resultsIncluded) {
    /** The most bytes of results that come with a claimed job. */
    public static final int MAX_RESULTS = 8 << 20;

    public ClaimedJob {
        requireNonNull(job, "job");
        requireNonNull(token, "token");
        dependencies = List.copyOf(dependencies);
    }
}
