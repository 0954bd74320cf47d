package dev.jobqueue.testkit.contract;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder {@code docs} of the checkout. */
public final class Documents {
    private Documents() {}

    /** A file of it, whether it exists or not. */
    public static Path path(String name) {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(directory.resolve("jobqueue-testkit"))) {
            directory = directory.getParent();
        }
        return directory.resolve("docs").resolve(name);
    }
}
