package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.http.TestIssuer;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApiOptions;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both APIs with callers of two tenants: what belongs to one is not there for the other one. */
class TenantsTest {
    private static final OpenApi WORKER_API = OpenApi.read(WorkerApi.class, "openapi.yaml");
    private static final OpenApi COMPOSE_API = OpenApi.read(ComposeApi.class, "openapi.yaml");
    private static final String ASK = "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\"}";
    private static final String IMAGE = "{\"architecture\":\"x86_64\",\"image_type\":\"tar\",\"manifest\":{}}";
    private static final String KOJI =
            "{\"server\":\"https://koji.example.com\",\"name\":\"a\",\"version\":\"1\",\"release\":\"1\",\"task_id\":7}";

    private final JobQueue queue = JobQueue.on(new InMemoryJobStore());

    @TempDir
    Path directory;

    private TestIssuer issuer;
    private WorkerApi workerApi;
    private ComposeApi composeApi;
    private ApiClient worker;
    private ApiClient compose;

    @BeforeEach
    void start() throws IOException {
        issuer = new TestIssuer(directory.resolve("keys.jwks"));
        startWorkerApi();
        composeApi = ComposeApi.start(
                queue, ComposeApi.loopback(0).access(issuer.access()), Set.of("x86_64"), workerApi.files());
        compose = new ApiClient(composeApi.url(), COMPOSE_API);
    }

    private void startWorkerApi() throws IOException {
        workerApi = WorkerApi.start(
                queue,
                WorkerApiOptions.of(0, directory.resolve("artifacts"))
                        .requestTimeout(Duration.ofMillis(1))
                        .server(ApiServerOptions.loopback(0, "/api/worker/v1").access(issuer.access())));
        worker = new ApiClient(workerApi.url(), WORKER_API);
    }

    @AfterEach
    void stop() {
        composeApi.close();
        workerApi.close();
        queue.close();
    }

    private ApiClient as(ApiClient client, String tenant) {
        return client.as(issuer.token(tenant));
    }

    private String post(String tenant, String images) throws Exception {
        Exchange exchange = as(compose, tenant).send("POST", "/compose", images);
        assertThat(exchange.status()).isEqualTo(201);
        return exchange.json().path("id").stringValue();
    }

    private String take(String tenant) throws Exception {
        Exchange exchange = as(worker, tenant).send("POST", "/jobs", ASK);
        assertThat(exchange.status()).isEqualTo(201);
        return exchange.json().path("location").stringValue().substring("/api/worker/v1".length());
    }

    /** All but what is different for each request. */
    private static Map<String, Object> answer(Exchange exchange) {
        assertThat(exchange.status())
                .as("%s %s", exchange.method(), exchange.path())
                .isEqualTo(404);
        // Whether a body that nobody reads has come in already decides whether the connection can go on.
        Set<String> headers = new HashSet<>(exchange.headers().map().keySet());
        headers.remove("connection");
        return Map.of(
                "id", exchange.json().path("id").stringValue(),
                "reason", exchange.json().path("reason").stringValue(),
                "fields", exchange.json().propertyNames(),
                "headers", headers);
    }

    @Test
    @DisplayName("W7: a compose is not there for another tenant, on any route, and its list does not show it")
    void composes() throws Exception {
        for (String request : List.of(
                "{\"image_requests\":[" + IMAGE + "]}", "{\"image_requests\":[" + IMAGE + "],\"koji\":" + KOJI + "}")) {
            String id = post("seven", request);
            assertThat(queue.status(JobId.parse(id)).channel()).isEqualTo("org-seven");
            String unknown = JobId.create().toString();
            for (String part : List.of("", "/logs", "/manifests", "/metadata")) {
                assertThat(answer(as(compose, "eight").get("/composes/" + id + part)))
                        .isEqualTo(answer(as(compose, "eight").get("/composes/" + unknown + part)));
                assertThat(as(compose, "seven").get("/composes/" + id + part).status())
                        .isEqualTo(200);
            }
            assertThat(answer(as(compose, "eight").send("DELETE", "/composes/" + id, "")))
                    .isEqualTo(answer(as(compose, "eight").send("DELETE", "/composes/" + unknown, "")));
            assertThat(list("eight")).isEmpty();
            assertThat(list("seven")).contains(id);
        }
        String another = post("eight", "{\"image_requests\":[" + IMAGE + "]}");
        assertThat(list("eight")).containsExactly(another);
        assertThat(list("seven")).hasSize(2);
        assertThat(queue.counts()).allMatch(count -> !count.pair().channel().equals("default"));
    }

    private List<String> list(String tenant) throws Exception {
        return as(compose, tenant)
                .get("/composes")
                .json()
                .path("items")
                .valueStream()
                .map(item -> item.path("id").stringValue())
                .toList();
    }

