package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.OpenApi;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceTest {
    @TempDir
    Path directory;

    @Test
    @DisplayName("F14: a second service on the same directory does not start, and the first one goes on")
    void oneServiceInADirectory() throws Exception {
        Service.Settings settings = Service.Settings.of(directory, Optional.empty(), 0, 0);
        try (Service service = new Service(settings)) {
            assertThatThrownBy(() -> new Service(settings).close()).hasMessageContaining(directory.toString());
            ApiClient client = new ApiClient(service.composeUrl(), OpenApi.read(ComposeApi.class, "openapi.yaml"));
            assertThat(client.get("/composes").status()).isEqualTo(200);
        }
    }
}
