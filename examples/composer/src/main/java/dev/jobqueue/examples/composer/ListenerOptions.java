package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.http.Access;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.HttpLimits;
import dev.jobqueue.examples.composer.http.ListenAddress;
import dev.jobqueue.examples.composer.http.Tls;
import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the ports of the service are, who may call there, and how much. A Unix domain socket has none of it: its file is the access. */
final class ListenerOptions {
    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = {
                "The address of both ports. One that other machines can reach needs --tls-certificate, and",
                "--client-names or --jwks. Default: ${DEFAULT-VALUE}"
            })
    private String host = "";

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "The certificates of the service, as PEM with --tls-key, or as PKCS12 with --tls-password.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The key of the service in PKCS8, as PEM.")
    private @Nullable Path key;

    @Option(names = "--tls-password", paramLabel = "FILE", description = "A file with the password of the PKCS12 file.")
    private @Nullable Path password;

    @Option(
            names = "--client-authorities",
            paramLabel = "FILE",
            description = "Who signs certificates of clients, as PEM.")
    private @Nullable Path authorities;

    @Option(
            names = "--client-names",
            paramLabel = "NAME",
            split = ",",
            description = "Let in clients with a certificate of one of these names only.")
    private Set<String> names = Set.of();

    @Option(
            names = "--tenant-attribute",
            paramLabel = "NAME",
            description = {
                "The part of the subject of a client's certificate that is its tenant, such as O.",
                "Default: none, there is one tenant."
            })
    private @Nullable String tenantAttribute;

    @Option(
            names = "--jwks",
            paramLabel = "FILE",
            description = {
                "Let in clients with a bearer token (JWT) only that one of these public keys has signed.",
                "The file is read again when it changes."
            })
    private @Nullable Path jwks;

    @Option(
            names = "--jwt-algorithms",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "RS256,ES256",
            description = "How tokens may be signed. Default: ${DEFAULT-VALUE}")
    private Set<String> algorithms = Set.of();

    @Option(names = "--jwt-issuer", paramLabel = "TEXT", description = "Who makes the tokens.")
    private String issuer = "";

    @Option(names = "--jwt-audience", paramLabel = "TEXT", description = "For whom the tokens are.")
    private String audience = "";

    @Option(
            names = "--tenant-claims",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "org_id",
            description =
                    "The first of these claims of a token that is a text is its tenant. Default: ${DEFAULT-VALUE}")
    private List<String> tenantClaims = List.of();

    @Option(
            names = "--max-body-bytes",
            paramLabel = "BYTES",
            defaultValue = "17825792",
            description = "The most of a JSON body. Default: ${DEFAULT-VALUE}")
    private int maxBodyBytes;

    @Option(
            names = "--max-header-bytes",
            paramLabel = "BYTES",
            defaultValue = "8192",
            description = "The most of the header fields of a request. Default: ${DEFAULT-VALUE}")
    private int maxHeaderBytes;

    @Option(
            names = "--max-connections",
            paramLabel = "NUMBER",
            defaultValue = "2000",
            description = "The most connections at once, of each port. Default: ${DEFAULT-VALUE}")
    private int maxConnections;

    @Option(
            names = "--idle-timeout",
            paramLabel = "DURATION",
            defaultValue = "PT30S",
            description = {
                "How long a connection may be silent, and how long a request may take to come in, up to its body,",
                "in ISO 8601. Default: ${DEFAULT-VALUE}"
            })
    private Duration idleTimeout = Duration.ZERO;

    @Option(
            names = "--min-body-rate",
            paramLabel = "BYTES",
            defaultValue = "1000",
            description = "How many bytes a second of a body must come in on average. Default: ${DEFAULT-VALUE}")
    private int minBytesPerSecond;

    @Option(
            names = "--max-request-rate",
            paramLabel = "NUMBER",
            defaultValue = "200",
            description = {
                "How many requests a second a caller who must log in may make on average; 0 is any number.",
                "Default: ${DEFAULT-VALUE}"
            })
    private int requestsPerSecond;

    @Option(
            names = "--max-request-burst",
            paramLabel = "NUMBER",
            defaultValue = "1000",
            description = "How many requests such a caller may make at once after a pause. Default: ${DEFAULT-VALUE}")
    private int burst;

    /** A listener on this port. */
    ApiServerOptions apply(ApiServerOptions server, int port) {
        ApiServerOptions applied = server.address(new ListenAddress.Port(host, port))
                .access(access())
                .maxBodyBytes(maxBodyBytes)
                .limits(HttpLimits.DEFAULT
                        .maxHeaderBytes(maxHeaderBytes)
                        .maxConnections(maxConnections)
                        .idleTimeout(idleTimeout)
                        .minBytesPerSecond(minBytesPerSecond)
                        .requests(requestsPerSecond, burst));
        return certificate == null
                ? applied
                : applied.tls(new Tls(
                        new Identity(certificate, Optional.ofNullable(key), Optional.ofNullable(password)),
                        Optional.ofNullable(authorities).map(Trust::new)));
    }

    private Access access() {
        if (jwks != null) {
            if (!names.isEmpty()) {
                throw new IllegalArgumentException("clients log in with certificates or with tokens, not with both:"
                        + " give --client-names or --jwks");
            }
            return new Access.Tokens(jwks, algorithms, issuer, audience, tenantClaims);
        }
        return names.isEmpty()
                ? new Access.Open()
                : new Access.Certificates(names, Optional.ofNullable(tenantAttribute));
    }
}
