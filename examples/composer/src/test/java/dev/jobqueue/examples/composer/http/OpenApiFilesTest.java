package dev.jobqueue.examples.composer.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What both APIs promise; that they keep it is checked with every request of every test. */
class OpenApiFilesTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    static Stream<OpenApi> apis() {
        return Stream.of(WorkerApi.class, ComposeApi.class).map(api -> OpenApi.read(api, "openapi.yaml"));
    }

    private static Stream<JsonNode> operations(OpenApi api) {
        return api.document().path("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream())
                .filter(entry -> METHODS.contains(entry.getKey()))
                .map(Map.Entry::getValue);
    }

    @ParameterizedTest
    @MethodSource("apis")
    @DisplayName("S12: every answer with an object, errors too, has kind, id and href")
    void kindIdAndHref(OpenApi api) {
        Set<String> schemas = new HashSet<>(Set.of("Error"));
        operations(api)
                .flatMap(operation -> operation.path("responses").properties().stream())
                .map(response -> response.getValue().at("/content/application~1json/schema/$ref"))
                .filter(reference -> !reference.isMissingNode())
                .forEach(reference -> schemas.add(reference.stringValue().substring("#/components/schemas/".length())));
        schemas.remove("Document");
        assertThat(schemas).hasSizeGreaterThan(5);
        for (String schema : schemas) {
            for (String field : Set.of("kind", "id", "href")) {
                assertThat(api.mismatches(schema, ComposerJson.MAPPER.readTree("{}")))
                        .as(schema)
                        .anyMatch(mismatch -> mismatch.contains("'" + field + "'"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("apis")
    @DisplayName("S43, S13: every operation has an id of its own, and every answer an operation id")
    void operationIds(OpenApi api) {
        assertThat(operations(api)
                        .map(operation -> operation.path("operationId").asString("")))
                .doesNotContain("")
                .doesNotHaveDuplicates();
        assertThat(operations(api)
                        .flatMap(operation -> operation.path("responses").properties().stream())
                        .map(Map.Entry::getValue)
                        .filter(response -> !response.has("$ref")))
                .allMatch(response -> response.path("headers").has("X-Operation-Id"));
    }
}