    @Test
    @DisplayName("W7: a worker is given jobs of its tenant only")
    void jobs() throws Exception {
        String id = post("seven", "{\"image_requests\":[" + IMAGE + "]}");
        new ComposerJobs(queue)
                .enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(RawJson.of("{}"), "", List.of())));
        assertThat(as(worker, "eight").send("POST", "/jobs", ASK).status()).isEqualTo(204);
        Exchange own = as(worker, "seven").send("POST", "/jobs", ASK);
        assertThat(own.json().path("id").stringValue()).isEqualTo(id);
        assertThat(as(worker, "seven").send("POST", "/jobs", ASK).status()).isEqualTo(204);
    }

    @Test
    @DisplayName("W7: the token of a run is unknown to other tenants, while it runs and after that")
    void tokens() throws Exception {
        String id = post("seven", "{\"image_requests\":[" + IMAGE + "]}");
        String run = take("seven");
        assertUnknown(run);
        // Also to a service that has not seen the run begin.
        restart();
        assertUnknown(run);
        assertThat(put("seven", run).status()).isEqualTo(200);
        assertThat(as(worker, "seven").get(run).status()).isEqualTo(200);
        String result = "{\"result\":{\"osbuild_output\":{\"success\":true}}}";
        assertThat(as(worker, "seven").send("PATCH", run, result).status()).isEqualTo(200);
        assertUnknown(run);
        for (String service : List.of("the same service", "one that has not seen the run")) {
            assertThat(as(worker, "seven").send("PATCH", run, result).status())
                    .as("a report that is repeated, at %s", service)
                    .isEqualTo(200);
            restart();
            assertUnknown(run);
        }
        assertThat(workerApi.artifact(JobId.parse(id), "image.tar")).isPresent();
    }

    @Test
    @DisplayName("W7: that a job was canceled is told to the worker of its tenant only")
    void canceledJobs() throws Exception {
        String id = post("seven", "{\"image_requests\":[" + IMAGE + "]}");
        String run = take("seven");
        queue.cancel(JobId.parse(id), "not wanted");
        assertUnknown(run);
        for (String service : List.of("the same service", "one that has not seen the run")) {
            assertThat(as(worker, "seven").get(run).json().path("canceled").booleanValue())
                    .as(service)
                    .isTrue();
            restart();
            assertUnknown(run);
        }
    }

    private void restart() throws IOException {
        workerApi.close();
        startWorkerApi();
    }

    private void assertUnknown(String run) throws Exception {
        String unknown = "/jobs/" + UUID.randomUUID();
        assertThat(answer(as(worker, "eight").get(run)))
                .isEqualTo(answer(as(worker, "eight").get(unknown)));
        for (String body : List.of("{\"result\":{}}", "{\"partial\":7}", "{}")) {
            assertThat(answer(as(worker, "eight").send("PATCH", run, body)))
                    .isEqualTo(answer(as(worker, "eight").send("PATCH", unknown, body)));
        }
        assertThat(answer(put("eight", run))).isEqualTo(answer(put("eight", unknown)));
    }

    private Exchange put(String tenant, String run) throws Exception {
        return as(worker, tenant)
                .send("PUT", run + "/artifacts/image.tar", "image", "Content-Type", "application/octet-stream");
    }

    @Test
    @DisplayName("W7: a worker that has registered is unknown to other tenants")
    void workers() throws Exception {
        Exchange registered = as(worker, "seven").send("POST", "/workers", "{\"arch\":\"x86_64\"}");
        String id = registered.json().path("worker_id").stringValue();
        assertThat(as(worker, "seven")
                        .send("POST", "/workers/" + id + "/status", "")
                        .status())
                .isEqualTo(200);
        for (String unknown : List.of(id, UUID.randomUUID().toString())) {
            Exchange refused = as(worker, "eight").send("POST", "/workers/" + unknown + "/status", "");
            assertThat(refused.refusal()).isEqualTo(Map.entry(400, 18));
            String ask = ASK.replace("}", ",\"worker_id\":\"" + unknown + "\"}");
            assertThat(as(worker, "eight").send("POST", "/jobs", ask).refusal()).isEqualTo(Map.entry(400, 18));
        }
    }

    @Test
    @DisplayName("W7: a caller without a tenant is told so, by an error of each API, and sees nothing")
    void withoutTenant() throws Exception {
        String token = issuer.token(claims -> {});
        String any = UUID.randomUUID().toString();
        String patch = "{\"result\":{}}";
        for (Exchange exchange : List.of(
                worker.as(token).send("POST", "/jobs", ASK),
                worker.as(token).send("POST", "/workers", "{\"arch\":\"x86_64\"}"),
                worker.as(token).send("POST", "/workers/" + any + "/status", ""),
                worker.as(token).get("/jobs/" + any),
                worker.as(token).send("PATCH", "/jobs/" + any, patch),
                worker.as(token).send("PUT", "/jobs/" + any + "/artifacts/a", "a", "Content-Type", "a/b"))) {
            assertThat(exchange.refusal()).as(exchange.path()).isEqualTo(Map.entry(400, 16));
        }
        for (Exchange exchange : List.of(
                compose.as(token).send("POST", "/compose", "{\"image_requests\":[" + IMAGE + "]}"),
                compose.as(token).get("/composes"),
                compose.as(token).get("/composes/" + any),
                compose.as(token).send("DELETE", "/composes/" + any, ""))) {
            assertThat(exchange.refusal()).as(exchange.path()).isEqualTo(Map.entry(400, 28));
        }
        assertThat(queue.counts()).isEmpty();
    }

    @Test
    @DisplayName("W7: without logging in there are only the routes about the APIs themselves")
    void nobody() throws Exception {
        for (ApiClient client : List.of(worker, compose)) {
            assertThat(client.get("/openapi").status()).isEqualTo(200);
            assertThat(client.get("/errors").status()).isEqualTo(200);
        }
        assertThat(worker.get("/status").status()).isEqualTo(200);
        assertThat(worker.send("POST", "/jobs", ASK).refusal()).isEqualTo(Map.entry(401, 401));
        assertThat(compose.get("/composes").refusal()).isEqualTo(Map.entry(401, 401));
        assertThat(compose.send("POST", "/compose", "no JSON").refusal()).isEqualTo(Map.entry(401, 401));
    }
}
