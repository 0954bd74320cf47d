package dev.jobqueue.examples.composer.composeapi;

import dev.jobqueue.JobId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** The files that workers have brought. */
public interface ComposeFiles {
    /** Those of a job that has ended, with their bytes, by name; none of any other job. */
    SortedMap<String, Long> of(JobId job) throws IOException;

    /** One of them. */
    Optional<Path> find(JobId job, String name);

    /** Hears of the jobs of each compose that was deleted, right after that. */
    void deleted(Set<JobId> jobs);
}
