package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.examples.composer.koji.TestHub.Where;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Service and worker are programs of their own; one of them is killed at a point of a koji compose of two images, and started again. Whatever the point, the
 * compose succeeds, and koji ends with one complete build of it. The hub holds a call, so the point is met each time.
 *
 * <p>The one that is not killed serves all tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KojiKillTest {
    @TempDir
    static Path directory;

    private TestHub hub;
    private Path builds;
    private TwoPrograms programs;
    private Composes composes;

    @BeforeAll
    void start() throws Exception {
        Path mke2fs = Programs.find("mke2fs").orElse(null);
        assumeThat(mke2fs)
                .as("kills are not tested: this machine has no mke2fs of e2fsprogs")
                .isNotNull();
        hub = new TestHub();
        builds = directory.resolve("builds");
        Path first = Files.createDirectory(directory.resolve("bin"));
        Files.writeString(
                Files.createFile(
                        first.resolve("mke2fs"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))),
                """
                #!/bin/sh
                # Waits while it is told to.
                if [ -e '%1$s' ]; then : > '%1$s.reached'; while [ -e '%1$s' ]; do sleep 0.05; done; fi
                exec '%2$s' "$@"
                """.formatted(builds, mke2fs));
        programs = new TwoPrograms(directory, first);
        composes = new Composes(programs);
        programs.startService();
        programs.startWorker();
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        // A build that is still held would hold up the worker, which ends its job first.
        Files.deleteIfExists(directory.resolve("builds"));
        if (programs != null) {
            programs.stop();
        }
        if (hub != null) {
            hub.close();
        }
    }

    /** Nothing but what belongs to the worker that lives. */
    private void assertNothingLeft() {
        Awaitility.await().untilAsserted(() -> {
            try (Stream<Path> files = Files.walk(directory.resolve("work"))) {
                assertThat(files)
                        .noneMatch(file -> file.getFileName().toString().startsWith(".scratch-"));
            }
        });
    }

    // ---- kills

    @ParameterizedTest(name = "{0} {1}, {2}")
    @DisplayName("S27: a worker is killed, and another one does what is missing")
    @CsvSource({
        "CGInitBuild, 1, BEFORE_THE_CALL",
        "CGInitBuild, 1, BEFORE_THE_REPLY",
        "uploadFile, 1, BEFORE_THE_CALL",
        "uploadFile, 3, BEFORE_THE_REPLY",
        "uploadFile, 5, BEFORE_THE_REPLY",
        "CGImport, 1, BEFORE_THE_CALL",
        "CGImport, 1, BEFORE_THE_REPLY"
    })
    void workerIsKilled(String method, int number, Where where) throws Exception {
        TestHub.Hold hold = hub.hold(method, number, where);
        int before = hub.calls("CGImport");
        Composes.ForKoji compose = composes.post(hub);
        hold.await();

        programs.killWorker();
        hold.drop();
        programs.startWorker();

        composes.assertComplete(compose, hub);
        if (method.equals("CGImport") && where == Where.BEFORE_THE_REPLY) {
            assertThat(hub.calls("CGImport") - before).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "{0} {1}, {2}")
    @DisplayName("S27, S40: the service is killed, and the worker goes on with the token that it has")
    @CsvSource({
        "CGInitBuild, 1, BEFORE_THE_REPLY",
        "uploadFile, 3, BEFORE_THE_CALL",
        "CGImport, 1, BEFORE_THE_CALL",
        "CGImport, 1, BEFORE_THE_REPLY"
    })
    void serviceIsKilled(String method, int number, Where where) throws Exception {
        TestHub.Hold hold = hub.hold(method, number, where);
        int before = hub.calls("CGImport");
        Composes.ForKoji compose = composes.post(hub);
        hold.await();

        programs.killService();
        hold.release();
        programs.restartService();

        composes.assertComplete(compose, hub);
        assertThat(hub.calls("CGImport") - before).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "S27: both are killed when koji has imported the build, and the next worker sees that nothing is missing")
    void bothAreKilled() throws Exception {
        TestHub.Hold hold = hub.hold("CGImport", 1, Where.BEFORE_THE_REPLY);
        int before = hub.calls("CGImport");
        Composes.ForKoji compose = composes.post(hub);
        hold.await();

        programs.killWorker();
        programs.killService();
        programs.restartService();
        hold.drop();
        programs.startWorker();

        composes.assertComplete(compose, hub);
        assertThat(hub.calls("CGImport") - before).isEqualTo(1);
    }

    @ParameterizedTest(name = "the worker: {0}")
    @DisplayName("S27: worker or service is killed during a build")
    @ValueSource(booleans = {true, false})
    void killedDuringABuild(boolean killsTheWorker) throws Exception {
        Path reached = directory.resolve("builds.reached");
        Files.deleteIfExists(reached);
        Files.createFile(builds);
        Composes.ForKoji compose = composes.post(hub);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(reached));

        if (killsTheWorker) {
            programs.killWorker();
            Files.delete(builds);
            programs.startWorker();
        } else {
            programs.killService();
            Files.delete(builds);
            programs.restartService();
        }

        composes.assertComplete(compose, hub);
        assertNothingLeft();
    }
}
