package dev.jobqueue.examples.composer.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What results tell of the machine.
 *
 * @param arch by its name in koji and osbuild
 * @param os the name of its system
 */
public record Machine(String arch, String os) {
    private static final Map<String, String> NAMES = Map.of("amd64", "x86_64", "arm64", "aarch64");
    private static final String NAME = "PRETTY_NAME=";

    /** This one. */
    public static Machine here() {
        String arch = System.getProperty("os.arch");
        return new Machine(NAMES.getOrDefault(arch, arch), os(Path.of("/etc/os-release")));
    }

    private static String os(Path release) {
        if (!Files.isReadable(release)) {
            return System.getProperty("os.name");
        }
        try {
            return Files.readAllLines(release).stream()
                    .filter(line -> line.startsWith(NAME))
                    .map(line -> line.substring(NAME.length()).replace("\"", ""))
                    .findFirst()
                    .orElse(System.getProperty("os.name"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
