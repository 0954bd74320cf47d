package dev.jobqueue.examples.composer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ApiServerTest {
    private static final OpenApi OPEN_API = OpenApi.read(ApiServerTest.class, "test-api.yaml");

    private ApiServer server;
    private ApiClient client;

    @BeforeEach
    void start() throws IOException {
        server = ApiServer.start(
                ApiServerOptions.loopback(0, "/api"), OPEN_API, TestError.catalogue(), (api, routes) -> {
                    routes.get(api.path("/broken"), context -> {
                        throw new IllegalStateException("secret inside");
                    });
                    routes.get(api.path("/forgotten"), context -> {
                        context.attribute("operation-id", null);
                        throw new ApiException(TestError.REFUSED, "refused");
                    });
                });
        client = new ApiClient(server.url(), OPEN_API);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Exchange get(String path, ByteArrayOutputStream log) throws Exception {
        PrintStream before = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            return client.get(path);
        } finally {
            System.setErr(before);
        }
    }

    @Test
    @DisplayName("S20: the log tells the path of a refusal, but no token in it")
    void tokensAreNotLogged() throws Exception {
        String token = UUID.randomUUID().toString();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        String operationId = get("/jobs/" + token + "/nothing", log)
                .headers()
                .firstValue("X-Operation-Id")
                .orElseThrow();
        assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("/api/jobs/{id}/nothing", operationId)
                .doesNotContain(token);
    }

    @Test
    @DisplayName("S20: an unhandled error is logged with its operation id, and the answer tells nothing of the inside")
    void unhandledErrors() throws Exception {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        Exchange exchange = get("/broken", log);
        String operationId = exchange.headers().firstValue("X-Operation-Id").orElseThrow();
        assertThat(exchange.refusal().getKey()).isEqualTo(500);
        assertThat(exchange.error()).isEqualTo(TestError.UNEXPECTED.number());
        assertThat(exchange.json().path("operation_id").stringValue()).isEqualTo(operationId);
        assertThat(exchange.json().toString()).doesNotContain("secret", "Exception");
        assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("/api/broken", operationId, "IllegalStateException: secret inside");
    }

    @Test
    @DisplayName("S13: an operation id is in every answer, and they sort by time")
    void operationIdsSortByTime() throws Exception {
        String first =
                client.get("/openapi").headers().firstValue("X-Operation-Id").orElseThrow();
        String second =
                client.get("/nothing").headers().firstValue("X-Operation-Id").orElseThrow();
        assertThat(first).isLessThan(second);
    }

    @Test
    @DisplayName("S13: an error without an operation id turns into the error that says so")
    void missingOperationId() throws Exception {
        Exchange exchange = client.get("/forgotten");
        assertThat(exchange.status()).isEqualTo(500);
        assertThat(exchange.error()).isEqualTo(TestError.NO_OPERATION_ID.number());
    }

    @Test
    @DisplayName("S14: what is no HTTP request is refused with an error of the catalogue too")
    void noHttp() throws Exception {
        assertThat(raw("GET /api/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .contains(" 400 ", "X-Operation-Id: ", "\"code\":\"TEST-" + TestError.REFUSED.number() + "\"")
                .doesNotContain("Exception", "Jetty");
        assertThat(raw("nonsense\r\n\r\n")).contains(" 400 ").doesNotContain("Exception", "Jetty");
    }

    private String raw(String request) throws IOException {
        int port = URI.create(server.url()).getPort();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    @DisplayName("S38: two servers run beside each other, and each starts and stops by itself")
    void twoServers() throws Exception {
        ApiServer other = ApiServer.start(
                ApiServerOptions.loopback(0, "/other"), OPEN_API, TestError.catalogue(), (api, routes) -> {});
        ApiClient otherClient = new ApiClient(other.url(), OPEN_API);
        assertThat(otherClient.get("/openapi").status()).isEqualTo(200);
        server.close();
        server.close();
        assertThat(otherClient.get("/openapi").status()).isEqualTo(200);
        assertThatThrownBy(() -> client.get("/openapi")).isInstanceOf(ConnectException.class);
        other.close();
    }

    @Test
    @DisplayName("S12: href and code of an error follow from its number")
    void errorBody() {
        assertThat(ErrorBody.of(
                        TestError.UNSPECIFIED,
                        "/api",
                        TestError.catalogue(),
                        Optional.of("op"),
                        Optional.of("details")))
                .isEqualTo(new ErrorBody(
                        "Error",
                        "/api/errors/" + TestError.UNSPECIFIED.number(),
                        Integer.toString(TestError.UNSPECIFIED.number()),
                        "TEST-" + TestError.UNSPECIFIED.number(),
                        Optional.of("op"),
                        "reason of UNSPECIFIED",
                        Optional.of("reason of UNSPECIFIED"),
                        Optional.of("details")));
    }

    @Test
    @DisplayName("S14: a catalogue without an entry for what every API can refuse, or with two of them, is none")
    void incompleteCatalogues() {
        List<TestError> some = TestError.all().stream()
                .filter(error -> !error.equals(TestError.NO_OPERATION_ID))
                .toList();
        assertThatThrownBy(() -> new Errors("TEST-", true, some))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 entries for NO_OPERATION_ID");
        List<TestError> twice = Stream.concat(TestError.all().stream(), Stream.of(TestError.REFUSED))
                .toList();
        assertThatThrownBy(() -> new Errors("TEST-", true, twice))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 entries for BAD_REQUEST");
        List<TestError> withoutShape = TestError.all().stream()
                .filter(error -> !error.common().equals(Optional.of(CommonError.SHAPE)))
                .toList();
        assertThat(new Errors("TEST-", true, withoutShape).of(CommonError.SHAPE))
                .isEqualTo(TestError.of(CommonError.BODY));
    }
}
