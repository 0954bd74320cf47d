package dev.jobqueue.postgres.store;

import dev.jobqueue.Backoff;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Values as they stand in columns.
 *
 * <p>Options that no statement looks at are one JSON object with only those that are not the default, so that a new option needs no new column:
 *
 * <pre>{@code
 * {"attempts":3,"backoff":{"first":1000,"limit":60000,"factor":2.0},"recoveries":0,"notBefore":1767225600000,"delay":500}
 * }</pre>
 *
 * <p>An error is {@code {"code":7,"class":"CLIENT","reason":"...","permanent":true}}; its details are a column of their own, kept byte by byte. Texts
 * that may hold U+0000 are JSON strings.
 */
final class Columns {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Columns() {}

    // ---- options

    static @Nullable String options(JobOptions options) {
        ObjectNode json = MAPPER.createObjectNode();
        if (options.attempts() != JobOptions.DEFAULT.attempts()) {
            json.put("attempts", options.attempts());
        }
        if (!options.backoff().equals(Backoff.NONE)) {
            json.putObject("backoff")
                    .put("first", options.backoff().first().toMillis())
                    .put("limit", options.backoff().limit().toMillis())
                    .put("factor", options.backoff().factor());
        }
        if (options.recoveries() != JobOptions.DEFAULT.recoveries()) {
            json.put("recoveries", options.recoveries());
        }
        options.notBefore().ifPresent(time -> json.put("notBefore", time.toEpochMilli()));
        options.delay().ifPresent(delay -> json.put("delay", delay.toMillis()));
        return json.isEmpty() ? null : json.toString();
    }

    static JobOptions options(
            @Nullable String text,
            String channel,
            int priority,
            @Nullable Long timeoutMillis,
            @Nullable String uniqueKey) {
        JsonNode json = text == null ? MAPPER.createObjectNode() : MAPPER.readTree(text);
        JsonNode backoff = json.path("backoff");
        return new JobOptions(
                channel,
                priority,
                json.path("attempts").asInt(JobOptions.DEFAULT.attempts()),
                backoff.isMissingNode()
                        ? Backoff.NONE
                        : new Backoff(
                                Duration.ofMillis(backoff.path("first").asLong()),
                                Duration.ofMillis(backoff.path("limit").asLong()),
                                backoff.path("factor").asDouble()),
                json.path("recoveries").asInt(JobOptions.DEFAULT.recoveries()),
                json.has("notBefore")
                        ? Optional.of(
                                Instant.ofEpochMilli(json.path("notBefore").asLong()))
                        : Optional.empty(),
                json.has("delay")
                        ? Optional.of(Duration.ofMillis(json.path("delay").asLong()))
                        : Optional.empty(),
                Optional.ofNullable(timeoutMillis).map(Duration::ofMillis),
                Optional.ofNullable(uniqueKey));
    }

    // ---- errors and reasons

    static @Nullable String error(@Nullable JobError error) {
        return error == null
                ? null
                : MAPPER.createObjectNode()
                        .put("code", error.code())
                        .put("class", error.errorClass().name())
                        .put("reason", error.reason())
                        .put("permanent", error.permanent())
                        .toString();
    }

    static @Nullable String errorDetails(@Nullable JobError error) {
        return error == null || error.details().equals(RawJson.NULL)
                ? null
                : error.details().toString();
    }

    static @Nullable JobError error(@Nullable String text, @Nullable RawJson details) {
        if (text == null) {
            return null;
        }
        JsonNode json = MAPPER.readTree(text);
        return new JobError(
                json.path("code").asInt(),
                ErrorClass.valueOf(json.path("class").asString()),
                json.path("reason").asString(),
                details == null ? RawJson.NULL : details,
                json.path("permanent").asBoolean());
    }

    static @Nullable String reason(@Nullable String reason) {
        return reason == null ? null : MAPPER.writeValueAsString(reason);
    }

    static @Nullable String reasonOf(@Nullable String json) {
        return json == null ? null : MAPPER.readTree(json).asString();
    }

    // ---- reading

    static @Nullable RawJson json(ResultSet row, String column) throws SQLException {
        // A json column comes as text in UTF-8.
        byte[] utf8 = row.getBytes(column);
        return utf8 == null ? null : RawJson.ofStored(utf8);
    }

    static @Nullable JobError error(ResultSet row, String error, String details) throws SQLException {
        return error(row.getString(error), json(row, details));
    }

    static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static UUID uuid(ResultSet row, String column) throws SQLException {
        return row.getObject(column, UUID.class);
    }

    static JobId id(ResultSet row, String column) throws SQLException {
        return new JobId(uuid(row, column));
    }

    static JobId id(ResultSet row, int column) throws SQLException {
        return new JobId(row.getObject(column, UUID.class));
    }

    static @Nullable JobToken token(ResultSet row, String column) throws SQLException {
        UUID value = row.getObject(column, UUID.class);
        return value == null ? null : new JobToken(value);
    }

    static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    // ---- writing

    static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    static @Nullable String text(@Nullable RawJson json) {
        return json == null ? null : json.toString();
    }

    static List<UUID> ids(Collection<JobId> ids) {
        return ids.stream().map(JobId::value).toList();
    }

    static List<UUID> tokens(Collection<JobToken> tokens) {
        return tokens.stream().map(JobToken::value).toList();
    }
}
