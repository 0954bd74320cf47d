package dev.jobqueue.examples.composer.http;

import io.javalin.http.Context;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** Callers by the certificates of their connections; that an authority has signed them was checked when the connection was made. */
final class CertificateLogin implements Login {
    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";
    private static final int DNS_NAME = 2;
    private static final int URI = 6;
    private static final int ADDRESS = 7;

    private final Access.Certificates access;

    CertificateLogin(Access.Certificates access) {
        this.access = access;
    }

    @Override
    public Caller caller(Context context) throws Refused {
        if (!(context.req().getAttribute(CERTIFICATES) instanceof X509Certificate[] chain) || chain.length == 0) {
            throw new Refused("no certificate");
        }
        Set<String> names = names(chain[0]);
        String name = names.stream()
                .filter(access.names()::contains)
                .findFirst()
                .orElseThrow(() -> new Refused("a certificate with none of the allowed names: " + names));
        return access.tenantAttribute().isEmpty()
                ? Caller.ofTheOneTenant(name)
                : Caller.of(name, subject(chain[0], access.tenantAttribute().get()));
    }

    /** There is no scheme of this name, but there has to be one. */
    @Override
    public Optional<String> challenge() {
        return Optional.of("ClientCertificate");
    }

    private static Set<String> names(X509Certificate certificate) throws Refused {
        Set<String> names = new LinkedHashSet<>();
        try {
            @Nullable Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    int kind = (Integer) alternative.get(0);
                    if (kind == DNS_NAME || kind == URI || kind == ADDRESS) {
                        names.add((String) alternative.get(1));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            throw new Refused("a certificate that cannot be read", e);
        }
        subject(certificate, "CN").ifPresent(names::add);
        return names;
    }

    /** The most specific part of the subject with this name. */
    private static Optional<String> subject(X509Certificate certificate, String attribute) throws Refused {
        try {
            List<Rdn> parts = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
            Optional<String> found = Optional.empty();
            for (Rdn part : parts) {
                if (part.getType().equalsIgnoreCase(attribute) && part.getValue() instanceof String text) {
                    found = text.isBlank() ? Optional.empty() : Optional.of(text);
                }
            }
            return found;
        } catch (InvalidNameException e) {
            throw new Refused("a certificate whose subject cannot be read", e);
        }
    }
}
