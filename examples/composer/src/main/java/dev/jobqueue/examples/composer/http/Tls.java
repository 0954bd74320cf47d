package dev.jobqueue.examples.composer.http;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.util.Scanner;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of a listener. Its files are read at the start, and again when one of them changes.
 *
 * @param identity of the service
 * @param clients whose certificates clients may show; empty if they are not asked for one
 */
public record Tls(Identity identity, Optional<Trust> clients) {
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);
    private static final int SECONDS_BETWEEN_LOOKS = 1;

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
        read().into(factory);
        return factory;
    }

    /** Looks at the files, and lets new connections have what they hold now. While they cannot be read, what was read last stays in force. */
    Scanner watch(SslContextFactory.Server factory) {
        Scanner scanner = new Scanner();
        scanner.setScanInterval(SECONDS_BETWEEN_LOOKS);
        scanner.addFile(identity.certificates());
        identity.key().ifPresent(scanner::addFile);
        identity.passwordFile().ifPresent(scanner::addFile);
        clients.ifPresent(trust -> scanner.addFile(trust.authorities()));
        scanner.addListener(new Scanner.BulkListener() {
            @Override
            public void pathsChanged(Map<Path, Scanner.Notification> changes) throws Exception {
                try {
                    Stores stores = read();
                    factory.reload(server -> stores.into((SslContextFactory.Server) server));
                    LOG.info("The keys of TLS are read again: {} have changed", changes.keySet());
                } catch (IOException e) {
                    LOG.error("The keys of TLS cannot be read; those read last stay in force", e);
                }
            }
        });
        return scanner;
    }

    private Stores read() throws IOException {
        return new Stores(
                identity.read(), clients.isPresent() ? Optional.of(clients.get().read()) : Optional.empty());
    }

    /** What the files hold. */
    private record Stores(Identity.Keys keys, Optional<KeyStore> authorities) {
        void into(SslContextFactory.Server factory) {
            factory.setKeyStore(keys.store());
            factory.setKeyManagerPassword(keys.password());
            authorities.ifPresent(trusted -> {
                factory.setTrustStore(trusted);
                factory.setWantClientAuth(true);
            });
        }
    }
}
