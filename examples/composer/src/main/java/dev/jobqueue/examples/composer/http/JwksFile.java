package dev.jobqueue.examples.composer.http;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.text.ParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Public keys in a file, which is read again when it has changed; replace it by a rename. While it cannot be read, the keys that were read last stay in force. Only public keys count: a
 * secret one, which could sign too, is left out. Thread-safe.
 */
final class JwksFile implements JWKSource<SecurityContext> {
    private static final Logger LOG = LoggerFactory.getLogger(JwksFile.class);

    private final Path file;
    private volatile Keys keys;

    private record Keys(Version version, JWKSet set) {}

    /** What tells one content of the file from another. */
    private record Version(
            FileTime time, long bytes, @Nullable Object file) {}

    JwksFile(Path file) throws IOException {
        this.file = file;
        keys = read(version());
    }

    private Version version() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }

    private Keys read(Version version) throws IOException {
        try {
            JWKSet set = JWKSet.parse(Files.readString(file)).toPublicJWKSet();
            if (set.isEmpty()) {
                throw new IOException("no public keys in " + file);
            }
            return new Keys(version, set);
        } catch (ParseException | IllegalArgumentException e) {
            throw new IOException("no set of keys (JWKS) in " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) {
        return selector.select(current().set());
    }

    private Keys current() {
        Keys known = keys;
        try {
            Version version = version();
            if (!version.equals(known.version())) {
                known = read(version);
                keys = known;
                LOG.info("{} keys read from {}", known.set().size(), file);
            }
        } catch (IOException e) {
            LOG.error("The keys in {} cannot be read; those read last stay in force", file, e);
        }
        return known;
    }
}
