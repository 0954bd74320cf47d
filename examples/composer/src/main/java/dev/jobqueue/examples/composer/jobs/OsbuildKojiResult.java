package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import java.util.Optional;

/**
 * What came of one build for koji.
 *
 * @param imageHash the MD5 of the image, as koji wants it
 * @param kojiError what old workers said about the upload to koji
 */
public record OsbuildKojiResult(
        String hostOs,
        String arch,
        Optional<RawJson> osbuildOutput,
        String imageHash,
        long imageSize,
        String kojiError,
        Optional<ReportedError> jobError)
        implements JobResult {
    public OsbuildKojiResult {
        hostOs = ComposerJson.orEmpty(hostOs);
        arch = ComposerJson.orEmpty(arch);
        requireNonNull(osbuildOutput, "osbuildOutput");
        imageHash = ComposerJson.orEmpty(imageHash);
        kojiError = ComposerJson.orEmpty(kojiError);
        requireNonNull(jobError, "jobError");
    }

    /** Whether osbuild ran and succeeded. */
    public boolean built() {
        return osbuildOutput.map(output -> OsbuildOutput.of(output).success()).orElse(false);
    }

    /** The result of a finished job in the shape of today (S4, S9). */
    OsbuildKojiResult upgraded() {
        return jobError.or(() -> OsbuildOutput.errorOf(osbuildOutput))
                .or(() -> KojiInitResult.errorOf(kojiError))
                .map(this::withError)
                .orElse(this);
    }

    OsbuildKojiResult withError(ReportedError error) {
        return new OsbuildKojiResult(hostOs, arch, osbuildOutput, imageHash, imageSize, kojiError, Optional.of(error));
    }
}
