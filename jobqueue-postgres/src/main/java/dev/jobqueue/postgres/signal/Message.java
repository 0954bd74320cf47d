package dev.jobqueue.postgres.signal;

import dev.jobqueue.JobId;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Changes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes as the payloads of notifications: JSON of less than 8,000 bytes each, which is PostgreSQL's limit.
 *
 * <pre>{@code
 * {"from":"1f3a...","ready":[["build","default"]],"scheduled":[["test","org-7"]],"ended":["0195..."]}
 * {"from":"1f3a...","anything":true}
 * }</pre>
 *
 * <p>A payload that cannot be read means that anything may have changed: it may come from another version.
 */
final class Message {
    private static final int MAX_BYTES = 7_900;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Message() {}

    /** As few payloads as have room for these changes. */
    static List<String> payloads(String from, Changes changes) {
        if (changes.anything()) {
            return List.of(MAPPER.createObjectNode()
                    .put("from", from)
                    .put("anything", true)
                    .toString());
        }
        Writer writer = new Writer(from);
        changes.ready().keySet().forEach(pair -> writer.add("ready", pair));
        changes.scheduled().forEach(pair -> writer.add("scheduled", pair));
        changes.ended().forEach(id -> writer.add("ended", id));
        return writer.finish();
    }

    /** What a payload says; {@link Changes#NONE} if it comes from {@code self}. */
    static Changes read(String payload, String self) {
        if (payload.startsWith("{\"from\":\"" + self + "\"")) {
            return Changes.NONE;
        }
        try {
            JsonNode json = MAPPER.readTree(payload);
            if (json.path("anything").asBoolean(false)) {
                return Changes.ANYTHING;
            }
            Map<TypeChannel, Integer> ready = new HashMap<>();
            Set<TypeChannel> scheduled = new HashSet<>();
            Set<JobId> ended = new HashSet<>();
            json.path("ready").forEach(pair -> ready.put(pair(pair), 1));
            json.path("scheduled").forEach(pair -> scheduled.add(pair(pair)));
            json.path("ended").forEach(id -> ended.add(JobId.parse(id.asString())));
            return new Changes(ready, scheduled, List.copyOf(ended), false);
        } catch (JacksonException | IllegalArgumentException e) {
            return Changes.ANYTHING;
        }
    }

    private static TypeChannel pair(JsonNode json) {
        return new TypeChannel(
                TypeName.parse(json.path(0).asString()), json.path(1).asString());
    }

    /** Fills one payload after the other. */
    private static final class Writer {
        private final String from;
        private final List<String> full = new ArrayList<>();
        private ObjectNode json;
        private int bytes;

        Writer(String from) {
            this.from = from;
            json = start();
        }

        private ObjectNode start() {
            ObjectNode started = MAPPER.createObjectNode().put("from", from);
            bytes = 100;
            return started;
        }

        void add(String list, TypeChannel pair) {
            ArrayNode item =
                    MAPPER.createArrayNode().add(pair.type().toString()).add(pair.channel());
            makeRoom(item.toString().getBytes(StandardCharsets.UTF_8).length + 1);
            json.withArray(list).add(item);
        }

        void add(String list, JobId id) {
            makeRoom(39);
            json.withArray(list).add(id.toString());
        }

        private void makeRoom(int more) {
            if (bytes + more > MAX_BYTES) {
                full.add(json.toString());
                json = start();
            }
            bytes += more;
        }

        List<String> finish() {
            List<String> all = new ArrayList<>(full);
            if (json.size() > 1) {
                all.add(json.toString());
            }
            return all;
        }
    }
}
