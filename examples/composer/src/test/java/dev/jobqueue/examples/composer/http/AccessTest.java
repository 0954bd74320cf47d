package dev.jobqueue.examples.composer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.jobqueue.examples.composer.tls.Identity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is let in (3.6). */
class AccessTest {
    private static final OpenApi OPEN_API = OpenApi.read(AccessTest.class, "test-api.yaml");
    private static final Map.Entry<Integer, Integer> UNAUTHENTICATED = refusal(CommonError.UNAUTHENTICATED);

    @TempDir
    Path directory;

    private TestAuthority authority;
    private TestIssuer issuer;
    private ApiServerOptions options;

    @BeforeEach
    void prepare() {
        authority = new TestAuthority(directory);
        issuer = new TestIssuer(directory.resolve("keys.jwks"));
        options = ApiServerOptions.loopback(0, "/api");
    }

    private static Map.Entry<Integer, Integer> refusal(CommonError error) {
        TestError entry = TestError.of(error);
        return Map.entry(entry.status(), entry.number());
    }

    /** An API that tells each caller its channel. */
    private static ApiServer start(ApiServerOptions options) throws IOException {
        return ApiServer.start(
                options,
                OPEN_API,
                TestError.catalogue(),
                (api, routes) -> routes.get(
                        api.path("/channel"),
                        context -> ApiServer.send(
                                context, 200, Map.of("channel", api.requests().channel(context)))));
    }

    private static String channel(ApiClient client) throws Exception {
        Exchange exchange = client.get("/channel");
        assertThat(exchange.status()).as("%s", exchange.json()).isEqualTo(200);
        return exchange.json().path("channel").stringValue();
    }

    private Tls tls(boolean clients) {
        return new Tls(
                authority.identity("CN=service", "localhost"),
                clients ? Optional.of(authority.trust()) : Optional.empty());
    }

    // ---- where a listener may be open

