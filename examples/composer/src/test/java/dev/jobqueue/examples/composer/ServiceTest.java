package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceTest {
    @TempDir
    Path directory;

    private static ApiClient client(Service service) throws Exception {
        return new ApiClient(service.composeUrl(), OpenApi.read(ComposeApi.class, "openapi.yaml"));
    }

    /** A compose whose only job has ended and has brought a file. */
    private static String compose(Service service, ApiClient composes) throws Exception {
        ApiClient worker = new ApiClient(service.workerUrl(), OpenApi.read(WorkerApi.class, "openapi.yaml"));
        String id = composes.send(
                        "POST",
                        "/compose",
                        "{\"image_requests\":[{\"architecture\":\"s390x\",\"image_type\":\"tar\",\"manifest\":{}}]}")
                .json()
                .path("id")
                .stringValue();
        String location = worker.send("POST", "/jobs", "{\"types\":[\"osbuild\"],\"arch\":\"s390x\"}")
                .json()
                .path("location")
                .stringValue()
                .substring("/api/worker/v1".length());
        Exchange upload = worker.send(
                "PUT", location + "/artifacts/image.tar", "image", "Content-Type", "application/octet-stream");
        assertThat(upload.status()).isEqualTo(200);
        assertThat(worker.send("PATCH", location, "{\"result\":{\"osbuild_output\":{\"success\":true}}}")
                        .status())
                .isEqualTo(200);
        return id;
    }

    @Test
    @DisplayName("S6, S41: a compose is deleted with the artifacts that its worker has brought, at once")
    void composeIsDeletedWithItsArtifacts() throws Exception {
        try (Service service = new Service(Service.Settings.of(directory, Optional.empty()))) {
            ApiClient composes = client(service);
            String id = compose(service, composes);
            assertThat(service.artifact(JobId.parse(id), "image.tar")).isPresent();

            assertThat(composes.send("DELETE", "/composes/" + id, "").status()).isEqualTo(200);
            assertThat(directory.resolve("artifacts").resolve(id)).doesNotExist();
        }
    }

    @Test
    @DisplayName("S6: a compose that has ended is kept as long as the retention says, and no longer")
    void retention() throws Exception {
        Service.Settings settings =
                Service.Settings.of(directory, Optional.empty()).sweepInterval(Duration.ofMillis(10));
        String id;
        try (Service service = new Service(settings.retention(Duration.ofDays(1)))) {
            ApiClient composes = client(service);
            id = compose(service, composes);
            assertThat(composes.get("/composes/" + id).status()).isEqualTo(200);
        }
        try (Service service = new Service(settings.retention(Duration.ofMillis(1)))) {
            ApiClient composes = client(service);
            Awaitility.await().until(() -> composes.get("/composes/" + id).status() == 404);
        }
    }

    @Test
    @DisplayName("S10: how long a request for a job waits is a setting of the service")
    void requestTimeout() throws Exception {
        Service.Settings settings = Service.Settings.of(directory, Optional.empty());
        try (Service service = new Service(settings.requestTimeout(Duration.ofMillis(1)))) {
            ApiClient worker = new ApiClient(service.workerUrl(), OpenApi.read(WorkerApi.class, "openapi.yaml"));
            assertThat(worker.send("POST", "/jobs", "{\"types\":[\"osbuild\"],\"arch\":\"s390x\"}")
                            .status())
                    .isEqualTo(204);
        }
    }

    @Test
    @DisplayName("F14: a second service on the same directory does not start, and the first one goes on")
    void oneServiceInADirectory() throws Exception {
        Service.Settings settings = Service.Settings.of(directory, Optional.empty());
        try (Service service = new Service(settings)) {
            assertThatThrownBy(() -> new Service(settings).close()).hasMessageContaining(directory.toString());
            assertThat(client(service).get("/composes").status()).isEqualTo(200);
        }
    }
}
