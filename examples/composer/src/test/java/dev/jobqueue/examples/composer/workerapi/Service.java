package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.JobQueue;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.OpenApi;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** The worker API over a queue, and a client. */
final class Service implements AutoCloseable {
    private static final OpenApi OPEN_API = OpenApi.read(WorkerApi.class, "openapi.yaml");

    static final WorkerLimits LIMITS = new WorkerLimits(2_000, 5_000, 4, 20, 5);

    final WorkerApi api;
    final ApiClient client;

    Service(JobQueue queue, WorkerApiOptions options) throws IOException {
        api = WorkerApi.start(queue, options);
        client = new ApiClient(api.url(), OPEN_API);
    }

    static WorkerApiOptions options(Path artifacts) {
        return WorkerApiOptions.of(0, artifacts)
                .requestTimeout(Duration.ofMillis(1))
                .limits(LIMITS)
                .server(ApiServerOptions.loopback(0, "/api/worker/v1").maxBodyBytes(100_000));
    }

    int port() {
        return URI.create(api.url()).getPort();
    }

    Exchange request(String types, String arch) throws IOException, InterruptedException {
        return client.send("POST", "/jobs", "{\"types\":" + types + ",\"arch\":\"" + arch + "\"}");
    }

    /** Takes a job of this type, which must be there. */
    Run take(String type) throws IOException, InterruptedException {
        return new Run(request("[\"" + type + "\"]", "x86_64"));
    }

    @Override
    public void close() {
        api.close();
    }

    /** One run of a job, as its worker sees it: nothing but the locations that it was given. */
    final class Run {
        final Exchange answer;
        final String location;
        final String artifacts;

        Run(Exchange answer) {
            if (answer.status() != 201) {
                throw new AssertionError("no job was given: " + answer.status() + " " + answer.json());
            }
            this.answer = answer;
            location = below(answer.json().path("location").stringValue());
            artifacts = below(answer.json().path("artifact_location").stringValue());
        }

        private String below(String path) {
            return path.substring("/api/worker/v1".length());
        }

        Exchange get() throws IOException, InterruptedException {
            return client.get(location);
        }

        Exchange patch(String body) throws IOException, InterruptedException {
            return client.send("PATCH", location, body);
        }

        Exchange put(String name, String content) throws IOException, InterruptedException {
            return client.send("PUT", artifacts + name, content, "Content-Type", "application/octet-stream");
        }
    }
}
