package dev.jobqueue.examples.composer.http;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Who makes bearer tokens in a test. */
public final class TestIssuer {
    private static final String ISSUER = "https://issuer.example.com";
    private static final String AUDIENCE = "composer";

    private final Path file;
    private RSAKey key = newKey("first");

    /** With its public key in this file. */
    public TestIssuer(Path file) {
        this.file = file;
        publish(key);
    }

    private static RSAKey newKey(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private void publish(RSAKey published) {
        try {
            Path next = file.resolveSibling("next.jwks");
            Files.writeString(next, new JWKSet(published).toString(true));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes a new key in place of the one before. */
    public void rotate(String id) {
        key = newKey(id);
        publish(key);
    }

    /** Tokens of this, with the tenant in one of two claims. */
    public Access access() {
        return new Access.Tokens(file, Set.of("RS256"), ISSUER, AUDIENCE, List.of("org_id", "account"));
    }

    /** A good token for a tenant. */
    public String token(String tenant) {
        return token(claims -> claims.claim("org_id", tenant));
    }

    /** A token that is good but for what this does to it. */
    public String token(Consumer<JWTClaimsSet.Builder> change) {
        return signed(key, change);
    }

    /** A good token but for its key, which is another one with the same id. */
    public String withWrongKey(String tenant) {
        return signed(newKey(key.getKeyID()), claims -> claims.claim("org_id", tenant));
    }

    /** A token without a signature (alg none). */
    public String unsigned(String tenant) {
        return new PlainJWT(claims(claims -> claims.claim("org_id", tenant))).serialize();
    }

    /** One that claims to be signed with a secret, and the secret is the public key: as PEM and as the file of the keys. */
    public List<String> withPublicKeyAsSecret(String tenant) {
        try {
            byte[] encoded = key.toRSAPublicKey().getEncoded();
            String pem = "-----BEGIN PUBLIC KEY-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                    + "\n-----END PUBLIC KEY-----\n";
            return List.of(
                    hmac(tenant, pem.getBytes(StandardCharsets.UTF_8)),
                    hmac(tenant, encoded),
                    hmac(tenant, Files.readAllBytes(file)));
        } catch (JOSEException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String hmac(String tenant, byte[] secret) throws JOSEException {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(key.getKeyID()).build(),
                claims(claims -> claims.claim("org_id", tenant)));
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }

    private static JWTClaimsSet claims(Consumer<JWTClaimsSet.Builder> change) {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject("a worker")
                .expirationTime(Date.from(Instant.now().plusSeconds(3600)));
        change.accept(claims);
        return claims.build();
    }

    private static String signed(RSAKey with, Consumer<JWTClaimsSet.Builder> change) {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(with.getKeyID()).build(), claims(change));
        try {
            jwt.sign(new RSASSASigner(with));
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
        return jwt.serialize();
    }
}
