package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.worker.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the two programs log as JSON. */
class LogTest {
    @TempDir
    Path directory;

    private Program service;
    private String workerUrl;
    private ApiClient composes;

    @BeforeEach
    void start() throws IOException {
        service = program("service", "--log=json", "--worker-port", "0", "--compose-port", "0");
        workerUrl = service.await(Pattern.compile("worker API (\\S+)\\R"));
        String composeUrl = service.await(Pattern.compile("compose API (\\S+)\\R"));
        composes = new ApiClient(composeUrl, OpenApi.read(ComposeApi.class, "openapi.yaml"));
    }

    @AfterEach
    void stop() throws InterruptedException {
        service.stop();
    }

    private Program program(String... arguments) throws IOException {
        return new Program(directory, directory, List.of(arguments));
    }

    /** The lines that the program has logged; whatever else it says is for people and stands on the standard output. */
    private static List<JsonNode> lines(Program program, String... said) {
        return program.output()
                .lines()
                .filter(line -> List.of(said).stream().noneMatch(line::startsWith))
                .map(ComposerJson.MAPPER::readTree)
                .toList();
    }

    private List<JsonNode> serviceLines() {
        return lines(service, "worker API ", "compose API ", "status page ");
    }

    private static JsonNode mdc(JsonNode line, String key) {
        return line.path("mdc").path(key);
    }

    private void awaitLine(String operation, String compose) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(serviceLines()).anySatisfy(line -> {
                    assertThat(mdc(line, "operationId").asString("")).isEqualTo(operation);
                    assertThat(mdc(line, "composeId").asString("")).isEqualTo(compose);
                    assertThat(line.path("formattedMessage").asString("")).contains("refused: error 15");
                }));
    }

    @Test
    @DisplayName(
            "S13, S20: the operation id of a refused request is in the answer, its header, and a line of JSON in the log, with the compose")
    void refusedRequest() throws Exception {
        String compose = UUID.randomUUID().toString();
        Exchange refused = composes.get("/composes/" + compose);

        assertThat(refused.status()).isEqualTo(404);
        String operation = refused.json().path("operation_id").asString("");
        assertThat(refused.headers().firstValue("X-Operation-Id")).contains(operation);
        awaitLine(operation, compose);
    }

    @Test
    @DisplayName("S13: a client may bring the operation id; what is no UUID is none")
    void operationIdOfTheClient() throws Exception {
        String compose = UUID.randomUUID().toString();
        String operation = UUID.randomUUID().toString();
        Exchange refused = composes.send("GET", "/composes/" + compose, "", "X-Operation-Id", operation);
        assertThat(refused.json().path("operation_id").asString("")).isEqualTo(operation);
        awaitLine(operation, compose);

        String invented = "1\",\"level\":\"ERROR";
        assertThat(composes.send("GET", "/composes/" + compose, "", "X-Operation-Id", invented)
                        .json()
                        .path("operation_id")
                        .asString(""))
                .matches("[0-9a-f-]{36}");
        assertThat(service.output()).doesNotContain(invented);
    }

    @Test
    @DisplayName("S20: the worker's lines about a job have its id, and one of the service tells of which compose it is")
    void job() throws Exception {
        String arch = Machine.here().arch();
        Exchange begun = composes.send(
                "POST",
                "/compose",
                "{\"image_requests\":[{\"architecture\":\"" + arch
                        + "\",\"image_type\":\"tar\",\"manifest\":{\"version\":\"1\"}}]}");
        String compose = begun.json().path("id").asString("");
        assertThat(serviceLines()).anySatisfy(line -> {
            assertThat(mdc(line, "composeId").asString("")).isEqualTo(compose);
            assertThat(begun.headers().firstValue("X-Operation-Id"))
                    .contains(mdc(line, "operationId").asString(""));
            assertThat(line.path("formattedMessage").asString("")).contains("with jobs [" + compose + "]");
        });

        Program worker = program("worker", "--log=json", "--service", workerUrl);
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(lines(worker, "working for ").stream()
                                    .filter(line ->
                                            mdc(line, "jobId").asString("").equals(compose))
                                    .map(line -> line.path("formattedMessage").asString("")))
                            .anyMatch(message -> message.endsWith("begins"))
                            .anyMatch(message -> message.endsWith("is reported")));
        } finally {
            worker.stop();
        }
    }
}
