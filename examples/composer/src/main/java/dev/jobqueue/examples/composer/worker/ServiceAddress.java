package dev.jobqueue.examples.composer.worker;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the worker API is.
 *
 * @param base what its paths follow
 * @param socket what to connect to in place of the host of the base
 */
public record ServiceAddress(URI base, Optional<Path> socket) {
    private static final String SOCKET = "unix:";

    /** The one of a service on a socket. */
    private static final URI LOCAL = URI.create("http://localhost/api/worker/v1");

    /**
     * Reads {@code http://host:port/base/path}, or {@code unix:} and the path of a socket.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static ServiceAddress parse(String text) {
        if (text.startsWith(SOCKET) && text.length() > SOCKET.length()) {
            return new ServiceAddress(LOCAL, Optional.of(Path.of(text.substring(SOCKET.length()))));
        }
        URI base = URI.create(text);
        if (base.getHost() == null || !text.matches("https?:.*")) {
            throw new IllegalArgumentException("no http://host:port/path or unix:/path/of/a/socket: " + text);
        }
        return new ServiceAddress(base, Optional.empty());
    }
}
