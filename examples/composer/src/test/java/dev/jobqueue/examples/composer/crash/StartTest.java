package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the program says when it cannot start: a line for people, and exit code 2. */
class StartTest {
    @TempDir
    Path directory;

    private Program program(String... arguments) throws IOException {
        return new Program(directory, directory, List.of(arguments));
    }

    private Program service(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("service", "--worker-port", "0", "--compose-port", "0"));
        arguments.addAll(List.of(more));
        return program(arguments.toArray(String[]::new));
    }

    /** The last line of what the program says, which has all of these in it; before it there may be lines of the log, without a stack. */
    private static void assertRefused(Program program, String... parts) throws InterruptedException {
        assertThat(program.end()).as(program.output()).isEqualTo(2);
        List<String> lines = program.output().lines().toList();
        assertThat(lines).noneMatch(line -> line.startsWith("\tat ") || line.startsWith("Caused by"));
        assertThat(lines.get(lines.size() - 1)).startsWith("composer ").contains(parts);
        assertThat(lines).filteredOn(line -> line.startsWith("composer ")).hasSize(1);
    }

    @Test
    @DisplayName("A wrong option or value is named, with where to read more")
    void options() throws Exception {
        assertRefused(service("--prot", "1"), "'--prot'", "composer service --help");
        assertRefused(service("--retention", "5 days"), "'--retention'", "'5 days'", "composer service --help");
        assertRefused(service("--heartbeat-limit", "PT0S"), "heartbeatLimit", "PT0S", "PT0.001S to");
        assertRefused(program("service", "--worker-port", "70000"), "70000", "65535");
        assertRefused(program("worker", "--service", "ftp://host"), "ftp://host", "http://host:port/path");
    }

    @Test
    @DisplayName("A port that is taken is named, that of each listener")
    void ports() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            for (List<String> ports :
                    List.of(List.of(port, "0", "0"), List.of("0", port, "0"), List.of("0", "0", port))) {
                Program service = program(
                        "service",
                        "--worker-port",
                        ports.get(0),
                        "--compose-port",
                        ports.get(1),
                        "--operations-port",
                        ports.get(2));
                assertRefused(service, "127.0.0.1:" + port, "choose another");
            }
        }
    }

    @Test
    @DisplayName("A file of keys that is not there, or has none, is named")
    void keys() throws Exception {
        Path missing = directory.resolve("missing.pem");
        assertRefused(
                service("--tls-certificate", missing.toString(), "--tls-key", missing.toString()),
                "there is no " + missing);
        Path empty = Files.createFile(directory.resolve("empty.jwks"));
        assertRefused(
                service("--jwks", empty.toString(), "--jwt-issuer", "a", "--jwt-audience", "b"), empty.toString());
    }

    @Test
    @DisplayName("A directory that another service uses is named, and that service goes on")
    void directory() throws Exception {
        Program first = service();
        try {
            first.await(Pattern.compile("compose API (\\S+)\\R"));
            assertRefused(service(), directory.resolve("queue").toString(), "in use");
        } finally {
            first.stop();
        }
    }

    @Test
    @DisplayName("A database that does not answer is told, without the password")
    void database() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        Program program = service("--postgres", "jdbc:postgresql://127.0.0.1:" + free + "/a?user=b&password=s3cret");
        assertRefused(program, "127.0.0.1:" + free, "Check that");
        assertThat(program.output()).doesNotContain("s3cret");
        Program other = service("--postgres", "postgres://b:s3cret@127.0.0.1/a");
        assertRefused(other, "--postgres", "jdbc:postgresql://");
        assertThat(other.output()).doesNotContain("s3cret");
    }

    @Test
    @DisplayName("A service that does not answer is named by the command that asks it")
    void noService() throws Exception {
        assertRefused(
                program("compose", "watch", "x", "--api", "http://127.0.0.1:1/a"), "http://127.0.0.1:1/a", "--api");
    }
}
