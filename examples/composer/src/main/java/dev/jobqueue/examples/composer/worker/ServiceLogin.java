package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * What a client, such as a worker, shows a service that wants to know it, and whom the client believes. Files are read when the client starts.
 *
 * @param authorities who signs the certificate of the service; empty for those that this Java believes
 * @param identity the client's own certificate
 * @param tokens where it gets bearer tokens
 */
public record ServiceLogin(Optional<Trust> authorities, Optional<Identity> identity, Optional<TokenSource> tokens) {
    /** Nothing is shown, for a service that anybody may call. */
    public static final ServiceLogin NONE = new ServiceLogin(Optional.empty(), Optional.empty(), Optional.empty());

    /** For a client of the JDK. */
    public SSLContext context() throws IOException {
        SslContextFactory.Client factory = factory();
        try {
            factory.start();
        } catch (Exception e) {
            throw new IOException("no TLS with this certificate and these authorities: " + e.getMessage(), e);
        }
        return factory.getSslContext();
    }

    /** For a client of Jetty. */
    SslContextFactory.Client factory() throws IOException {
        SslContextFactory.Client factory = new SslContextFactory.Client();
        if (authorities.isPresent()) {
            factory.setTrustStore(authorities.get().read());
        }
        if (identity.isPresent()) {
            Identity.Keys keys = identity.get().read();
            factory.setKeyStore(keys.store());
            factory.setKeyManagerPassword(keys.password());
        }
        return factory;
    }
}
