package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * The build that koji has opened.
 *
 * @param buildId koji's number, 0 if there is none
 * @param token koji's secret for this build
 * @param kojiError what old workers said
 */
public record KojiInitResult(long buildId, String token, String kojiError, Optional<ReportedError> jobError)
        implements JobResult {
    public KojiInitResult {
        token = ComposerJson.orEmpty(token);
        kojiError = ComposerJson.orEmpty(kojiError);
        requireNonNull(jobError, "jobError");
    }

    /** The result in the shape of today (S9). */
    KojiInitResult upgraded() {
        return jobError.or(() -> errorOf(kojiError)).map(this::withError).orElse(this);
    }

    KojiInitResult withError(ReportedError error) {
        return new KojiInitResult(buildId, token, kojiError, Optional.of(error));
    }

    static Optional<ReportedError> errorOf(String kojiError) {
        return Optional.of(kojiError)
                .filter(text -> !text.isEmpty())
                .map(text -> ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, text));
    }

    /** Without koji's secret. */
    @Override
    public String toString() {
        return "KojiInitResult[buildId=" + buildId + ", kojiError=" + kojiError + ", jobError=" + jobError + "]";
    }
}
