package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of this service in a queue: one request and one reader for each type, so that type, args and result always fit together (S1, S24).
 *
 * <p>Readers throw {@link JobQueueException.NotFound} for an unknown id, {@link JobQueueException.TypeMismatch} for a job of another type, naming both, and
 * {@link JobQueueException.Undecodable} for a result that is none. A result is there only once the job is finished, and not if it was canceled; it has the shape of
 * today whatever its worker knew (S9). Thread-safe.
 */
public final class ComposerJobs {
    private final JobQueue queue;

    /** Over this queue, which stays the caller's to close. */
    public ComposerJobs(JobQueue queue) {
        this.queue = requireNonNull(queue, "queue");
    }

    // ---- requests

    /** A build for machines of this architecture (S25). */
    public static JobRequest<OsbuildArgs, OsbuildResult> osbuild(String arch, OsbuildArgs args) {
        return JobTypes.OSBUILD.variant(arch).job(args);
    }

    /** A build for koji, which waits for its koji-init. */
    public static JobRequest<OsbuildKojiArgs, OsbuildKojiResult> osbuildKoji(
            String arch, OsbuildKojiArgs args, JobId init) {
        return JobTypes.OSBUILD_KOJI.variant(arch).job(args).dependsOn(init);
    }

    /** Opens a build in koji. */
    public static JobRequest<KojiInitArgs, KojiInitResult> kojiInit(KojiInitArgs args) {
        return JobTypes.KOJI_INIT.job(args);
    }

    /** Imports builds into koji; depends on koji-init first, then on the builds in their order (S24). */
    public static JobRequest<KojiFinalizeArgs, KojiFinalizeResult> kojiFinalize(
            KojiFinalizeArgs args, JobId init, List<JobId> builds) {
        return JobTypes.KOJI_FINALIZE.job(args).dependsOn(init).dependencies(builds, false);
    }

    /** Chooses packages. */
    public static JobRequest<DepsolveArgs, DepsolveResult> depsolve(DepsolveArgs args) {
        return JobTypes.DEPSOLVE.job(args);
    }

    /** Enqueues one job; it is there when this returns. */
    public JobId enqueue(JobRequest<?, ?> request) {
        return queue.enqueue(request).id();
    }

    /** Enqueues all the jobs of a compose, or none: there is never a koji build that nobody finishes. */
    public void enqueue(KojiCompose compose) {
        var unused = queue.enqueueAll(compose.requests());
    }

    // ---- reading

    /** The type of a job without its architecture, for callers that do not know it (S2). */
    public String family(JobId id) {
        return queue.jobType(id).family();
    }

    /** Where a build is. */
    public JobStatus<OsbuildResult> osbuild(JobId id) {
        return read(JobTypes.OSBUILD, OsbuildResult.class, id);
    }

    /** Where a build for koji is. */
    public JobStatus<OsbuildKojiResult> osbuildKoji(JobId id) {
        return read(JobTypes.OSBUILD_KOJI, OsbuildKojiResult.class, id);
    }

    /** Where a koji-init is. */
    public JobStatus<KojiInitResult> kojiInit(JobId id) {
        return read(JobTypes.KOJI_INIT, KojiInitResult.class, id);
    }

    /** Where a koji-finalize is. */
    public JobStatus<KojiFinalizeResult> kojiFinalize(JobId id) {
        return read(JobTypes.KOJI_FINALIZE, KojiFinalizeResult.class, id);
    }

    /** Where a depsolve is. */
    public JobStatus<DepsolveResult> depsolve(JobId id) {
        return read(JobTypes.DEPSOLVE, DepsolveResult.class, id);
    }

    /** The error of a finished job of any type with, below an error of a dependency, what went wrong there (4.3). */
    public Optional<ReportedError> error(JobId id) {
        return new ErrorChain(queue).of(id);
    }

    private <R extends JobResult> JobStatus<R> read(JobType<?, R> type, Class<R> resultClass, JobId id) {
        JobStatus<RawJson> status = queue.status(id);
        type.requireCovers(id, status.type());
        return status.withResult(result(status).map(resultClass::cast));
    }

    /** The result in the shape of today, with the error that the queue noted if the worker reported none: it may be gone. */
    static Optional<JobResult> result(JobStatus<RawJson> status) {
        if (!status.state().finished() || status.state() == JobState.CANCELED) {
            return Optional.empty();
        }
        return JobTypes.result(status.type(), status.result().orElse(RawJson.NULL))
                .map(result -> status.error()
                        .filter(error ->
                                status.result().isEmpty() || result.jobError().isEmpty())
                        .map(error -> JobTypes.withError(result, ReportedError.of(error)))
                        .orElse(result));
    }
}
