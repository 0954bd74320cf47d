package dev.jobqueue.examples.composer.jobs;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.jobqueue.RawJson;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * How args and results are written as JSON: names with underscores, unknown fields ignored, absent values left out.
 *
 * <p>A {@link RawJson} inside a record keeps its bytes in both directions (S45, S46). Written it is copied; read it is cut out of the bytes that the parser reads, whose
 * source is therefore kept in its locations.
 */
public final class ComposerJson {
    private static final int MAX_DEPTH = 1_000;

    /** Reads and writes everything in this example. Read from bytes: from other sources a {@link RawJson} cannot be cut. */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(Integer.MAX_VALUE)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .build())
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .addModule(new SimpleModule()
                    .addSerializer(RawJson.class, new RawWriter())
                    .addDeserializer(RawJson.class, new RawReader()))
            .build();

    private ComposerJson() {}

    /** The value as a tree, for looking into JSON of unknown shape. */
    public static JsonNode tree(RawJson json) {
        return MAPPER.readTree(json.toBytes());
    }

    /** The value as bytes. */
    public static RawJson raw(Object value) {
        return RawJson.ofUtf8(MAPPER.writeValueAsBytes(value));
    }

    /** A field of an object, byte by byte; JSON null if there is no such field, or no object. */
    public static RawJson field(RawJson object, String name) {
        if (!tree(object).isObject()) {
            return RawJson.NULL;
        }
        Map<String, RawJson> fields = MAPPER.readValue(object.toBytes(), new TypeReference<>() {});
        return orNull(fields.get(name));
    }

    /** A value that is missing is the same as null (S45). */
    static RawJson orNull(@Nullable RawJson json) {
        return json == null ? RawJson.NULL : json;
    }

    static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private static final class RawWriter extends ValueSerializer<RawJson> {
        @Override
        public void serialize(RawJson value, JsonGenerator generator, SerializationContext context) {
            generator.writeRawValue(value.toString());
        }
    }

    private static final class RawReader extends ValueDeserializer<RawJson> {
        @Override
        public RawJson deserialize(JsonParser parser, DeserializationContext context) throws JacksonException {
            Object source = parser.currentTokenLocation().contentReference().getRawContent();
            if (!(source instanceof byte[] utf8)) {
                return context.reportInputMismatch(RawJson.class, "raw JSON can be read from bytes only");
            }
            int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
            parser.finishToken();
            parser.skipChildren();
            int end = Math.toIntExact(parser.currentLocation().getByteOffset());
            return RawJson.ofUtf8(Arrays.copyOfRange(utf8, start, end));
        }
    }
}
