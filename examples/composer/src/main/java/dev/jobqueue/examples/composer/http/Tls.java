package dev.jobqueue.examples.composer.http;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * TLS of a listener. Its files are read at the start.
 *
 * @param identity of the service
 * @param clients whose certificates clients may show; empty if they are not asked for one
 */
public record Tls(Identity identity, Optional<Trust> clients) {
    public Tls {
        requireNonNull(identity, "identity");
        requireNonNull(clients, "clients");
    }

    /**
     * For a connector. A client without a certificate gets as far as its request, so that it is answered like all who have not logged in; one with a certificate that is not signed by
     * the authorities gets no connection.
     */
    SslContextFactory.Server factory() throws IOException {
        SslContextFactory.Server factory = new SslContextFactory.Server();
        Identity.Keys keys = identity.read();
        factory.setKeyStore(keys.store());
        factory.setKeyManagerPassword(keys.password());
        if (clients.isPresent()) {
            factory.setTrustStore(clients.get().read());
            factory.setWantClientAuth(true);
        }
        return factory;
    }
}
