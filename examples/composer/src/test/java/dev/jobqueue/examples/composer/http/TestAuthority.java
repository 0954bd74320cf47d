package dev.jobqueue.examples.composer.http;

import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that signs certificates for a test, and the files for them. */
public final class TestAuthority {
    /** The same for all, so that clients show their certificates to servers that do not believe in them. */
    private static final String NAME = "CN=authority";

    private static final String PASSWORD = "of a test";

    private final Path directory;
    private final KeyPair keys = newKeys();
    private final X509Certificate certificate;
    private int serial;

    /** With its files in this directory. */
    public TestAuthority(Path directory) {
        this.directory = directory;
        certificate = sign(NAME, keys, "", true, Instant.now().plusSeconds(3600));
        write(directory.resolve("authority.pem"), pem("CERTIFICATE", encoded(certificate)));
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private X509Certificate sign(String subject, KeyPair subjectKeys, String name, boolean authority, Instant end) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name(NAME),
                    BigInteger.valueOf(++serial),
                    Date.from(Instant.now().minusSeconds(7200)),
                    Date.from(end),
                    new X500Name(subject),
                    subjectKeys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (!name.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                    new GeneralName(GeneralName.dNSName, name), new GeneralName(GeneralName.iPAddress, "127.0.0.1")
                }));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (OperatorCreationException | GeneralSecurityException | CertIOException e) {
            throw new AssertionError(e);
        }
    }

    /** Its own certificate. */
    public Trust trust() {
        return new Trust(directory.resolve("authority.pem"));
    }

    /** A certificate with a name that is good for an hour, as two PEM files. */
    public Identity identity(String subject, String name) {
        return identity(subject, name, Instant.now().plusSeconds(3600));
    }

    /** One that ends at this time. */
    public Identity identity(String subject, String name, Instant end) {
        KeyPair subjectKeys = newKeys();
        X509Certificate signed = sign(subject, subjectKeys, name, false, end);
        Path chain = directory.resolve(serial + ".pem");
        Path key = directory.resolve(serial + ".key");
        write(chain, pem("CERTIFICATE", encoded(signed)) + pem("CERTIFICATE", encoded(certificate)));
        write(key, pem("PRIVATE KEY", subjectKeys.getPrivate().getEncoded()));
        return Identity.pem(chain, key);
    }

    /** As a PKCS12 file. */
    public Identity pkcs12(String subject, String name) throws IOException, GeneralSecurityException {
        KeyPair subjectKeys = newKeys();
        X509Certificate signed =
                sign(subject, subjectKeys, name, false, Instant.now().plusSeconds(3600));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "a", subjectKeys.getPrivate(), PASSWORD.toCharArray(), new Certificate[] {signed, certificate});
        Path file = directory.resolve(serial + ".p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
        Path password = directory.resolve(serial + ".password");
        write(password, PASSWORD + "\n");
        return Identity.pkcs12(file, password);
    }

    /** A client that believes this authority and shows nothing. */
    public SSLContext client() throws IOException, GeneralSecurityException {
        return context(new KeyManagerFactory[0]);
    }

    /** A client that shows a certificate. */
    public SSLContext client(Identity identity) throws IOException, GeneralSecurityException {
        Identity.Keys read = identity.read();
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(read.store(), read.password().toCharArray());
        return context(managers);
    }

    private SSLContext context(KeyManagerFactory... managers) throws IOException, GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trust().read());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.length == 0 ? null : managers[0].getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(String kind, byte[] content) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content) + "\n-----END " + kind
                + "-----\n";
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
