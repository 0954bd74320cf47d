package dev.jobqueue.examples.composer.tls;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;

/**
 * Whom a program believes: the authorities whose certificates it takes. The file is read when that is asked for, not before.
 *
 * @param authorities their certificates as PEM
 */
public record Trust(Path authorities) {
    public Trust {
        requireNonNull(authorities, "authorities");
    }

    /**
     * Reads the file.
     *
     * @throws IOException if there are no certificates in it; names the file
     */
    public KeyStore read() throws IOException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates(authorities)) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
            return store;
        } catch (GeneralSecurityException e) {
            throw new IOException("no certificates of authorities in " + authorities + ": " + e.getMessage(), e);
        }
    }

    /** The certificates of a PEM file, at least one. */
    static List<Certificate> certificates(Path file) throws IOException, CertificateException {
        try (InputStream in = Files.newInputStream(file)) {
            List<Certificate> all =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (all.isEmpty()) {
                throw new IOException("no certificate in " + file);
            }
            return all;
        }
    }
}
