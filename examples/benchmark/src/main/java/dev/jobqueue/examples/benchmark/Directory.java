package dev.jobqueue.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says where to measure. */
final class Directory {
    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "target/benchmark",
            description = "Directory on the disk to measure. Default: ${DEFAULT-VALUE}")
    private Path path = Path.of("");

    /** The directory, which exists. */
    Path path() throws IOException {
        return Files.createDirectories(path);
    }
}
