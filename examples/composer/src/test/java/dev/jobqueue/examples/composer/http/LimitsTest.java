package dev.jobqueue.examples.composer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients may ask of a listener, and how those are cut off that take too long. */
@Timeout(60)
class LimitsTest {
    private static final OpenApi OPEN_API = OpenApi.read(LimitsTest.class, "test-api.yaml");
    private static final HttpLimits QUICK =
            HttpLimits.DEFAULT.idleTimeout(Duration.ofMillis(300)).minBytesPerSecond(1_000);

    @TempDir
    Path directory;

    private static ApiServerOptions options(HttpLimits limits) {
        return ApiServerOptions.loopback(0, "/api").limits(limits).maxBodyBytes(1 << 20);
    }

    private static ApiServer start(ApiServerOptions options) throws IOException {
        return ApiServer.start(options, OPEN_API, TestError.catalogue(), (api, routes) -> {
            routes.get(
                    api.path("/channel"),
                    context -> ApiServer.send(
                            context, 200, Map.of("channel", api.requests().channel(context))));
            routes.post(
                    api.path("/body"),
                    context -> ApiServer.send(
                            context,
                            200,
                            Map.of("bytes", api.requests().content(context).readAllBytes().length)));
        });
    }

    private static Socket connect(ApiServer server) throws IOException {
        return new Socket(
                InetAddress.getLoopbackAddress(), URI.create(server.url()).getPort());
    }

