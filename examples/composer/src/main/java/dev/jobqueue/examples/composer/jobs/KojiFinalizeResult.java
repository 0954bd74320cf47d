package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Whether the builds were imported into koji.
 *
 * @param kojiError what old workers said
 */
public record KojiFinalizeResult(String kojiError, Optional<ReportedError> jobError) implements JobResult {
    public KojiFinalizeResult {
        kojiError = ComposerJson.orEmpty(kojiError);
        requireNonNull(jobError, "jobError");
    }

    /** The result in the shape of today (S9). */
    KojiFinalizeResult upgraded() {
        return jobError.or(() -> KojiInitResult.errorOf(kojiError))
                .map(this::withError)
                .orElse(this);
    }

    KojiFinalizeResult withError(ReportedError error) {
        return new KojiFinalizeResult(kojiError, Optional.of(error));
    }
}
