package dev.jobqueue.examples.composer.crash;

import dev.jobqueue.examples.composer.Composer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The program in a JVM of its own. */
final class Program {
    private final Path output;
    private final Process process;

    /** Starts it; {@code first} comes before the rest of its path. */
    Program(Path directory, Path first, List<String> arguments) throws IOException {
        output = Files.createTempFile(directory, "output", ".txt");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Composer.class.getName(),
                "--directory",
                directory.toString()));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().merge("PATH", first.toString(), (path, added) -> added + ":" + path);
        process = builder.start();
    }

    long pid() {
        return process.pid();
    }

    /** Waits until it says something that has this group in it. */
    String await(Pattern said) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(
                        () -> {
                            Matcher matcher = said.matcher(output());
                            if (matcher.find()) {
                                return matcher.group(1);
                            }
                            if (!process.isAlive()) {
                                throw new AssertionError("ended: " + output());
                            }
                            return "";
                        },
                        found -> !found.isEmpty());
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for its end; gives its exit code. */
    int end() throws InterruptedException {
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            kill();
            throw new AssertionError("did not end: " + output());
        }
        return process.exitValue();
    }

    /** Ends it with SIGKILL; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Tells it to stop; returns when it has. */
    void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
