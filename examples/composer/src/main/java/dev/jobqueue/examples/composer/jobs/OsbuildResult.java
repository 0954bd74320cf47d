package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Optional;

/**
 * What came of an osbuild job (S31).
 *
 * @param success whether the image was built and brought to all its targets
 * @param osbuildOutput osbuild's own report, with its logs
 * @param targetErrors what old workers said about targets
 * @param uploadStatus what became of the upload
 */
public record OsbuildResult(
        boolean success,
        Optional<RawJson> osbuildOutput,
        List<String> targetErrors,
        Optional<String> uploadStatus,
        Optional<RawJson> pipelineNames,
        String hostOs,
        String arch,
        Optional<ReportedError> jobError)
        implements JobResult {
    public OsbuildResult {
        requireNonNull(osbuildOutput, "osbuildOutput");
        targetErrors = ComposerJson.orEmpty(targetErrors);
        requireNonNull(uploadStatus, "uploadStatus");
        requireNonNull(pipelineNames, "pipelineNames");
        hostOs = ComposerJson.orEmpty(hostOs);
        arch = ComposerJson.orEmpty(arch);
        requireNonNull(jobError, "jobError");
    }

    /** The result of a finished job in the shape of today, whatever the shape that its worker knew (S3, S9, S32). */
    OsbuildResult upgraded(RawJson stored) {
        Optional<RawJson> output =
                osbuildOutput.or(() -> OsbuildOutput.matches(stored) ? Optional.of(stored) : Optional.empty());
        Optional<ReportedError> error = jobError.or(() -> OsbuildOutput.errorOf(output))
                .or(() -> targetErrors.stream()
                        .findFirst()
                        .map(text -> ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, text)));
        boolean built =
                success || output.map(o -> OsbuildOutput.of(o).success()).orElse(false);
        return new OsbuildResult(
                built && error.isEmpty(), output, targetErrors, uploadStatus, pipelineNames, hostOs, arch, error);
    }

    OsbuildResult withError(ReportedError error) {
        return new OsbuildResult(
                false, osbuildOutput, targetErrors, uploadStatus, pipelineNames, hostOs, arch, Optional.of(error));
    }
}
