package dev.jobqueue.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.testkit.contract.ChildStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another JVM with a load, as its parent sees it. The two talk in lines: see {@link ChildMain}. */
final class Child {
    private final String name;
    private final Path file;
    private final Path errors;
    private final Process process;
    private final BufferedReader answers;

    Child(ChildStore store, Duration bound, long seed, int size, String name, Path folder) throws IOException {
        this.name = name;
        file = folder.resolve(name);
        errors = folder.resolve(name + ".err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ChildMain.class.getName(),
                name,
                file.toString(),
                Long.toString(seed),
                Integer.toString(size),
                Long.toString(bound.toMillis()),
                store.opener().getName()));
        command.addAll(store.arguments());
        process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Two histories can be put together only if the JVMs share a clock, as they do on the usual systems. */
    void compareClocks() throws IOException {
        expect(ChildMain.READY);
        long before = System.nanoTime();
        say(ChildMain.CLOCK);
        long theirs = Long.parseLong(answers.readLine());
        long after = System.nanoTime();
        assumeThat(theirs)
                .as("the monotonic clock of another JVM of this machine")
                .isBetween(before, after);
    }

    void go() throws IOException {
        say(ChildMain.GO);
    }

    void awaitHalf() throws IOException {
        expect(ChildMain.HALF);
    }

    void awaitProduced() throws IOException {
        expect(ChildMain.HALF);
        expect(ChildMain.PRODUCED);
    }

    private void say(String line) throws IOException {
        process.outputWriter(StandardCharsets.UTF_8).write(line + "\n");
        process.outputWriter(StandardCharsets.UTF_8).flush();
    }

    private void expect(String line) throws IOException {
        String answer = answers.readLine();
        assertThat(answer)
                .as("what " + name + " says; its errors: " + Files.readString(errors))
                .isEqualTo(line);
    }

    /** Ends it as it wants to be ended. */
    void stop() throws IOException, InterruptedException {
        say(ChildMain.STOP);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(name + " has ended").isTrue();
        assertThat(process.exitValue())
                .as("exit value of " + name + "; its errors: " + Files.readString(errors))
                .isZero();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        // Through the handle: destroy of the process itself also closes its output.
        process.toHandle().destroyForcibly();
        process.onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }

    /** Removes its files. */
    void clean() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(errors);
    }

    List<Operation> operations() throws IOException {
        return HistoryFile.read(file, name);
    }
}
