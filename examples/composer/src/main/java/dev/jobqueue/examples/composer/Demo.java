package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.worker.ServiceLogin;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A client that asks for one image and waits for it. */
final class Demo {
    private static final long LOOK_MILLIS = 100;

    private final ComposeClient client;
    private final PrintWriter out;

    Demo(String api, PrintWriter out) throws IOException {
        client = new ComposeClient(api, ServiceLogin.NONE);
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
        String id = client.start(request);
        out.println("compose " + id + ": " + image.file());
        String before = "";
        while (true) {
            JsonNode status = client.status(id);
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
}
