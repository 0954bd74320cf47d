package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.http.Access;
import dev.jobqueue.examples.composer.http.TestAuthority;
import dev.jobqueue.examples.composer.http.TestIssuer;
import dev.jobqueue.examples.composer.http.Tls;
import dev.jobqueue.examples.composer.tls.Identity;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code compose} at a service with TLS that wants to know its callers (3.6). */
class ComposeLoginTest {
    @TempDir
    Path directory;

    private TestAuthority authority;
    private Path manifest;

    @BeforeEach
    void prepare() throws IOException {
        authority = new TestAuthority(directory);
        manifest = Files.writeString(
                directory.resolve("manifest.json"), Manifests.image().toString());
    }

    private Service service(Access access) throws IOException {
        Tls tls = new Tls(authority.identity("CN=service", "localhost"), Optional.of(authority.trust()));
        return new Service(Service.Settings.of(directory, Optional.empty())
                .compose(compose -> compose.access(access).tls(tls)));
    }

    private record Said(int exit, String out, String err) {}

    private Said start(Service service, String... login) {
        List<String> arguments = new ArrayList<>(List.of("compose", "start", manifest.toString()));
        arguments.addAll(List.of("--export", "archive", "--api", service.composeUrl()));
        arguments.addAll(List.of(login));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Composer.program()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
        return new Said(exit, out.toString(), err.toString());
    }

    private static void assertStarted(Said said) {
        assertThat(said.exit()).as(said.toString()).isZero();
        assertThat(said.out().strip()).matches("[0-9a-f-]{36}");
    }

    private static void assertRefused(Said said, String why) {
        assertThat(said.exit()).as(said.toString()).isEqualTo(2);
        assertThat(said.err()).hasLineCount(1).contains(why);
    }

    @Test
    @DisplayName("S39: a bearer token in a file, to a service that the program believes by its authority")
    void token() throws IOException {
        TestIssuer issuer = new TestIssuer(directory.resolve("keys.jwks"));
        Path token = Files.writeString(directory.resolve("token"), issuer.token("seven") + "\n");
        String authorities = authority.trust().authorities().toString();
        try (Service service = service(issuer.access())) {
            assertStarted(start(service, "--authorities", authorities, "--token", token.toString()));
            assertRefused(start(service, "--authorities", authorities), "401");
            assertRefused(start(service, "--token", token.toString()), "certification path");
        }
    }

    @Test
    @DisplayName("S39: a certificate with its key")
    void certificate() throws IOException {
        Identity known = authority.identity("CN=me, O=seven", "");
        Identity unknown = authority.identity("CN=other, O=seven", "");
        String authorities = authority.trust().authorities().toString();
        try (Service service = service(new Access.Certificates(Set.of("me"), Optional.of("O")))) {
            assertStarted(start(service, login(known, authorities)));
            assertRefused(start(service, login(unknown, authorities)), "401");
        }
    }

    private static String[] login(Identity identity, String authorities) {
        return new String[] {
            "--authorities",
            authorities,
            "--certificate",
            identity.certificates().toString(),
            "--key",
            identity.key().orElseThrow().toString()
        };
    }
}
