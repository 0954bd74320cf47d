package dev.jobqueue.examples.composer.http;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who may call an API. */
public sealed interface Access {
    /** Anybody, as the one nameless caller: for listeners that only this machine, or only this user, can reach. */
    record Open() implements Access {}

    /**
     * Who shows a certificate that one of {@link Tls#clients} has signed, with one of these names.
     *
     * @param names DNS names, URIs or addresses of the subject's alternative names, or its common name; at least one
     * @param tenantAttribute the part of the subject that is the tenant, such as {@code O}; empty if there is one tenant only
     */
    record Certificates(Set<String> names, Optional<String> tenantAttribute) implements Access {
        public Certificates {
            names = Set.copyOf(names);
            requireNonNull(tenantAttribute, "tenantAttribute");
            if (names.isEmpty()) {
                throw new IllegalArgumentException("give at least one name that a client's certificate may have");
            }
        }
    }

    /**
     * Who sends a signed token (a JWT) as {@code Authorization: Bearer TOKEN}.
     *
     * @param keys a JWKS file with the public keys of who makes the tokens; it is read again when it changes
     * @param algorithms of signatures, some of {@link #ALGORITHMS}: all have a public key
     * @param issuer what the tokens must have as {@code iss}
     * @param audience what must be among the {@code aud} of the tokens
     * @param tenantClaims the first of these claims that is a text, and not empty, is the tenant; at least one
     */
    record Tokens(Path keys, Set<String> algorithms, String issuer, String audience, List<String> tenantClaims)
            implements Access {
        /** The algorithms that there are. */
        public static final Set<String> ALGORITHMS =
                Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

        public Tokens {
            requireNonNull(keys, "keys");
            algorithms = Set.copyOf(algorithms);
            requireNonNull(issuer, "issuer");
            requireNonNull(audience, "audience");
            tenantClaims = List.copyOf(tenantClaims);
            if (algorithms.isEmpty() || !ALGORITHMS.containsAll(algorithms)) {
                throw new IllegalArgumentException("algorithms are some of " + ALGORITHMS + ": " + algorithms);
            }
            if (tenantClaims.isEmpty()) {
                throw new IllegalArgumentException("give at least one claim that may have the tenant");
            }
        }
    }
}
