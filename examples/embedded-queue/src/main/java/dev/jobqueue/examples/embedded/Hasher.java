package dev.jobqueue.examples.embedded;

import dev.jobqueue.examples.embedded.Jobs.FileHash;
import dev.jobqueue.examples.embedded.Jobs.HashArgs;
import dev.jobqueue.worker.JobFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes the SHA-256 of files, one at a time. Not thread-safe. */
final class Hasher {
    private final MessageDigest digest;
    private final byte[] buffer = new byte[64 << 10];

    Hasher() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The hash of a file.
     *
     * @throws JobFailedException if there is none, with the reason
     */
    FileHash hash(HashArgs args) throws JobFailedException {
        Path file = FileName.resolve(Jobs.path(args.folder()), args.name());
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new JobFailedException(FileError.NOT_A_FILE, "not a file that can be read");
            }
            return hash(args.name(), file);
        } catch (IOException e) {
            throw new JobFailedException(FileError.of(e));
        }
    }

    private FileHash hash(String name, Path file) throws IOException {
        digest.reset();
        long bytes = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                bytes += n;
            }
        }
        return new FileHash(name, bytes, HexFormat.of().formatHex(digest.digest()));
    }
}
