package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Follows errors that speak of dependencies down to their causes (4.3). A job without an error, or with one of its own, ends the walk: what is below it does not matter.
 *
 * <p>Reads each job once, however many paths lead to it. Not thread-safe; for one walk.
 */
final class ErrorChain {
    private final JobQueue queue;
    private final Map<JobId, Optional<ReportedError>> known = new HashMap<>();

    ErrorChain(JobQueue queue) {
        this.queue = queue;
    }

    Optional<ReportedError> of(JobId id) {
        Optional<ReportedError> before = known.get(id);
        if (before != null) {
            return before;
        }
        Optional<ReportedError> error = read(id);
        known.put(id, error);
        return error;
    }

    private Optional<ReportedError> read(JobId id) {
        JobStatus<RawJson> status = queue.status(id);
        Optional<ReportedError> error = ComposerJobs.result(status)
                .map(JobResult::jobError)
                .orElseGet(() -> status.error().map(ReportedError::of));
        return error.map(e -> e.ofDependency() ? withCauses(e, status.dependencies()) : e);
    }

    /** Details given with such an error stand only if nothing is found below. */
    private ReportedError withCauses(ReportedError error, List<DependencyOutcome<RawJson>> dependencies) {
        List<ReportedError> causes = dependencies.stream()
                .map(DependencyOutcome::id)
                .distinct()
                .flatMap(id -> of(id).stream())
                .toList();
        return causes.isEmpty() ? error : error.withCauses(causes);
    }
}
