package dev.jobqueue.examples.composer.jobs;

import java.util.List;

/**
 * What to import into koji. Its dependencies are the koji-init job and then the builds.
 *
 * @param kojiFilenames the names of the images, in the order of the builds
 * @param startTime when the compose was asked for, in seconds since 1970
 */
public record KojiFinalizeArgs(
        String server,
        String name,
        String version,
        String release,
        List<String> kojiFilenames,
        String kojiDirectory,
        long taskId,
        long startTime) {
    public KojiFinalizeArgs {
        server = ComposerJson.orEmpty(server);
        name = ComposerJson.orEmpty(name);
        version = ComposerJson.orEmpty(version);
        release = ComposerJson.orEmpty(release);
        kojiFilenames = ComposerJson.orEmpty(kojiFilenames);
        kojiDirectory = ComposerJson.orEmpty(kojiDirectory);
    }
}
