package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A client that asks for one image and waits for it. */
final class Demo {
    private static final long LOOK_MILLIS = 100;

    private final String api;
    private final PrintWriter out;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Demo(String api, PrintWriter out) {
        this.api = api;
        this.out = out;
    }

    /** An export of the manifest that comes with this program, and its file. */
    record Image(String export, String file) {}

    /** Asks for an image; gives the id of the compose when it has ended, and whether it is there. */
    Built build(String arch, Image image) throws IOException, InterruptedException {
        Map<String, Object> request = Map.of(
                "image_requests",
                List.of(Map.of(
                        "architecture", arch,
                        "image_type", image.export(),
                        "manifest", ComposerJson.MAPPER.readTree(manifest()),
                        "exports", List.of(image.export()),
                        "image_name", image.file())));
        String id = send("POST", "/compose", ComposerJson.MAPPER.writeValueAsString(request), 201)
                .path("id")
                .stringValue();
        out.println("compose " + id + ": " + image.file());
        String before = "";
        while (true) {
            JsonNode status = send("GET", "/composes/" + id, "", 200);
            String now = status.path("image_status").path("status").stringValue();
            if (!now.equals(before)) {
                out.println("  " + now);
                before = now;
            }
            if (!status.path("status").stringValue().equals("pending")) {
                JsonNode error = status.path("image_status").path("error");
                if (!error.isMissingNode()) {
                    out.println("  error " + error.path("id") + ": "
                            + error.path("reason").asString(""));
                }
                return new Built(id, status.path("status").stringValue().equals("success"));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    record Built(String id, boolean success) {}

    private static String manifest() throws IOException {
        try (InputStream in = Demo.class.getResourceAsStream("manifest.json")) {
            if (in == null) {
                throw new IOException("the manifest of the example is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private JsonNode send(String method, String path, String body, int expected)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path));
        if (body.isEmpty()) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.method(method, BodyPublishers.ofString(body)).header("Content-Type", "application/json");
        }
        HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() != expected) {
            throw new IOException(method + " " + path + " was answered with status " + answer.statusCode() + ": "
                    + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return ComposerJson.MAPPER.readTree(answer.body());
    }
}
