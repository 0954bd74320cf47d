package dev.jobqueue.examples.composer.hostile;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.Access;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.HttpLimits;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.http.TestAuthority;
import dev.jobqueue.examples.composer.http.TestIssuer;
import dev.jobqueue.examples.composer.http.Tls;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApiOptions;
import dev.jobqueue.examples.composer.workerapi.WorkerLimits;
import dev.jobqueue.fs.FileJobQueue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** The service that is attacked: both APIs with bearer tokens, and the compose API once more for callers with certificates. */
final class Target implements AutoCloseable {
    static final String WORKER_BASE = "/api/worker/v1";
    static final String COMPOSE_BASE = "/api/image-builder-composer/v2";
    static final String ASK = "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\"}";
    static final String COMPOSE =
            "{\"image_requests\":[{\"architecture\":\"x86_64\",\"image_type\":\"tar\",\"manifest\":{\"version\":\"2\"}}]}";

    private static final HttpLimits LIMITS =
            HttpLimits.DEFAULT.idleTimeout(Duration.ofMillis(500)).requests(0, 1);

    final TestIssuer issuer;
    final TestAuthority authority;
    final Path artifacts;
    private final JobQueue queue;
    private final WorkerApi workerApi;
    private final ComposeApi composeApi;
    private final ComposeApi withCertificates;
    private final ApiClient worker;
    private final ApiClient compose;

    Target(Path directory) throws IOException {
        issuer = new TestIssuer(directory.resolve("keys.jwks"));
        authority = new TestAuthority(directory);
        artifacts = directory.resolve("artifacts");
        queue = FileJobQueue.open(Files.createDirectory(directory.resolve("queue")));
        workerApi = WorkerApi.start(
                queue,
                WorkerApiOptions.of(0, artifacts)
                        .requestTimeout(Duration.ofMillis(1))
                        .limits(new WorkerLimits(100_000, 300_000, 5, 1_000, 200))
                        .server(ApiServerOptions.loopback(0, WORKER_BASE)
                                .access(issuer.access())
                                .maxBodyBytes(200_000)
                                .limits(LIMITS)));
        ApiServerOptions options = ComposeApi.loopback(0).maxBodyBytes(200_000).limits(LIMITS);
        composeApi = ComposeApi.start(queue, options.access(issuer.access()), Set.of("x86_64"), workerApi.files());
        withCertificates = ComposeApi.start(
                queue,
                options.access(new Access.Certificates(Set.of("builder"), Optional.of("O")))
                        .tls(new Tls(authority.identity("CN=service", "localhost"), Optional.of(authority.trust()))),
                Set.of("x86_64"),
                workerApi.files());
        worker = new ApiClient(workerApi.url(), OpenApi.read(WorkerApi.class, "openapi.yaml"));
        compose = new ApiClient(composeApi.url(), OpenApi.read(ComposeApi.class, "openapi.yaml"));
    }

    int workerPort() {
        return URI.create(workerApi.url()).getPort();
    }

    int composePort() {
        return URI.create(composeApi.url()).getPort();
    }

    int certificatePort() {
        return URI.create(withCertificates.url()).getPort();
    }

    /** Asks for a compose; its id. */
    String compose(String tenant) throws IOException, InterruptedException {
        return expect(201, compose.as(issuer.token(tenant)).send("POST", "/compose", COMPOSE))
                .json()
                .path("id")
                .stringValue();
    }

    /** Takes a job; the path of its run below the base. */
    String take(String tenant) throws IOException, InterruptedException {
        return expect(201, worker.as(issuer.token(tenant)).send("POST", "/jobs", ASK))
                .json()
                .path("location")
                .stringValue()
                .substring(WORKER_BASE.length());
    }

    /** Brings an image and ends a run. */
    void finish(String tenant, String run) throws IOException, InterruptedException {
        ApiClient client = worker.as(issuer.token(tenant));
        expect(
                200,
                client.send("PUT", run + "/artifacts/image.tar", "image", "Content-Type", "application/octet-stream"));
        expect(200, client.send("PATCH", run, "{\"result\":{\"osbuild_output\":{\"success\":true}}}"));
    }

    /** Whether a run goes on. */
    boolean runs(String tenant, String run) throws IOException, InterruptedException {
        return worker.as(issuer.token(tenant)).get(run).status() == 200;
    }

    String status(String tenant, String id) throws IOException, InterruptedException {
        return expect(200, compose.as(issuer.token(tenant)).get("/composes/" + id))
                .json()
                .path("status")
                .stringValue();
    }

    /** Removes all composes of a tenant. */
    void clear(String tenant) throws IOException, InterruptedException {
        ApiClient client = compose.as(issuer.token(tenant));
        while (true) {
            var items = expect(200, client.get("/composes?size=100")).json().path("items");
            if (items.isEmpty()) {
                return;
            }
            for (var item : items) {
                expect(200, client.send("DELETE", "/composes/" + item.path("id").stringValue(), ""));
            }
        }
    }

    Optional<Path> artifact(String id, String name) {
        return workerApi.artifact(JobId.parse(id), name);
    }

    private static Exchange expect(int status, Exchange exchange) {
        if (exchange.status() != status) {
            throw new AssertionError(exchange.method() + " " + exchange.path() + ": " + exchange.status()
                    + " instead of " + status + " " + exchange.json());
        }
        return exchange;
    }

    @Override
    public void close() {
        withCertificates.close();
        composeApi.close();
        workerApi.close();
        queue.close();
    }
}
