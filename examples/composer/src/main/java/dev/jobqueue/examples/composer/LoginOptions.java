package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import dev.jobqueue.examples.composer.worker.ServiceLogin;
import dev.jobqueue.examples.composer.worker.TokenSource;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What a client shows a service that wants to know it, and whom the client believes; for its subcommands too. */
final class LoginOptions {
    @Option(
            names = "--authorities",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = {
                "Who signs the certificates of the service and of --token-url, as PEM.",
                "Default: those that this Java believes."
            })
    private @Nullable Path authorities;

    @Option(
            names = "--certificate",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The certificates of this program, as PEM with --key, or as PKCS12 with --password.")
    private @Nullable Path certificate;

    @Option(
            names = "--key",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The key of this program in PKCS8, as PEM.")
    private @Nullable Path key;

    @Option(
            names = "--password",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "A file with the password of the PKCS12 file.")
    private @Nullable Path password;

    @Option(
            names = "--token",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "A file with a bearer token; it is read again when the service does not take the token.")
    private @Nullable Path token;

    @Option(
            names = "--token-url",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            description = {
                "Where there are bearer tokens for --client-id and --client-secret (OAuth client credentials);",
                "a new one is fetched when the service does not take the one before."
            })
    private @Nullable URI tokenUrl;

    @Option(
            names = "--client-id",
            scope = ScopeType.INHERIT,
            paramLabel = "TEXT",
            description = "Who this program is at --token-url.")
    private String clientId = "";

    @Option(
            names = "--client-secret",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "A file with the secret of --client-id.")
    private @Nullable Path clientSecret;

    /** All of it. */
    ServiceLogin login() {
        return new ServiceLogin(
                Optional.ofNullable(authorities).map(Trust::new),
                certificate == null
                        ? Optional.empty()
                        : Optional.of(
                                new Identity(certificate, Optional.ofNullable(key), Optional.ofNullable(password))),
                tokens());
    }

    private Optional<TokenSource> tokens() {
        if (tokenUrl == null) {
            return Optional.ofNullable(token).map(TokenSource.InFile::new);
        }
        if (token != null || clientSecret == null) {
            throw new IllegalArgumentException(
                    "--token-url goes with --client-id and --client-secret, not with --token");
        }
        return Optional.of(new TokenSource.ClientCredentials(tokenUrl, clientId, clientSecret));
    }
}
