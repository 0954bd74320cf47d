package dev.jobqueue.examples.composer.statuspage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A text file beside the templates that browsers get as it is.
 *
 * @param version changes with the content
 */
record Asset(String name, String mediaType, String content, String version) {
    static Asset of(String name, String mediaType) {
        try (InputStream in = requireNonNull(Asset.class.getResourceAsStream(name), name)) {
            String content = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Asset(name, mediaType, content, version(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A short word that stands for this content. */
    static String version(String content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
