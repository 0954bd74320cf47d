package dev.jobqueue.examples.composer.koji;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions at a hub that wants a login. */
class KojiLoginTest {
    private static final KojiLogin LOGIN = new KojiLogin("builder", "s3cret & <more>");

    @TempDir
    Path directory;

    private TestHub hub;

    @BeforeEach
    void start() throws IOException {
        hub = new TestHub();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private XmlRpcHub client(KojiLogin login) {
        return new XmlRpcHub(hub.url(), Optional.of(login), Duration.ofSeconds(10));
    }

    private static BuildName name(int number) {
        return new BuildName("image", "1", String.valueOf(number));
    }

    @ParameterizedTest(name = "in headers: {0}")
    @DisplayName("One login serves many calls, which show the session and a number that grows")
    @ValueSource(booleans = {true, false})
    void oneLogin(boolean inHeaders) throws Exception {
        hub.requireLogin(LOGIN, inHeaders);
        XmlRpcHub client = client(LOGIN);
        KojiBuilds builds = new KojiBuilds(client);
        Reserved build = builds.begin(name(1), false);
        Path file = Files.writeString(directory.resolve("image"), "content");
        client.send(file, "d", "image");
        builds.fail(build);
        assertThat(hub.calls("login")).isEqualTo(1);
        assertThat(hub.states(name(1))).containsExactly(List.of(BuildState.BUILDING, BuildState.FAILED));
    }

    @ParameterizedTest(name = "in headers: {0}")
    @DisplayName(
            "A session that has expired, or that the hub does not know any more, is followed by a new one; the call is made once")
    @ValueSource(booleans = {true, false})
    void newLogin(boolean inHeaders) throws Exception {
        hub.requireLogin(LOGIN, inHeaders);
        XmlRpcHub client = client(LOGIN);
        Reserved first = client.begin(name(1));
        hub.expireSessions();
        client.fail(first);
        Reserved second = client.begin(name(2));
        hub.forgetSessions();
        client.fail(second);
        assertThat(hub.calls("login")).isEqualTo(3);
        assertThat(hub.states(name(1))).containsExactly(List.of(BuildState.BUILDING, BuildState.FAILED));
        assertThat(hub.states(name(2))).containsExactly(List.of(BuildState.BUILDING, BuildState.FAILED));
    }

    @Test
    @DisplayName("After a lost reply the session goes on")
    void lostReply() throws Exception {
        hub.requireLogin(LOGIN, true);
        KojiBuilds builds = new KojiBuilds(client(LOGIN));
        Reserved build = builds.begin(name(1), false);
        hub.loseReplies("CGRefundBuild", 1);
        builds.fail(build);
        assertThat(hub.calls("login")).isEqualTo(1);
        assertThat(hub.calls("CGRefundBuild")).isEqualTo(1);
    }

    @Test
    @DisplayName("Calls of many threads keep the order of their numbers")
    void manyThreads() throws Exception {
        hub.requireLogin(LOGIN, false);
        XmlRpcHub client = client(LOGIN);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Callable<Reserved>> calls = IntStream.range(0, 40)
                .<Callable<Reserved>>mapToObj(i -> () -> client.begin(name(i)))
                .toList();
        for (Future<Reserved> begun : threads.invokeAll(calls)) {
            assertThat(begun.get().buildId()).isPositive();
        }
        threads.shutdown();
        assertThat(hub.calls("login")).isEqualTo(1);
    }

    @Test
    @DisplayName("A wrong password is refused; without a login there are no builds")
    void refused() {
        hub.requireLogin(LOGIN, false);
        assertThatExceptionOfType(KojiException.Refused.class)
                .isThrownBy(() -> client(new KojiLogin("builder", "wr0ng")).begin(name(1)))
                .withMessageContaining("invalid username or password")
                .withMessageNotContaining("wr0ng");
        assertThatExceptionOfType(KojiException.Refused.class)
                .isThrownBy(() -> new XmlRpcHub(hub.url(), Duration.ofSeconds(10)).begin(name(1)))
                .withMessageContaining("you must be logged in");
        assertThat(hub.states(name(1))).isEmpty();
    }

    @Test
    @DisplayName("Neither the key of a session nor the password is in an error")
    void secrets() throws Exception {
        hub.requireLogin(LOGIN, false);
        XmlRpcHub client = client(LOGIN);
        assertThat(client.build(1)).isEmpty();
        String key = hub.sessionKeys().get(0);
        hub.answerWith(500);
        assertThatExceptionOfType(KojiException.Unknown.class)
                .isThrownBy(() -> client.begin(name(1)))
                .satisfies(e -> assertThat(trace(e)).doesNotContain(key.substring(0, 20), "s3cret"));
        hub.close();
        assertThatExceptionOfType(KojiException.Unknown.class)
                .isThrownBy(() -> client.begin(name(1)))
                .satisfies(e -> assertThat(trace(e)).doesNotContain(key.substring(0, 20), "s3cret"));
        assertThat(LOGIN.toString()).contains("builder").doesNotContain("s3cret");
    }

    private static String trace(Exception e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    private Path file(String mode, String content) throws IOException {
        Path file = Files.createTempFile(directory, "logins", ".json");
        Files.writeString(file, content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @Test
    @DisplayName("Logins are read from a file that others cannot open")
    void read() throws IOException {
        String logins =
                "[{\"server\":\"https://a.example.com/kojihub\",\"user\":\"builder\",\"password\":\"s3cret & <more>\"}]";
        assertThat(KojiLogin.read(file("rw-------", logins)))
                .isEqualTo(Map.of(URI.create("https://a.example.com/kojihub"), LOGIN));
        Path open = file("rw-r-----", logins);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> KojiLogin.read(open))
                .withMessageContaining("others may open " + open);
        Path incomplete = file("rw-------", "[{\"server\":\"https://a.example.com\",\"password\":\"s3cret\"}]");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> KojiLogin.read(incomplete))
                .withMessageContaining("needs server, user and password");
        Path broken = file("rw-------", "[{\"password\":\"s3cret\",}]");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> KojiLogin.read(broken))
                .satisfies(e ->
                        assertThat(trace(e)).contains("no JSON list of logins").doesNotContain("s3cret"));
    }
}