    private static void write(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** What the server still says until it cuts the connection. */
    private static String rest(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        try {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (SocketException e) {
            return "";
        }
    }

    /** Sends one byte after the other, as slowly as the server lets it, until the connection is cut. */
    private static void drip(Socket socket, String text) throws Exception {
        for (int i = 0; ; i++) {
            try {
                write(socket, text.substring(i % text.length(), i % text.length() + 1));
            } catch (SocketException e) {
                return;
            }
            // No wait for a fact, but the pace of the client, which is less than a tenth of the idle timeout.
            Thread.sleep(20);
        }
    }

    @Test
    @DisplayName("Header fields have a limit: 431")
    void headers() throws Exception {
        try (ApiServer server = start(options(HttpLimits.DEFAULT.maxHeaderBytes(2_000)))) {
            ApiClient client = new ApiClient(server.url(), OPEN_API);
            Exchange refused = client.send("GET", "/channel", "", "X-Long", "x".repeat(3_000));
            assertThat(refused.status()).isEqualTo(431);
            assertThat(refused.error())
                    .isEqualTo(TestError.of(CommonError.HEADERS).number());
            assertThat(client.send("GET", "/channel", "", "X-Long", "x".repeat(1_000))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    @DisplayName("Each caller has a number of requests, and is told when there will be another one: 429")
    void rate() throws Exception {
        TestIssuer issuer = new TestIssuer(directory.resolve("keys.jwks"));
        // Three at once, and then one in about as many seconds as nobody waits here.
        ApiServerOptions options = options(HttpLimits.DEFAULT.requests(1, 3)).access(issuer.access());
        try (ApiServer server = start(options)) {
            ApiClient client = new ApiClient(server.url(), OPEN_API);
            ApiClient seven = client.as(issuer.token("seven"));
            List<Exchange> answers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                answers.add(seven.get("/channel"));
            }
            assertThat(answers.subList(0, 3)).allMatch(answer -> answer.status() == 200);
            assertThat(answers).anyMatch(answer -> answer.status() == 429);
            Exchange refused = answers.stream()
                    .filter(answer -> answer.status() == 429)
                    .findFirst()
                    .orElseThrow();
            assertThat(refused.error())
                    .isEqualTo(TestError.of(CommonError.TOO_MANY_REQUESTS).number());
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                    .isBetween(1L, 2L);

            assertThat(client.as(issuer.token("eight")).get("/channel").status())
                    .as("another caller")
                    .isEqualTo(200);
            answers.clear();
            for (int i = 0; i < 30; i++) {
                answers.add(client.as("wrong").get("/channel"));
            }
            assertThat(answers.get(0).status()).isEqualTo(401);
            assertThat(answers).anyMatch(answer -> answer.status() == 429);
        }
    }

    @Test
    @DisplayName("Nobody is counted where access is open, or there is no limit")
    void noRate() throws Exception {
        TestIssuer issuer = new TestIssuer(directory.resolve("keys.jwks"));
        HttpLimits one = HttpLimits.DEFAULT.requests(1, 1);
        try (ApiServer open = start(options(one));
                ApiServer unlimited = start(options(one.requests(0, 1)).access(issuer.access()))) {
            ApiClient nobody = new ApiClient(open.url(), OPEN_API);
            ApiClient seven = new ApiClient(unlimited.url(), OPEN_API).as(issuer.token("seven"));
            for (int i = 0; i < 20; i++) {
                assertThat(nobody.get("/channel").status()).isEqualTo(200);
                assertThat(seven.get("/channel").status()).isEqualTo(200);
            }
        }
    }

    @Test
    @DisplayName("A client that says nothing is cut off")
    void silence() throws Exception {
        try (ApiServer server = start(options(QUICK));
                Socket socket = connect(server)) {
            assertThat(rest(socket)).isEmpty();
        }
    }

    @Test
    @DisplayName("A client whose request comes in byte by byte is cut off, before it is whole")
    void slowHeaders() throws Exception {
        try (ApiServer server = start(options(QUICK));
                Socket socket = connect(server)) {
            write(socket, "GET /api/channel HTTP/1.1\r\n");
            drip(socket, "X: y\r\n");
            assertThat(rest(socket)).doesNotContain("200");
        }
    }

    @Test
    @DisplayName("A second request on a connection is held to the same as the first one")
    void slowSecondRequest() throws Exception {
        try (ApiServer server = start(options(QUICK));
                Socket socket = connect(server)) {
            write(socket, "GET /api/channel HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            drip(socket, "GET /api/channel HTTP/1.1\r\nX: y\r\n");
        }
    }

    @Test
    @DisplayName("A body may take longer than a connection may be silent, also if it waits for leave to come in")
    void longBody() throws Exception {
        try (ApiServer server = start(options(QUICK.minBytesPerSecond(10)));
                Socket socket = connect(server)) {
            String leave = "Connection: close\r\nExpect: 100-continue";
            write(socket, "POST /api/body HTTP/1.1\r\nHost: a\r\n" + leave + "\r\nContent-Length: 50\r\n\r\n");
            assertThat(socket.getInputStream().readNBytes(25)).asString().startsWith("HTTP/1.1 100 Continue");
            for (int i = 0; i < 50; i++) {
                write(socket, "x");
                // No wait for a fact, but the pace of the client: all takes three times as long as it may be silent.
                Thread.sleep(20);
            }
            assertThat(rest(socket)).contains(" 200 ", "{\"bytes\":50}");
        }
    }

    @Test
    @DisplayName("A body that comes in too slowly is cut off, and the client is to blame")
    void slowBody() throws Exception {
        try (ApiServer server = start(options(QUICK));
                Socket socket = connect(server)) {
            write(socket, "POST /api/body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
            drip(socket, "body");
            assertThat(rest(socket)).doesNotContain(" 200 ", " 500 ");
        }
    }

    @Test
    @DisplayName("A body that stops to come is cut off, and the client is to blame")
    void silentBody() throws Exception {
        try (ApiServer server = start(options(QUICK));
                Socket socket = connect(server)) {
            write(socket, "POST /api/body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nsome");
            assertThat(rest(socket)).contains(" 400 ");
        }
    }

    @Test
    @DisplayName("Of more connections than there may be the last ones wait until others end")
    void connections() throws Exception {
        try (ApiServer server = start(options(HttpLimits.DEFAULT.maxConnections(3)))) {
            List<Socket> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Socket socket = connect(server);
                all.add(socket);
                write(socket, "GET /api/channel HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            try (Socket late = connect(server)) {
                write(late, "GET /api/channel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                late.setSoTimeout(300);
                assertThat(waits(late)).isTrue();
                for (Socket socket : all) {
                    socket.close();
                }
                late.setSoTimeout(30_000);
                assertThat(rest(late)).contains(" 200 ");
            }
        }
    }

    private static boolean waits(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() == 'x';
        } catch (SocketTimeoutException e) {
            return true;
        }
    }

    @Test
    @DisplayName("A limit out of its bounds is refused with the value and the bound")
    void bounds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpLimits.DEFAULT.maxHeaderBytes(10))
                .withMessage("maxHeaderBytes must be at least 1024: 10");
        assertThatIllegalArgumentException().isThrownBy(() -> HttpLimits.DEFAULT.maxConnections(0));
        assertThatIllegalArgumentException().isThrownBy(() -> HttpLimits.DEFAULT.idleTimeout(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> HttpLimits.DEFAULT.minBytesPerSecond(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> HttpLimits.DEFAULT.requests(1, 0));
    }
}
