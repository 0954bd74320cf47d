package dev.jobqueue.examples.composer.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Checks requests and answers against the OpenAPI file. */
final class Conformity {
    private static final String SCHEMAS = "#/components/schemas/";

    private final OpenApi openApi;

    Conformity(OpenApi openApi) {
        this.openApi = openApi;
    }

    /** Fails unless the exchange is as the file promises. */
    void check(Exchange exchange) {
        assertThat(exchange.headers().allValues("X-Operation-Id"))
                .as("operation ids")
                .hasSize(1);
        JsonNode operation = operation(exchange);
        if (operation.isMissingNode()) {
            assertThat(exchange.status()).as("status of an unknown operation").isBetween(400, 499);
            checkBody("Error", exchange.json());
            return;
        }
        JsonNode responses = operation.path("responses");
        String status = Integer.toString(exchange.status());
        JsonNode response = resolve(responses.has(status) ? responses.path(status) : responses.path("default"));
        if (exchange.status() < 300) {
            assertThat(responses.has(status))
                    .as("status %s is documented", status)
                    .isTrue();
            checkRequest(operation, exchange);
        }
        JsonNode content = response.path("content");
        if (content.isMissingNode()) {
            assertThat(exchange.json().isMissingNode())
                    .as("an answer without a body")
                    .isTrue();
        } else {
            assertThat(exchange.headers().firstValue("Content-Type")).contains("application/json");
            checkBody(schema(content), exchange.json());
        }
    }

    private void checkRequest(JsonNode operation, Exchange exchange) {
        JsonNode content = operation.path("requestBody").path("content");
        if (content.has("application/json")) {
            checkBody(schema(content), ComposerJson.MAPPER.readTree(exchange.request()));
        }
    }

    private void checkBody(String schema, JsonNode body) {
        assertThat(openApi.mismatches(schema, body))
                .as("%s of schema %s", body, schema)
                .isEmpty();
    }

    private static String schema(JsonNode content) {
        String reference =
                content.path("application/json").path("schema").path("$ref").stringValue();
        assertThat(reference).startsWith(SCHEMAS);
        return reference.substring(SCHEMAS.length());
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref")
                ? openApi.document().at(node.path("$ref").stringValue().substring(1))
                : node;
    }

    /** The operation in the file; a path without templates goes first. */
    private JsonNode operation(Exchange exchange) {
        JsonNode paths = openApi.document().path("paths");
        Optional<JsonNode> path = Optional.of(paths.path(exchange.path()))
                .filter(node -> !node.isMissingNode())
                .or(() -> paths.properties().stream()
                        .filter(entry -> exchange.path().matches(entry.getKey().replaceAll("\\{[^}]*\\}", "[^/]+")))
                        .map(Map.Entry::getValue)
                        .findFirst());
        return path.map(node -> node.path(exchange.method().toLowerCase(Locale.ROOT)))
                .orElseGet(() -> ComposerJson.MAPPER.missingNode());
    }
}
