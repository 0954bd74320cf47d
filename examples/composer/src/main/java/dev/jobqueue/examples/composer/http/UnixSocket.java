package dev.jobqueue.examples.composer.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * The file of a Unix domain socket.
 *
 * <p>The socket is bound in a directory that nobody else may enter, gets its mode there, and is then renamed. So it is never open to other users, and it takes the place of a dead
 * server's file in one step.
 */
final class UnixSocket {
    private final Path path;
    private final Path directory;

    /** What identifies the file that was published. */
    private @Nullable Object key;

    private UnixSocket(Path path, Path directory) {
        this.path = path;
        this.directory = directory;
    }

    /**
     * Prepares a socket.
     *
     * @throws IOException if somebody listens there, something else is there, or the path is too long for a socket
     */
    static UnixSocket at(Path path) throws IOException {
        requireFree(path);
        Path parent = path.resolveSibling("");
        UnixSocket socket = new UnixSocket(path, Files.createTempDirectory(parent, "."));
        int tooMany = socket.bound().toString().getBytes(StandardCharsets.UTF_8).length
                - UnixDomainServerConnector.MAX_UNIX_DOMAIN_PATH_LENGTH;
        if (tooMany > 0) {
            socket.remove();
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "the directory of a socket needs a path that is " + tooMany + " bytes shorter");
        }
        return socket;
    }

    private static void requireFree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!attributes(path).isOther()) {
            throw new FileSystemException(path.toString(), null, "there is a file that is no socket");
        }
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
            throw new FileSystemException(path.toString(), null, "another program listens on this socket");
        } catch (ConnectException e) {
            // Its server is dead.
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** Where to bind it. */
    Path bound() {
        return directory.resolve("s");
    }

    /** Lets clients find it, once it is bound. */
    void publish() throws IOException {
        Files.setPosixFilePermissions(bound(), PosixFilePermissions.fromString("rw-------"));
        key = attributes(bound()).fileKey();
        Files.move(bound(), path, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(directory);
    }

    /** Removes its files, but not that of a server that has taken its place. Idempotent. */
    void remove() throws IOException {
        Files.deleteIfExists(bound());
        Files.deleteIfExists(directory);
        if (key != null
                && Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && Objects.equals(attributes(path).fileKey(), key)) {
            Files.delete(path);
        }
    }
}
