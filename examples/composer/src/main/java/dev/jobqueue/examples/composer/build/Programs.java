package dev.jobqueue.examples.composer.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Programs of this machine. */
public final class Programs {
    /** Where systems keep programs for file systems; the PATH of ordinary users often leaves these out. */
    private static final String MORE_DIRECTORIES = ":/usr/sbin:/sbin:/usr/local/sbin";

    private Programs() {}

    /** The path of a program, if this machine has it. */
    public static Optional<Path> find(String program) {
        return find(program, System.getenv().getOrDefault("PATH", "") + MORE_DIRECTORIES);
    }

    /** The path of a program, if one of these directories has it, with {@code :} between them. */
    static Optional<Path> find(String program, String directories) {
        for (String directory : directories.split(":", -1)) {
            Path file = Path.of(directory.isEmpty() ? "." : directory, program);
            if (Files.isExecutable(file) && Files.isRegularFile(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}
