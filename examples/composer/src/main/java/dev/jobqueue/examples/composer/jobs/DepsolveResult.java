package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The packages that were chosen.
 *
 * @param packageSpecs by the name of the package set
 * @param error what old workers said
 * @param errorType {@code depsolve} if the packages do not fit together
 */
public record DepsolveResult(
        Map<String, List<RawJson>> packageSpecs, String error, String errorType, Optional<ReportedError> jobError)
        implements JobResult {
    public DepsolveResult {
        packageSpecs = orEmpty(packageSpecs);
        error = ComposerJson.orEmpty(error);
        errorType = ComposerJson.orEmpty(errorType);
        requireNonNull(jobError, "jobError");
    }

    static <V> Map<String, V> orEmpty(@Nullable Map<String, V> map) {
        return map == null ? Map.of() : Map.copyOf(map);
    }

    /** The result in the shape of today (S9). */
    DepsolveResult upgraded() {
        if (jobError.isPresent() || error.isEmpty()) {
            return this;
        }
        return withError(ReportedError.of(
                errorType.equals("depsolve") ? ImageError.DNF_DEPSOLVE : ImageError.RPM_METADATA, error));
    }

    DepsolveResult withError(ReportedError newError) {
        return new DepsolveResult(packageSpecs, error, errorType, Optional.of(newError));
    }
}
