package dev.jobqueue.examples.composer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server on a Unix domain socket. */
class UnixSocketTest {
    private static final OpenApi OPEN_API = OpenApi.read(UnixSocketTest.class, "test-api.yaml");

    @TempDir
    Path directory;

    private ApiServer start(Path socket) throws IOException {
        ApiServerOptions options = ApiServerOptions.loopback(0, "/api").address(new ListenAddress.Socket(socket));
        return ApiServer.start(options, OPEN_API, TestError.catalogue(), (api, routes) -> {});
    }

    private static String get(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap("GET /api/errors HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void assertFiles(Path... files) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            assertThat(all).containsExactlyInAnyOrder(files);
        }
    }

    @Test
    @DisplayName("A server answers on a socket that only its user can open, and leaves nothing")
    void answers() throws IOException {
        Path socket = directory.resolve("api.socket");
        try (ApiServer server = start(socket)) {
            assertThat(server.url()).isEqualTo("unix:" + socket);
            assertThat(get(socket)).startsWith("HTTP/1.1 200 ").contains("\"kind\":\"ErrorList\"");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertFiles(socket);
        }
        assertFiles();
    }

    @Test
    @DisplayName("A socket that a dead server has left is replaced")
    void staleSocket() throws IOException {
        Path socket = directory.resolve("api.socket");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        start(socket).close();
        assertFiles();
    }

    @Test
    @DisplayName("A socket that somebody listens on is refused, and goes on")
    void liveSocket() throws IOException {
        Path socket = directory.resolve("api.socket");
        try (ApiServer server = start(socket)) {
            assertThat(server.url()).endsWith(socket.toString());
            assertThatThrownBy(() -> start(socket).close())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(socket + ": another program listens on this socket");
            assertThat(get(socket)).startsWith("HTTP/1.1 200 ");
            assertFiles(socket);
        }
    }

    @Test
    @DisplayName("A server that stops leaves the socket of one that has taken its place")
    void replacedSocket() throws IOException {
        Path socket = directory.resolve("api.socket");
        ApiServer first = start(socket);
        Files.delete(socket);
        ApiServer second = start(socket);
        first.close();
        assertThat(get(socket)).startsWith("HTTP/1.1 200 ");
        second.close();
        assertFiles();
    }

    @Test
    @DisplayName("A file that is no socket stays, and a path that is too long for a socket is told")
    void noPlaceForASocket() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "mine");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> start(file))
                .withMessageContaining("there is a file that is no socket");
        assertThat(file).hasContent("mine");

        Path deep = Files.createDirectory(directory.resolve("d".repeat(100)));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> start(deep.resolve("api.socket")))
                .withMessageContaining("bytes shorter");
        assertThat(deep).isEmptyDirectory();
        assertFiles(file, deep);
    }
}
