package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service is killed at a point of a plain compose, and started again. */
class ServiceKillTest {
    @TempDir
    Path directory;

    private Path artifacts;
    private TwoPrograms programs;
    private Composes composes;

    @BeforeEach
    void prepare() {
        artifacts = directory.resolve("artifacts");
        programs = new TwoPrograms(directory, directory);
        composes = new Composes(programs);
    }

    @AfterEach
    void stop() throws InterruptedException {
        programs.stop();
    }

    /** Files of runs that have not given them to their job. */
    private List<Path> temporary() throws IOException {
        try (Stream<Path> files = Files.walk(artifacts.resolve("tmp"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".lock"))
                    .toList();
        }
    }

    /** Those of them that are on their way. */
    private List<Path> parts() throws IOException {
        List<Path> parts = new ArrayList<>();
        for (Path file : temporary()) {
            if (file.toString().endsWith(".part") && Files.size(file) > 0) {
                parts.add(file);
            }
        }
        return parts;
    }

    private void assertWhole(String id) throws Exception {
        assertThat(temporary()).isEmpty();
        Composes.assertTar(Files.readAllBytes(artifacts.resolve(id).resolve("image.tar")));
    }

    @Test
    @DisplayName("S40, S41: the service is killed while an artifact comes in, and the worker brings it again")
    void duringAnUpload() throws Exception {
        programs.startService();
        try (Relay relay = new Relay(programs.workerPort(), 2_000)) {
            programs.startWorkerFor("http://127.0.0.1:" + relay.port() + "/api/worker/v1");
            String id = composes.post();
            relay.await();
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !parts().isEmpty());

            programs.killService();
            List<Path> halves = parts();
            programs.restartService();
            assertThat(halves).hasSize(1).allSatisfy(half -> assertThat(half).doesNotExist());

            composes.assertSuccess(id, 1);
            Awaitility.await().untilAsserted(() -> assertWhole(id));
        }
    }

    @Test
    @DisplayName(
            "S41: the service is killed between the end of a job and the move of its artifacts, and its start moves them")
    void beforeTheArtifactsAreMoved() throws Exception {
        programs.startService();
        String id = composes.post();
        Path inTheWay =
                Files.createFile(Files.createDirectories(artifacts.resolve(id)).resolve("in-the-way"));
        programs.startWorker();
        composes.assertSuccess(id, 1);
        assertThat(temporary())
                .extracting(file -> file.getFileName().toString())
                .contains("image.tar");

        programs.killService();
        Files.delete(inTheWay);
        programs.sweepInterval("PT1H");
        programs.restartService();

        assertWhole(id);
    }

    @Test
    @DisplayName(
            "S40: worker and service meet on a socket, also after the service was killed; a second service does not get it")
    void onASocket() throws Exception {
        Path socket = directory.resolve("worker.socket");
        programs.startService("--worker-socket", socket.toString());
        programs.startWorker();
        composes.assertSuccess(composes.post(), 1);

        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Program second = new Program(
                elsewhere, elsewhere, List.of("service", "--compose-port", "0", "--worker-socket", socket.toString()));
        assertThat(second.end()).isEqualTo(2);
        assertThat(second.output()).contains(socket + ": another program listens on this socket");

        programs.killService();
        assertThat(socket).exists();
        programs.restartService();
        String id = composes.post();
        composes.assertSuccess(id, 1);
        Awaitility.await().untilAsserted(() -> assertWhole(id));
        programs.stop();
        assertThat(socket).doesNotExist();
    }
}
