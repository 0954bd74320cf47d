package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.build.SmallBuilder;
import dev.jobqueue.examples.composer.worker.Machine;
import dev.jobqueue.examples.composer.worker.Worker;
import dev.jobqueue.postgres.server.LocalServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What those see who run the service, and those who use it at a terminal. */
class OperationsTest {
    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    private Service.Settings settings() {
        return Service.Settings.of(directory, Optional.empty()).operationsPort(0);
    }

    private HttpResponse<String> get(Service service, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(service.operationsUrl().orElseThrow() + path))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    /** What the command prints, without the end of the line. */
    private String compose(Service service, int exitCode, String command, String... arguments) {
        StringWriter said = new StringWriter();
        StringWriter failed = new StringWriter();
        String[] all = new String[arguments.length + 4];
        all[0] = "compose";
        all[1] = command;
        all[2] = "--api";
        all[3] = service.composeUrl();
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        int exit = Composer.program()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(failed, true))
                .execute(all);
        assertThat(exit).as("%s %s", said, failed).isEqualTo(exitCode);
        return said.toString().strip();
    }

    private Path manifest() throws IOException {
        return Files.writeString(
                directory.resolve("manifest.json"), Manifests.image().toString());
    }

    private String start(Service service) throws IOException {
        return compose(service, 0, "start", manifest().toString(), "--export", "archive", "--name", "image.tar");
    }

    private Worker worker(Service service) throws IOException {
        Worker worker = WorkerProgram.worker(service.workerUrl(), directory, new SmallBuilder(), Machine.here());
        worker.start();
        return worker;
    }

    @Test
    @DisplayName("A service lives and is ready, and tells the numbers of its requests and jobs")
    void healthAndMetrics() throws Exception {
        try (Service service = new Service(settings())) {
            assertThat(get(service, "/health/live").statusCode()).isEqualTo(200);
            assertThat(get(service, "/health/ready").statusCode()).isEqualTo(200);
            String id = start(service);
            compose(service, 2, "cancel", UUID.randomUUID().toString());
            String arch = Machine.here().arch();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(get(service, "/metrics").body())
                            .containsPattern(
                                    "composer_requests_seconds_count\\{api=\"compose\",method=\"POST\",route=\"\\S*/compose\",status=\"201\"} 1")
                            .containsPattern(
                                    "composer_requests_seconds_count\\{api=\"compose\",method=\"DELETE\",route=\"\\S*/composes/\\{id}\",status=\"404\"} 1")
                            .contains("composer_requests_waiting 0")
                            .contains("composer_ready_age_seconds{channel=\"default\",type=\"osbuild:" + arch + "\"}"));
            assertThat(get(service, "/metrics").body()).doesNotContain(id);
        }
    }

    @Test
    @DisplayName("A service whose database is gone lives, but is not ready; it is when the database is back")
    void readiness() throws Exception {
        try (LocalServer server = LocalServer.start();
                Service service = new Service(Service.Settings.of(directory, Optional.of(server.url()))
                        .operationsPort(0))) {
            assertThat(get(service, "/health/ready").statusCode()).isEqualTo(200);
            server.kill();
            assertThat(get(service, "/health/ready").statusCode()).isEqualTo(503);
            assertThat(get(service, "/health/live").statusCode()).isEqualTo(200);
            server.restart();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> get(service, "/health/ready").statusCode() == 200);
        }
    }

    @Test
    @DisplayName(
            "At a terminal a compose is started, watched and fetched, also what broke off; another one is canceled")
    void atATerminal() throws Exception {
        try (Service service = new Service(settings())) {
            String canceled = start(service);
            compose(service, 0, "cancel", canceled);
            compose(service, 2, "watch", canceled);

            String id = start(service);
            Worker worker = worker(service);
            try {
                assertThat(compose(service, 0, "watch", id)).isEqualTo("success");
            } finally {
                worker.stop(Duration.ofMinutes(1));
            }
            Path whole = directory.resolve("artifacts").resolve(id).resolve("image.tar");
            Awaitility.await().until(() -> Files.exists(whole));
            Path fetched = directory.resolve("fetched");
            byte[] image = Files.readAllBytes(whole);
            Files.createDirectories(fetched);
            Files.write(fetched.resolve("image.tar.part"), Arrays.copyOf(image, 1_000));
            assertThat(compose(service, 0, "fetch", id, "--to", fetched.toString()))
                    .isEqualTo(fetched.resolve("image.tar").toString());
            assertThat(fetched.resolve("image.tar")).hasBinaryContent(image);
            assertThat(get(service, "/metrics").body()).contains("status=\"206\"");
            compose(service, 0, "fetch", id, "--to", fetched.toString());
            assertThat(fetched.resolve("image.tar")).hasBinaryContent(image);
        }
    }
}
