package dev.jobqueue.examples.composer.tls;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who a program is: its private key, and the chain of certificates for it. The files are read when that is asked for, not before.
 *
 * @param certificates the chain as PEM, its own one first; or a PKCS12 file with the key in it
 * @param key the key in PKCS8 as PEM; empty if it is in the PKCS12 file
 * @param passwordFile the password of the PKCS12 file, its first line
 */
public record Identity(Path certificates, Optional<Path> key, Optional<Path> passwordFile) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    public Identity {
        requireNonNull(certificates, "certificates");
        if (key.isPresent() == passwordFile.isPresent()) {
            throw new IllegalArgumentException(
                    "either a file with the key, or one with the password of a PKCS12 file goes with " + certificates);
        }
    }

    /** From two PEM files. */
    public static Identity pem(Path certificates, Path key) {
        return new Identity(certificates, Optional.of(key), Optional.empty());
    }

    /** From a PKCS12 file. */
    public static Identity pkcs12(Path file, Path passwordFile) {
        return new Identity(file, Optional.empty(), Optional.of(passwordFile));
    }

    /**
     * Reads the files.
     *
     * @return what opens them
     * @throws IOException if there is no such key with a chain; names the file
     */
    public Keys read() throws IOException {
        try {
            return key.isPresent() ? fromPem(key.get()) : fromPkcs12(passwordFile.orElseThrow());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    "no key with its certificates in " + certificates
                            + key.map(file -> " and " + file).orElse("") + ": " + e.getMessage(),
                    e);
        }
    }

    private Keys fromPem(Path keyFile) throws IOException, GeneralSecurityException {
        List<Certificate> chain = Trust.certificates(certificates);
        Matcher text = KEY.matcher(Files.readString(keyFile));
        if (!text.find()) {
            throw new IOException("no key in PKCS8 (BEGIN PRIVATE KEY) in " + keyFile
                    + "; openssl pkcs8 -topk8 -nodes makes one of other keys");
        }
        PrivateKey read = KeyFactory.getInstance(chain.get(0).getPublicKey().getAlgorithm())
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text.group(1))));
        if (!fits(read, chain.get(0).getPublicKey())) {
            throw new IOException("the key in " + keyFile + " is not that of the certificate in " + certificates);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("identity", read, new char[0], chain.toArray(Certificate[]::new));
        return new Keys(store, "");
    }

    /** Half of a renewed pair would keep every client out. */
    private static boolean fits(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(
                switch (key.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> key.getAlgorithm();
                });
        signature.initSign(key);
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        return signature.verify(signed);
    }

    private Keys fromPkcs12(Path file) throws IOException, GeneralSecurityException {
        String password = Files.readAllLines(file).stream().findFirst().orElse("");
        return new Keys(KeyStore.getInstance(certificates.toFile(), password.toCharArray()), password);
    }

    /**
     * A key with its chain.
     *
     * @param password of the key
     */
    public record Keys(KeyStore store, String password) {
        @Override
        public String toString() {
            return "Keys[" + store + "]";
        }
    }
}
