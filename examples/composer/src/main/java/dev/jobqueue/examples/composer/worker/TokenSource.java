package dev.jobqueue.examples.composer.worker;

import java.net.URI;
import java.nio.file.Path;

/** Where a worker gets bearer tokens. */
public sealed interface TokenSource {
    /** A file that somebody else keeps up to date. */
    record InFile(Path file) implements TokenSource {}

    /**
     * A token endpoint that takes client credentials (RFC 6749, 4.4).
     *
     * @param endpoint where it is
     * @param clientId who the worker is there
     * @param secretFile a file with its secret
     */
    record ClientCredentials(URI endpoint, String clientId, Path secretFile) implements TokenSource {}
}
