package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Optional;

/**
 * What to build for koji. Its one dependency is the koji-init job.
 *
 * @param kojiFilename the name of the image in koji, see {@link KojiNames#filename}
 */
public record OsbuildKojiArgs(
        RawJson manifest,
        String imageName,
        List<String> exports,
        Optional<RawJson> pipelineNames,
        String kojiServer,
        String kojiDirectory,
        String kojiFilename) {
    public OsbuildKojiArgs {
        manifest = ComposerJson.orNull(manifest);
        imageName = ComposerJson.orEmpty(imageName);
        exports = ComposerJson.orEmpty(exports);
        requireNonNull(pipelineNames, "pipelineNames");
        kojiServer = ComposerJson.orEmpty(kojiServer);
        kojiDirectory = ComposerJson.orEmpty(kojiDirectory);
        kojiFilename = ComposerJson.orEmpty(kojiFilename);
    }
}
