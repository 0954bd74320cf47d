package dev.jobqueue.examples.composer.koji;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Calls of a koji hub for content generators. Thread-safe. Each call may be told as {@link KojiException.Unknown}: then ask for the build. */
public interface KojiHub {
    /** Begins a build. */
    Reserved begin(BuildName name) throws KojiException;

    /** A build by its number; empty if there is none. */
    Optional<HubBuild> build(long id) throws KojiException;

    /** A build by its name; empty if there is none. */
    Optional<HubBuild> build(BuildName name) throws KojiException;

    /** Gives up a build whose token is lost. */
    void cancel(long buildId) throws KojiException;

    /**
     * Sends a file into a directory of the hub. Sending it again is harmless.
     *
     * @return how many bytes it has and their MD5
     */
    Sent send(Path file, String directory, String name) throws KojiException, IOException;

    /** Ends a build with the files that were sent to a directory. */
    void complete(Reserved build, Map<String, Object> metadata, String directory) throws KojiException;

    /** Ends a build that has failed. */
    void fail(Reserved build) throws KojiException;

    /** A file that the hub has. */
    record Sent(long bytes, String md5) {}
}