    @Test
    @DisplayName("A listener that other machines can reach does not start without access rules and TLS")
    void remoteListenersAreNotOpen() {
        ApiServerOptions remote = options.address(new ListenAddress.Port("0.0.0.0", 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start(remote))
                .withMessageContaining("0.0.0.0:0")
                .withMessageContaining("anybody could call");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start(remote.tls(tls(false))))
                .withMessageContaining("anybody could call");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start(remote.access(issuer.access())))
                .withMessageContaining("needs TLS");
        // Not started, for the sake of those on the same network.
        remote.access(issuer.access()).tls(tls(false)).requireSafe();
    }

    @Test
    @DisplayName("Certificates of clients without authorities, and TLS on a socket, are refused at the start")
    void whatDoesNotGoTogether() {
        Access certificates = new Access.Certificates(Set.of("a"), Optional.empty());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start(options.access(certificates)))
                .withMessageContaining("authorities");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start(options.access(certificates).tls(tls(false))))
                .withMessageContaining("authorities");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start(options.address(new ListenAddress.Socket(directory.resolve("s")))
                        .tls(tls(false))))
                .withMessageContaining("no TLS");
        assertThat(directory.resolve("s")).doesNotExist();
    }

    @Test
    @DisplayName("Keys for TLS are read again when their files change; what cannot be read changes nothing")
    void renewedKeys() throws Exception {
        Identity first = authority.identity("CN=first", "localhost");
        try (ApiServer server = start(options.tls(new Tls(first, Optional.empty())))) {
            assertThat(subject(server)).isEqualTo("CN=first");
            Identity second = authority.identity("CN=second", "localhost");
            Files.move(second.key().orElseThrow(), first.key().orElseThrow(), StandardCopyOption.REPLACE_EXISTING);
            assertThatIOException()
                    .isThrownBy(first::read)
                    .withMessageContaining(first.key().orElseThrow().toString())
                    .withMessageContaining(first.certificates().toString());
            assertThat(subject(server)).isEqualTo("CN=first");
            Files.move(second.certificates(), first.certificates(), StandardCopyOption.REPLACE_EXISTING);
            Awaitility.await().until(() -> subject(server).equals("CN=second"));
        }
    }

    /** Whom a client sees that begins now. */
    private String subject(ApiServer server) throws Exception {
        try (SSLSocket socket = (SSLSocket) authority
                .client()
                .getSocketFactory()
                .createSocket("localhost", URI.create(server.url()).getPort())) {
            return socket.getSession().getPeerPrincipal().getName();
        }
    }

    @Test
    @DisplayName("Files that cannot be read are named at the start")
    void badFiles() throws Exception {
        Identity good = authority.identity("CN=service", "localhost");
        Path none = directory.resolve("none");
        Path rubbish = Files.writeString(directory.resolve("rubbish"), "no key");
        assertThatIOException()
                .isThrownBy(() ->
                        start(options.tls(new Tls(Identity.pem(good.certificates(), rubbish), Optional.empty()))))
                .withMessageContaining(rubbish.toString())
                .withMessageContaining("PKCS8");
        assertThatIOException()
                .isThrownBy(() -> start(
                        options.tls(new Tls(Identity.pem(rubbish, good.key().orElseThrow()), Optional.empty()))))
                .withMessageContaining(rubbish.toString());
        assertThatIOException()
                .isThrownBy(() -> start(options.tls(new Tls(Identity.pkcs12(rubbish, rubbish), Optional.empty()))))
                .withMessageContaining(rubbish.toString());
        Access tokens = new Access.Tokens(none, Set.of("RS256"), "i", "a", List.of("org_id"));
        assertThatIOException().isThrownBy(() -> start(options.access(tokens))).withMessageContaining(none.toString());
        Access noKeys = new Access.Tokens(rubbish, Set.of("RS256"), "i", "a", List.of("org_id"));
        assertThatIOException()
                .isThrownBy(() -> start(options.access(noKeys)))
                .withMessageContaining(rubbish.toString());
    }

    @Test
    @DisplayName("Algorithms without a public key are refused")
    void algorithms() {
        for (String algorithm : List.of("HS256", "none", "dir", "EdDSA")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> new Access.Tokens(directory, Set.of("RS256", algorithm), "i", "a", List.of("org_id")))
                    .withMessageContaining(algorithm);
        }
    }

    // ---- certificates

    @Test
    @DisplayName("A client is let in by a name of its certificate, and its tenant is a part of the subject")
    void certificates() throws Exception {
        Access access = new Access.Certificates(Set.of("worker.example.com", "builder"), Optional.of("O"));
        try (ApiServer server = start(options.access(access).tls(tls(true)))) {
            assertThat(channel(client(
                            server, authority.client(authority.identity("CN=x, O=seven", "worker.example.com")))))
                    .isEqualTo("org-seven");
            assertThat(channel(client(server, authority.client(authority.pkcs12("CN=builder, O=eight", "")))))
                    .isEqualTo("org-eight");
            ApiClient nobody = client(server, authority.client());
            Exchange refused = nobody.get("/channel");
            assertThat(refused.refusal()).isEqualTo(UNAUTHENTICATED);
            assertThat(nobody.get("/openapi").status()).isEqualTo(200);
            assertThat(client(server, authority.client(authority.identity("CN=x, O=seven", "other.example.com")))
                            .get("/channel")
                            .refusal())
                    .isEqualTo(UNAUTHENTICATED);
            assertThat(client(server, authority.client(authority.identity("CN=builder", "")))
                            .get("/channel")
                            .refusal())
                    .isEqualTo(refusal(CommonError.TENANT));
        }
    }

    @Test
    @DisplayName("Where certificates have no tenants all callers share the default channel")
    void certificatesWithoutTenants() throws Exception {
        Access access = new Access.Certificates(Set.of("builder"), Optional.empty());
        try (ApiServer server = start(options.access(access).tls(tls(true)))) {
            assertThat(channel(client(server, authority.client(authority.identity("CN=builder, O=seven", "")))))
                    .isEqualTo("default");
        }
    }

    @Test
    @DisplayName("A certificate of another authority, or one that is over, gives no connection")
    void badCertificates() throws Exception {
        TestAuthority other = new TestAuthority(Files.createDirectory(directory.resolve("other")));
        Access access = new Access.Certificates(Set.of("builder"), Optional.empty());
        try (ApiServer server = start(options.access(access).tls(tls(true)))) {
            for (Identity identity : List.of(
                    other.identity("CN=builder", ""),
                    authority.identity("CN=builder", "", Instant.now().minusSeconds(60)))) {
                // The handshake of TLS 1.3 ends for the client before the server has looked at its certificate.
                assertThatIOException()
                        .isThrownBy(
                                () -> client(server, authority.client(identity)).get("/channel"));
            }
        }
    }

    private static ApiClient client(ApiServer server, SSLContext tls) {
        return new ApiClient(server.url(), OPEN_API, tls);
    }

    // ---- tokens

    static Stream<Consumer<JWTClaimsSet.Builder>> badClaims() {
        Date past = Date.from(Instant.now().minusSeconds(300));
        Date future = Date.from(Instant.now().plusSeconds(300));
        return Stream.of(
                claims -> claims.expirationTime(past),
                claims -> claims.expirationTime(null),
                claims -> claims.notBeforeTime(future),
                claims -> claims.issuer("https://other.example.com"),
                claims -> claims.issuer(null),
                claims -> claims.audience("other"),
                claims -> claims.audience((String) null),
                claims -> claims.claim("org_id", "a\u0000b"),
                claims -> claims.claim("org_id", "x".repeat(201)));
    }

    @ParameterizedTest
    @MethodSource("badClaims")
    @DisplayName("A token that is over, not begun, of or for somebody else, or for no tenant that can be, is refused")
    void badClaims(Consumer<JWTClaimsSet.Builder> change) throws Exception {
        try (ApiServer server = start(options.access(issuer.access()))) {
            ApiClient client = new ApiClient(server.url(), OPEN_API);
            assertThat(channel(client.as(issuer.token("seven")))).isEqualTo("org-seven");
            String token = issuer.token(claims -> change.accept(claims.claim("org_id", "seven")));
            assertThat(client.as(token).get("/channel").refusal()).as(token).isEqualTo(UNAUTHENTICATED);
        }
    }

    @Test
    @DisplayName("A token that is not signed, by another key, or with the public key as a secret, is refused")
    void badSignatures() throws Exception {
        try (ApiServer server = start(options.access(issuer.access()))) {
            ApiClient client = new ApiClient(server.url(), OPEN_API);
            Exchange nobody = client.get("/channel");
            assertThat(nobody.refusal()).isEqualTo(UNAUTHENTICATED);
            assertThat(nobody.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            String good = issuer.token("seven");
            String[] parts = good.split("\\.", -1);
            Stream.of(
                            Stream.of(issuer.withWrongKey("seven"), issuer.unsigned("seven"), "", "x", "a.b.c"),
                            Stream.of(parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1]),
                            Stream.of(issuer.token("eight").split("\\.", -1)[0] + "."
                                    + issuer.token("eight").split("\\.", -1)[1] + "." + parts[2]),
                            issuer.withPublicKeyAsSecret("seven").stream())
                    .flatMap(tokens -> tokens)
                    .forEach(token -> assertThat(get(client.as(token)).refusal())
                            .as(token)
                            .isEqualTo(UNAUTHENTICATED));
            assertThat(channel(client.as(good))).isEqualTo("org-seven");
        }
    }

    private static Exchange get(ApiClient client) {
        try {
            return client.get("/channel");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName(
            "The tenant is the first claim that is a text and not empty; a token without one is let in, but to no jobs")
    void tenants() throws Exception {
        try (ApiServer server = start(options.access(issuer.access()))) {
            ApiClient client = new ApiClient(server.url(), OPEN_API);
            assertThat(channel(client.as(
                            issuer.token(claims -> claims.claim("org_id", "").claim("account", "eight")))))
                    .isEqualTo("org-eight");
            assertThat(channel(client.as(
                            issuer.token(claims -> claims.claim("org_id", 7).claim("account", "eight")))))
                    .isEqualTo("org-eight");
            assertThat(client.as(issuer.token(claims -> claims.claim("org_id", List.of("seven"))))
                            .get("/channel")
                            .refusal())
                    .isEqualTo(refusal(CommonError.TENANT));
        }
    }

    @Test
    @DisplayName("Keys are read again when their file changes; a broken file leaves those that were read last")
    void keysChange() throws Exception {
        try (ApiServer server = start(options.access(issuer.access()))) {
            ApiClient client = new ApiClient(server.url(), OPEN_API);
            String before = issuer.token("seven");
            assertThat(channel(client.as(before))).isEqualTo("org-seven");
            issuer.rotate("second");
            String after = issuer.token("seven");
            assertThat(channel(client.as(after))).isEqualTo("org-seven");
            assertThat(client.as(before).get("/channel").refusal()).isEqualTo(UNAUTHENTICATED);

            Path broken = Files.writeString(directory.resolve("broken"), "{\"keys\": [");
            Files.move(broken, directory.resolve("keys.jwks"), StandardCopyOption.REPLACE_EXISTING);
            assertThat(channel(client.as(after))).isEqualTo("org-seven");
        }
    }

    @Test
    @DisplayName("Tokens go over TLS too, whose certificate is for the name of the service")
    void tokensOverTls() throws Exception {
        try (ApiServer server = start(options.access(issuer.access()).tls(tls(false)))) {
            assertThat(server.url()).startsWith("https://127.0.0.1:");
            assertThat(channel(client(server, authority.client()).as(issuer.token("seven"))))
                    .isEqualTo("org-seven");
            assertThatIOException()
                    .as("this client does not believe the authority")
                    .isThrownBy(() -> new ApiClient(server.url(), OPEN_API).get("/openapi"));
        }
    }
}
