package dev.jobqueue.examples.composer.jobs;

import java.util.Optional;

/** What a worker reports at the end of a job. */
public sealed interface JobResult
        permits OsbuildResult, OsbuildKojiResult, KojiInitResult, KojiFinalizeResult, DepsolveResult {
    /** What went wrong; absent if nothing did (S7). */
    Optional<ReportedError> jobError();
}
