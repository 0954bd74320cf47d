package dev.jobqueue.examples.composer.http;

import java.net.http.HttpHeaders;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * One request and its answer.
 *
 * @param path below the base path, without the query
 * @param json the body of the answer; a missing node if there is none
 */
public record Exchange(String method, String path, String request, int status, JsonNode json, HttpHeaders headers) {
    /** The number of the error that was answered, 0 for none. */
    public int error() {
        return json.path("kind").asString("").equals("Error")
                ? Integer.parseInt(json.path("id").stringValue())
                : 0;
    }

    /** Status and error together. */
    public Map.Entry<Integer, Integer> refusal() {
        return Map.entry(status, error());
    }
}
