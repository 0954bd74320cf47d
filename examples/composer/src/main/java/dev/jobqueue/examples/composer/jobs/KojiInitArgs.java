package dev.jobqueue.examples.composer.jobs;

/** Which build to open at which koji server. */
public record KojiInitArgs(String server, String name, String version, String release) {
    public KojiInitArgs {
        server = ComposerJson.orEmpty(server);
        name = ComposerJson.orEmpty(name);
        version = ComposerJson.orEmpty(version);
        release = ComposerJson.orEmpty(release);
    }
}
