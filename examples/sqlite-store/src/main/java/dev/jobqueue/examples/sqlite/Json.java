package dev.jobqueue.examples.sqlite;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.jobqueue.Dependency;
import dev.jobqueue.JobOptions;
import dev.jobqueue.RawJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Records of the library as text in a column; raw JSON in them is a string, so that it comes back byte by byte. */
final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().addMixIn(RawJson.class, AsText.class).build();

    private Json() {}

    /** What of a job no statement looks at. */
    record Given(List<Dependency> dependencies, JobOptions options) {}

    /** How Jackson reads and writes {@link RawJson}. */
    private interface AsText {
        @JsonValue
        @Override
        String toString();

        @JsonCreator
        static RawJson of(String text) {
            return RawJson.of(text);
        }
    }

    static @Nullable String write(@Nullable Object value) {
        return value == null ? null : MAPPER.writeValueAsString(value);
    }

    static <T> T required(String json, Class<T> type) {
        return MAPPER.readValue(json, type);
    }

    static <T> @Nullable T read(@Nullable String json, Class<T> type) {
        return json == null ? null : required(json, type);
    }
}
