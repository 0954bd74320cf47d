package dev.jobqueue.examples.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The example in a JVM of its own, with a small heap. */
final class Program {
    private final Path directory;
    private final Path folder;
    private final List<String> options;

    /** Works on {@code folder} and keeps everything else in {@code directory}. */
    Program(Path directory, Path folder, String... options) {
        this.directory = directory;
        this.folder = folder;
        this.options = List.of(options);
    }

    Path queue() {
        return directory.resolve("queue");
    }

    Path sums() {
        return directory.resolve("SHA256SUMS");
    }

    /** The names of the files that were read, in order, one line each. */
    List<String> trace() throws IOException {
        Path trace = directory.resolve("trace");
        return Files.exists(trace) ? Files.readAllLines(trace) : List.of();
    }

    String output() throws IOException {
        return Files.readString(directory.resolve("output"));
    }

    Process start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedQueue.class.getName()));
        command.addAll(List.of("--workers", "2", "--queue", queue().toString()));
        command.addAll(options);
        command.addAll(List.of("--output", sums().toString()));
        command.addAll(List.of("--trace", directory.resolve("trace").toString(), folder.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }

    /** Runs the program to its end and gives its exit code. */
    int run() throws IOException, InterruptedException {
        Process process = start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException("the program did not end: " + output());
        }
        return process.exitValue();
    }

    /** Runs {@code sha256sum -c} on the result and gives its exit code. */
    int check() throws IOException, InterruptedException {
        return new ProcessBuilder("sha256sum", "-c", "--quiet", sums().toString())
                .directory(folder.toFile())
                .inheritIO()
                .start()
                .waitFor();
    }
}
