package dev.jobqueue.examples.composer.http;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.javalin.http.Context;
import java.io.IOException;
import java.text.ParseException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Callers by the signed tokens that they send. */
final class TokenLogin implements Login {
    private static final String SCHEME = "Bearer ";

    /** How far the clocks of this machine and of the issuer may be apart. */
    private static final int CLOCK_SKEW_SECONDS = 30;

    private final List<String> tenantClaims;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    TokenLogin(Access.Tokens access) throws IOException {
        tenantClaims = access.tenantClaims();
        Set<JWSAlgorithm> algorithms =
                access.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toUnmodifiableSet());
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, new JwksFile(access.keys())));
        DefaultJWTClaimsVerifier<SecurityContext> claims = new DefaultJWTClaimsVerifier<>(
                access.audience(),
                new JWTClaimsSet.Builder().issuer(access.issuer()).build(),
                Set.of("exp"));
        claims.setMaxClockSkew(CLOCK_SKEW_SECONDS);
        processor.setJWTClaimsSetVerifier(claims);
    }

    @Override
    public Caller caller(Context context) throws Refused {
        List<String> headers = Collections.list(context.req().getHeaders("Authorization"));
        if (headers.size() != 1 || !headers.get(0).regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new Refused(headers.size() + " headers, and not one with a bearer token");
        }
        JWTClaimsSet claims = verified(headers.get(0).substring(SCHEME.length()).strip());
        Optional<String> tenant = tenantClaims.stream()
                .map(claims::getClaim)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(text -> !text.isBlank())
                .findFirst();
        String subject = Optional.ofNullable(claims.getSubject()).orElse("");
        // Subjects are unique for their issuer, and there is one.
        return Caller.of(subject + "@" + tenant.orElse(""), tenant);
    }

    private JWTClaimsSet verified(String token) throws Refused {
        try {
            // A token without a signature, or one that is encrypted, is none that can be parsed as this.
            return processor.process(SignedJWT.parse(token), null);
        } catch (ParseException e) {
            throw new Refused("a bearer token that is no signed JWT", e);
        } catch (BadJOSEException | JOSEException e) {
            throw new Refused("a bearer token that is not taken: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<String> challenge() {
        return Optional.of("Bearer");
    }
}
