package dev.jobqueue.examples.composer.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory that is gone when the work is done. */
public record Scratch(Path directory) implements AutoCloseable {
    /** A new one on the same file system as a directory, so that files can be moved there. */
    static Scratch beside(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        return in(parent == null ? directory : parent);
    }

    /** A new one in this directory, which is made if it is not there. */
    public static Scratch in(Path directory) throws IOException {
        return new Scratch(Files.createTempDirectory(Files.createDirectories(directory), ".scratch-"));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(Scratch::delete);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
