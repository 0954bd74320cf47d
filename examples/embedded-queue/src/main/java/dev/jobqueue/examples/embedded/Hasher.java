package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.examples.embedded.Jobs.FileHash;
import dev.jobqueue.examples.embedded.Jobs.HashArgs;
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

    /** How the job ends: with the hash, or with the reason why there is none. */
    JobOutcome hash(HashArgs args) {
        Path file = FileName.resolve(Jobs.path(args.folder()), args.name());
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                return new JobOutcome.Failed(JobError.of(FileError.NOT_A_FILE, "not a file that can be read"));
            }
            return new JobOutcome.Succeeded(Jobs.HASH.encodeResult(hash(args.name(), file)));
        } catch (IOException e) {
            return new JobOutcome.Failed(FileError.of(e));
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
