package dev.jobqueue.examples.composer.http;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** An OpenAPI file: what the API promises, and what requests are checked against. Thread-safe. */
public final class OpenApi {
    private static final String SCHEMAS = "#/components/schemas/";

    private final String name;
    private final JsonNode document;
    private final byte[] json;
    private final SchemaRegistry registry;
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    private OpenApi(String name, JsonNode document) {
        this.name = "https://jobqueue.dev/" + name;
        this.document = document;
        json = ComposerJson.MAPPER.writeValueAsBytes(document);
        registry = SchemaRegistry.withDialect(
                Dialects.getOpenApi30(), builder -> builder.schemas(Map.of(this.name, document.toString())));
    }

    /** Reads a YAML file beside this class. */
    public static OpenApi read(Class<?> beside, String resource) {
        try (InputStream stream = Objects.requireNonNull(beside.getResourceAsStream(resource), resource)) {
            return new OpenApi(resource, new YAMLMapper().readTree(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The document as JSON. */
    public byte[] json() {
        return json.clone();
    }

    /** The document as a tree; not to be changed. */
    public JsonNode document() {
        return document;
    }

    /** What does not fit one of the schemas of the document; empty if all does. */
    public List<String> mismatches(String schema, JsonNode value) {
        return schemas
                .computeIfAbsent(schema, key -> registry.getSchema(SchemaLocation.of(name + SCHEMAS + key)))
                .validate(value)
                .stream()
                .map(Error::toString)
                .toList();
    }
}
