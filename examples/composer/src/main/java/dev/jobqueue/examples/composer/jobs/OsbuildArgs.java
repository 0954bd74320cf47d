package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What to build.
 *
 * @param manifest osbuild's input, which this service does not look into (S45); JSON null if there is none
 * @param targets where to bring the image, each with a name and options
 * @param imageName the artifact to send back under this name; empty for none (S33)
 * @param streamOptimized whether to convert a VMDK before it is sent
 * @param exports the pipelines whose trees osbuild shall give out
 */
public record OsbuildArgs(
        RawJson manifest,
        List<RawJson> targets,
        String imageName,
        boolean streamOptimized,
        List<String> exports,
        Optional<RawJson> pipelineNames) {
    /** The target that stood for {@code image_name} in jobs of the first releases (S34). */
    private static final String LOCAL_TARGET = "org.osbuild.local";

    public OsbuildArgs {
        manifest = ComposerJson.orNull(manifest);
        targets = ComposerJson.orEmpty(targets);
        imageName = ComposerJson.orEmpty(imageName);
        exports = ComposerJson.orEmpty(exports);
        requireNonNull(pipelineNames, "pipelineNames");
    }

    /** An image that comes back as an artifact, or nowhere if the name is empty. */
    public static OsbuildArgs of(RawJson manifest, String imageName, List<String> exports) {
        return new OsbuildArgs(manifest, List.of(), imageName, false, exports, Optional.empty());
    }

    /**
     * What to send back, also from jobs that were enqueued before {@code image_name} was: their reading side outlives their writer (S34).
     *
     * @return empty if nothing is sent back
     */
    public Optional<Artifact> artifact() {
        return imageName.isEmpty() ? localTarget() : Optional.of(new Artifact(imageName, streamOptimized));
    }

    private Optional<Artifact> localTarget() {
        return targets.stream()
                .map(ComposerJson::tree)
                .filter(target -> target.path("name").asString("").equals(LOCAL_TARGET))
                .map(target -> target.path("options"))
                .filter(options -> !options.path("filename").asString("").isEmpty())
                .map(OsbuildArgs::artifactOf)
                .findFirst();
    }

    private static Artifact artifactOf(JsonNode options) {
        return new Artifact(
                options.path("filename").asString(""),
                options.path("stream_optimized").asBoolean(false));
    }

    /** A file that a worker sends back to the service. */
    public record Artifact(String name, boolean streamOptimized) {}
}
