package dev.jobqueue.examples.composer.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jobqueue.RawJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a program of our own in the place of osbuild: the command line, the streams and the end of a process are real. */
class OsbuildBuilderTest {
    private static final RawJson MANIFEST = RawJson.of("{ \"version\" : \"2\", \"n\": 1e2 }");

    @TempDir
    Path directory;

    private Path output;
    private Path program;
    private ImageBuilder builder;

    @BeforeEach
    void prepare() throws IOException {
        output = Files.createDirectory(directory.resolve("output"));
        program = directory.resolve("osbuild");
        builder = new OsbuildBuilder(program.toString(), directory.resolve("store"));
    }

    private void program(String script) throws IOException {
        Files.writeString(program, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    @DisplayName("S45: osbuild gets the manifest byte by byte, and its result is kept byte by byte")
    void manifestAndResult() throws Exception {
        program("cat > '%s/stdin'\necho \"$@\" > '%s/args'\necho '{\"success\" : true, \"n\": 1e2}'\n"
                .formatted(directory, directory));

        BuildOutput built = builder.build(MANIFEST, List.of("a", "b"), output);

        assertThat(built).isEqualTo(new BuildOutput(true, RawJson.of("{\"success\" : true, \"n\": 1e2}\n")));
        assertThat(directory.resolve("stdin")).hasBinaryContent(MANIFEST.toBytes());
        assertThat(directory.resolve("args"))
                .hasContent("--store %s/store --output-directory %s --json --export a --export b -"
                        .formatted(directory, output));
    }

    @Test
    @DisplayName("S3: a build that failed is a result, a program that says nothing is an error with its last words")
    void failures() throws Exception {
        program("echo '{\"success\": false, \"error\": {}}'\nexit 1\n");
        assertThat(builder.build(MANIFEST, List.of("a"), output).success()).isFalse();

        program("echo 'no space' >&2\nexit 3\n");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> builder.build(MANIFEST, List.of("a"), output))
                .withMessageContaining("exit code 3")
                .withMessageContaining("no space");

        program("echo oops\n");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> builder.build(MANIFEST, List.of("a"), output));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("output", "osbuild", "store");
        }
    }

    @Test
    @DisplayName("S15: a cancel ends the program and everything that it has started")
    void cancelKillsTheTree() throws Exception {
        Path pids = directory.resolve("pids");
        program("sleep 1000 &\necho $$ $! > '%s.tmp'\nmv '%s.tmp' '%s'\nwait\n".formatted(pids, pids, pids));
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<BuildOutput> build = executor.submit(() -> builder.build(MANIFEST, List.of("a"), output));
            Awaitility.await().until(() -> Files.exists(pids));
            List<Long> started = Stream.of(Files.readString(pids).trim().split(" "))
                    .map(Long::valueOf)
                    .toList();
            assertThat(started).hasSize(2).allMatch(OsbuildBuilderTest::isAlive);

            executor.shutdownNow();

            Awaitility.await().until(build::isDone);
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(build::get)
                    .withCauseInstanceOf(InterruptedException.class);
            assertThat(started).noneMatch(OsbuildBuilderTest::isAlive);
        } finally {
            executor.shutdownNow();
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    @DisplayName("A program is found in the directories of PATH")
    void find() throws IOException {
        assertThat(Programs.find("osbuild", "/none:" + directory)).isEmpty();
        program("");
        assertThat(Programs.find("osbuild", "/none:" + directory)).isEqualTo(Optional.of(program));
    }
}
