package dev.jobqueue.examples.composer.koji;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a hub gives for a login: each call shows it, with a number that grows. Newer hubs want it in headers, older ones in the URL. Not thread-safe.
 *
 * @see <a href="https://docs.pagure.org/koji/">koji</a>, {@code ClientSession._prepCall}
 */
final class HubSession {
    private final String id;
    private final String key;
    private final boolean inHeaders;
    private long callNumber;

    HubSession(String id, String key, boolean inHeaders) {
        this.id = id;
        this.key = key;
        this.inHeaders = inHeaders;
    }

    /** How the next call shows it. */
    Shown next() {
        String number = Long.toString(callNumber++);
        if (inHeaders) {
            return new Shown(
                    "", Map.of("Koji-Session-Id", id, "Koji-Session-Key", key, "Koji-Session-Callnum", number));
        }
        Map<String, String> query = new LinkedHashMap<>();
        query.put("session-id", id);
        query.put("session-key", key);
        query.put("callnum", number);
        return new Shown(
                query.entrySet().stream()
                        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&", "?", "")),
                Map.of());
    }

    /**
     * What belongs to a call.
     *
     * @param query what follows the URL
     */
    record Shown(String query, Map<String, String> headers) {
        /** Of a call without a session. */
        static final Shown NOTHING = new Shown("", Map.of());
    }
}
