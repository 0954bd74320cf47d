package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.RawJson;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What of osbuild's output decides over a build. The rest, mostly logs, is passed on as it is.
 *
 * @param error the text at the top: osbuild did not get to building
 */
record OsbuildOutput(boolean success, Optional<String> error) {
    private static final Set<String> FIELDS = Set.of("stages", "build", "log", "tree_id", "output_id");

    static OsbuildOutput of(RawJson output) {
        JsonNode node = ComposerJson.tree(output);
        return new OsbuildOutput(node.path("success").asBoolean(false), text(node.path("error")));
    }

    /** Whether this is such an output; the first workers reported it in place of a result (S32). */
    static boolean matches(RawJson json) {
        JsonNode node = ComposerJson.tree(json);
        return node.isObject() && !node.has("osbuild_output") && FIELDS.stream().anyMatch(node::has);
    }

    private static Optional<String> text(JsonNode error) {
        String text = error.isString()
                ? error.stringValue()
                : error.isMissingNode() || error.isNull() ? "" : error.toString();
        return Optional.of(text).filter(t -> !t.isEmpty());
    }

    /** The error of a build that reported none (S3, S4): without output osbuild could not be started. */
    static Optional<ReportedError> errorOf(Optional<RawJson> output) {
        if (output.isEmpty()) {
            return Optional.of(
                    ReportedError.of(ImageError.BUILD_JOB, "osbuild gave no output: it could not be started"));
        }
        return of(output.get()).error().map(text -> ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, text));
    }
}
