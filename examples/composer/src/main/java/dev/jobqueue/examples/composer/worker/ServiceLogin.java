package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.examples.composer.tls.Identity;
import dev.jobqueue.examples.composer.tls.Trust;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * What a worker shows a service that wants to know it, and whom the worker believes. Files are read when the worker starts.
 *
 * @param authorities who signs the certificate of the service; empty for those that this Java believes
 * @param identity the worker's own certificate
 * @param tokens where it gets bearer tokens
 */
public record ServiceLogin(Optional<Trust> authorities, Optional<Identity> identity, Optional<TokenSource> tokens) {
    /** Nothing is shown, for a service that anybody may call. */
    public static final ServiceLogin NONE = new ServiceLogin(Optional.empty(), Optional.empty(), Optional.empty());

    /** For a client. */
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
