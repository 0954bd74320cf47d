package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.jobs.ReportedError;
import dev.jobqueue.testkit.ManualClock;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every endpoint but the artifacts, with good and bad requests. */
@ExtendWith(JobQueueExtension.class)
class WorkerApiTest {
    private static final String MANIFEST = "{\"pipelines\": [], \"a\":1e2, \"a\":2}";
    private static final KojiInitArgs KOJI = new KojiInitArgs("https://koji.example.com", "fedora", "42", "1");

    @TempDir
    Path temporary;

    private JobQueue queue;
    private ComposerJobs jobs;
    private Service service;

    @BeforeEach
    void start(JobQueue newQueue) throws Exception {
        queue = newQueue;
        jobs = new ComposerJobs(queue);
        service = new Service(queue, Service.options(temporary));
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private JobId osbuild(String arch) {
        return jobs.enqueue(
                ComposerJobs.osbuild(arch, OsbuildArgs.of(RawJson.of(MANIFEST), "disk.img", List.of("image"))));
    }

    private static Map.Entry<Integer, Integer> refusal(WorkerError error) {
        return Map.entry(error.status(), error.number());
    }

    // ---- status, document, errors

    @Test
    @DisplayName("S43: the service has a status, and serves its OpenAPI file")
    void statusAndDocument() throws Exception {
        assertThat(service.client.get("/status").json())
                .hasToString(
                        "{\"kind\":\"Status\",\"id\":\"status\",\"href\":\"/api/worker/v1/status\",\"status\":\"OK\"}");
        JsonNode document = service.client.get("/openapi").json();
        Set<String> operations = new HashSet<>();
        document.path("paths")
                .forEach(path -> path.forEach(operation -> Optional.ofNullable(operation.get("operationId"))
                        .ifPresent(id -> operations.add(id.stringValue()))));
        assertThat(operations)
                .containsExactlyInAnyOrder(
                        "getStatus",
                        "getOpenapi",
                        "getErrors",
                        "getError",
                        "registerWorker",
                        "updateWorkerStatus",
                        "requestJob",
                        "getJob",
                        "updateJob",
                        "uploadJobArtifact");
    }

    @Test
    @DisplayName("S14: every error can be looked up by its number")
    void errorsByNumber() throws Exception {
        Set<Integer> numbers = new HashSet<>();
        for (WorkerError error : WorkerError.values()) {
            Exchange exchange = service.client.get("/errors/" + error.number());
            assertThat(exchange.status()).isEqualTo(200);
            assertThat(exchange.json().path("code").stringValue()).isEqualTo("IMAGE-BUILDER-WORKER-" + error.number());
            assertThat(exchange.json().path("reason").stringValue()).isEqualTo(error.reason());
            assertThat(numbers.add(error.number()))
                    .as("number %s is used once", error)
                    .isTrue();
        }
        assertThat(service.client.get("/errors").json().path("items").size()).isEqualTo(numbers.size());
        assertThat(service.client.get("/errors/12x").refusal()).isEqualTo(refusal(WorkerError.BAD_ERROR_ID));
        assertThat(service.client.get("/errors/4711").refusal()).isEqualTo(refusal(WorkerError.NO_ERROR));
    }

    @ParameterizedTest(name = "S14: errors{0} has {1} items")
    @CsvSource({
        "?size=5, 5",
        "?size=10&page=2, 10",
        "?page=9, 0",
        "?page=-1, 0",
        "?size=-1, 0",
        "?page=2147483647&size=2147483647, 0"
    })
    void pagesOfErrors(String query, int items) throws Exception {
        JsonNode list = service.client.get("/errors" + query).json();
        assertThat(list.path("items").size()).isEqualTo(items);
        assertThat(list.path("size").intValue()).isEqualTo(items);
        assertThat(list.path("total").intValue()).isEqualTo(WorkerError.values().length);
    }

    @Test
    @DisplayName("S14: a page and its size are numbers")
    void badPages() throws Exception {
        assertThat(service.client.get("/errors?page=x").refusal()).isEqualTo(refusal(WorkerError.BAD_PAGE));
        assertThat(service.client.get("/errors?size=1.5").refusal()).isEqualTo(refusal(WorkerError.BAD_SIZE));
    }

    @Test
    @DisplayName(
            "S44, S13: an error has its reason as message too, for old workers, and the operation id of its header")
    void errorBody() throws Exception {
        Exchange exchange = service.client.get("/nothing/here");
        assertThat(exchange.refusal()).isEqualTo(refusal(WorkerError.NO_RESOURCE));
        assertThat(exchange.json().path("message")).isEqualTo(exchange.json().path("reason"));
        assertThat(exchange.json().path("operation_id").stringValue())
                .isEqualTo(exchange.headers().firstValue("X-Operation-Id").orElseThrow());
    }

    @Test
    @DisplayName("S14, W8: a wrong method is 405, and an answer that nobody can give is 406")
    void methodAndAccept() throws Exception {
        String token = "/jobs/" + UUID.randomUUID();
        assertThat(service.client.send("DELETE", "/jobs", "").refusal()).isEqualTo(refusal(WorkerError.METHOD));
        assertThat(service.client.get("/jobs").refusal()).isEqualTo(refusal(WorkerError.METHOD));
        assertThat(service.client.send("POST", token, "{}").refusal()).isEqualTo(refusal(WorkerError.METHOD));
        assertThat(service.client
                        .send("GET", "/status", "", "Accept", "text/html, image/*")
                        .refusal())
                .isEqualTo(refusal(WorkerError.NOT_ACCEPTABLE));
        assertThat(service.client
                        .send("GET", "/status", "", "Accept", "text/html, application/json;q=0.5")
                        .status())
                .isEqualTo(200);
    }

    // ---- asking for a job

    @Test
    @DisplayName("S37, S39: a job is given with its id, type and args, and with the places to go to")
    void jobIsGiven() throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        JsonNode json = run.answer.json();
        assertThat(json.path("kind").stringValue()).isEqualTo("RequestJob");
        assertThat(json.path("id").stringValue()).isEqualTo(id.toString());
        assertThat(json.path("href").stringValue()).isEqualTo("/api/worker/v1/jobs");
        assertThat(json.path("args")).isEqualTo(ComposerJson.tree(queue.job(id).args()));
        assertThat(json.has("dynamic_args")).isFalse();
        String token = json.path("location").stringValue().substring("/api/worker/v1/jobs/".length());
        assertThat(json.path("artifact_location").stringValue())
                .isEqualTo("/api/worker/v1/jobs/" + token + "/artifacts/");
        assertThat(queue.jobOf(JobToken.parse(token))).contains(id);
        assertThat(jobs.osbuild(id).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    @DisplayName(
            "S40, W3: each run has a token of its own, and the id of a job is none; with an old one nothing can be done")
    void tokens() throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run first = service.take("osbuild");
        queue.running(JobToken.parse(first.location.substring("/jobs/".length())))
                .orElseThrow()
                .release(Duration.ZERO);
        Service.Run second = service.take("osbuild");

        assertThat(second.location).isNotEqualTo(first.location);
        assertThat(first.get().refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(first.patch("{\"result\":{}}").refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(first.put("a", "a").refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(service.client.get("/jobs/" + id).refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(second.get().status()).isEqualTo(200);
        assertThat(second.patch("{\"result\":{\"osbuild_output\":{\"success\":true}}}")
                        .status())
                .isEqualTo(200);
        assertThat(first.patch("{\"result\":{\"job_error\":{\"id\":11,\"reason\":\"late\"}}}")
                        .refusal())
                .isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(jobs.osbuild(id).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("S25: builds go to workers of their architecture, and the type is given without it")
    void architecture() throws Exception {
        osbuild("aarch64");
        assertThat(service.request("[\"osbuild\",\"koji-init\"]", "x86_64").status())
                .isEqualTo(204);
        Exchange given = service.request("[\"osbuild\",\"koji-init\"]", "aarch64");
        assertThat(given.status()).isEqualTo(201);
        assertThat(given.json().path("type").stringValue()).isEqualTo("osbuild");
    }

    @Test
    @DisplayName(
            "S26, S22: the results of the dependencies are given in their order, null for one without, after failures too")
    void dynamicArgs() throws Exception {
        KojiCompose.Image image =
                new KojiCompose.Image("x86_64", RawJson.of(MANIFEST), "a.img", List.of(), Optional.empty());
        KojiCompose compose = KojiCompose.plan(KOJI, 1, 2, List.of(image, image), "default");
        jobs.enqueue(compose);
        String init = "{\"job_error\":{\"id\":15,\"reason\":\"no\"},\"build_id\":0}";
        assertThat(service.take("koji-init").patch("{\"result\":" + init + "}").status())
                .isEqualTo(200);
        queue.cancel(compose.builds().get(0), "no");
        Service.Run build = service.take("osbuild-koji");
        assertThat(build.answer.json().path("dynamic_args")).hasToString("[" + init + "]");
        assertThat(build.patch("{}").status()).isEqualTo(200);

        Service.Run end = service.take("koji-finalize");
        assertThat(end.answer.json().path("dynamic_args")).hasToString("[" + init + ",null,null]");
        assertThat(end.patch("{\"result\":{}}").status()).isEqualTo(200);
        assertThat(jobs.kojiInit(compose.init()).state()).isEqualTo(JobState.FAILED);
        assertThat(jobs.kojiFinalize(compose.finalizeJob()).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("S10, W8: when the time is up the answer is 204 without a body")
    void noJob() throws Exception {
        Exchange exchange = service.request("[\"osbuild\"]", "x86_64");
        assertThat(exchange.status()).isEqualTo(204);
        assertThat(exchange.json().isMissingNode()).isTrue();
    }

    @ParameterizedTest(name = "S43: {0} is no request for a job")
    @ValueSource(
            strings = {
                "{\"types\":[\"osbuild\"]}",
                "{\"arch\":\"x86_64\"}",
                "{\"types\":[],\"arch\":\"x86_64\"}",
                "{\"types\":\"osbuild\",\"arch\":\"x86_64\"}",
                "{\"types\":[1],\"arch\":\"x86_64\"}",
                "{\"types\":[\"\"],\"arch\":\"x86_64\"}",
                "{\"types\":[\"osbuild\"],\"arch\":\"\"}",
                "{\"types\":[\"a\\u0007b\"],\"arch\":\"x86_64\"}",
                "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\"",
                "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\"} {}",
                "[]",
                "null",
                "nonsense",
            })
    void badRequests(String body) throws Exception {
        JobId id = osbuild("x86_64");
        assertThat(service.client.send("POST", "/jobs", body).refusal()).isEqualTo(refusal(WorkerError.BODY));
        assertThat(jobs.osbuild(id).attempts()).isEmpty();
    }

    @Test
    @DisplayName("S43: requests that name something wrong are refused, and no job is lost")
    void badNames() throws Exception {
        JobId id = osbuild("x86_64");
        assertThat(service.request("[\"osbuild\",\"manifest-id-only\"]", "x86_64")
                        .refusal())
                .isEqualTo(refusal(WorkerError.TYPE_NOT_FOR_WORKERS));
        String worker = "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\",\"worker_id\":\"%s\"}";
        for (String bad : List.of("me", "", "1-2-3-4-5")) {
            assertThat(service.client
                            .send("POST", "/jobs", worker.formatted(bad))
                            .refusal())
                    .isEqualTo(refusal(WorkerError.BAD_WORKER_ID));
        }
        assertThat(service.client
                        .send("POST", "/jobs", worker.formatted(UUID.randomUUID()))
                        .refusal())
                .isEqualTo(refusal(WorkerError.NO_WORKER));
        assertThat(jobs.osbuild(id).attempts()).isEmpty();
    }

    @Test
    @DisplayName("S43: a body has exactly one media type, and it is application/json")
    void mediaType() throws Exception {
        JobId id = osbuild("x86_64");
        String body = "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\"}";
        String type = "Content-Type";
        for (String[] headers : new String[][] {
            {type, "text/plain"},
            {type, "application/json; charset=utf-8"},
            {"Accept", "application/json"},
            {type, "application/json", type, "application/json"},
        }) {
            assertThat(service.client.send("POST", "/jobs", body, headers).refusal())
                    .isEqualTo(refusal(WorkerError.MEDIA_TYPE));
        }
        assertThat(service.client
                        .send("PATCH", "/jobs/" + UUID.randomUUID(), "{}", type, "text/plain")
                        .refusal())
                .isEqualTo(refusal(WorkerError.MEDIA_TYPE));
        assertThat(jobs.osbuild(id).attempts()).isEmpty();
    }

    @Test
    @DisplayName("S43: a body that is too large is refused, and nothing changes")
    void tooLarge() throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        String text = "x".repeat(100_001);
        assertThat(run.patch("{\"result\":{\"osbuild_output\":{\"success\":true},\"a\":\"" + text + "\"}}")
                        .refusal())
                .isEqualTo(refusal(WorkerError.TOO_LARGE));
        assertThat(run.patch("{\"partial\":\"" + text.substring(30_000) + "\"}").refusal())
                .isEqualTo(refusal(WorkerError.TOO_LARGE));
        assertThat(jobs.osbuild(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(jobs.osbuild(id).progress()).isEmpty();
    }

    @ParameterizedTest(name = "S14: a body that breaks off, or has a bad chunk, cannot be understood: {0}")
    @ValueSource(strings = {"Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"})
    void brokenBodies(String rest) throws Exception {
        osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        for (String call : List.of("POST /jobs", "PATCH " + run.location, "PUT " + run.artifacts + "a")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
                String head = call.replace(" ", " /api/worker/v1")
                        + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n";
                socket.getOutputStream().write((head + rest).getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .as(call)
                        .contains(" 400 ", "\"code\":\"IMAGE-BUILDER-WORKER-53\"");
            }
        }
        assertThat(run.get().status()).isEqualTo(200);
    }

    // ---- heartbeat and cancel

    @Test
    @DisplayName("S16: the question after a job is its heartbeat; a partial result is one too")
    void heartbeat(ManualClock clock) throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        for (String partial : List.of("", "{\"partial\":1}", "")) {
            clock.advance(Duration.ofSeconds(90));
            Exchange exchange = partial.isEmpty() ? run.get() : run.patch(partial);
            assertThat(exchange.status()).isEqualTo(200);
            assertThat(queue.expire(10)).isEmpty();
        }
        clock.advance(Duration.ofSeconds(121));
        assertThat(queue.expire(10)).containsExactly(id);
        assertThat(run.get().refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(service.take("osbuild").answer.json().path("id").stringValue())
                .isEqualTo(id.toString());
    }

    @Test
    @DisplayName(
            "S15, W2, W4, W8, F11: a worker learns of a cancel, as often as it asks, and its late result is refused; nothing is left to time out")
    void cancel(ManualClock clock) throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        assertThat(run.get().json().path("canceled").asBoolean(true)).isFalse();
        queue.cancel(id, "not needed");
        assertThat(run.get().json().path("canceled").asBoolean(false)).isTrue();
        assertThat(run.get().json().path("canceled").asBoolean(false)).isTrue();
        assertThat(run.patch("{\"result\":{}}").refusal()).isEqualTo(refusal(WorkerError.NOT_RUNNING));
        assertThat(run.patch("{\"partial\":{}}").refusal()).isEqualTo(refusal(WorkerError.NOT_RUNNING));
        clock.advance(Duration.ofMinutes(5));
        assertThat(run.get().status()).isEqualTo(200);
        assertThat(service.client.get("/jobs/" + UUID.randomUUID()).status()).isEqualTo(404);
        clock.advance(Duration.ofMinutes(5));
        assertThat(queue.expire(10)).isEmpty();
        assertThat(queue.stale(Duration.ZERO)).isEmpty();
    }

    @Test
    @DisplayName(
            "S17, W11: a job whose workers fall silent is given to others twice, and fails then with the number for that")
    void silentWorkers(ManualClock clock) throws Exception {
        JobId id = osbuild("x86_64");
        for (int run = 1; run <= 3; run++) {
            assertThat(service.take("osbuild").answer.json().path("attempt").intValue())
                    .isEqualTo(run);
            clock.advance(Duration.ofMinutes(2));
            assertThat(queue.expire(10)).isEmpty();
            clock.advance(Duration.ofSeconds(1));
            assertThat(queue.expire(10)).containsExactly(id);
        }
        assertThat(service.request("[\"osbuild\"]", "x86_64").status()).isEqualTo(204);
        assertThat(jobs.osbuild(id).state()).isEqualTo(JobState.FAILED);
        ReportedError error = jobs.error(id).orElseThrow();
        assertThat(error.id()).isEqualTo(ImageError.JOB_MISSING_HEARTBEAT.code());
        assertThat(error.reason()).isNotEmpty();
        assertThat(ReportedError.statusClass(Optional.of(error))).isEqualTo("5xx");
    }

    @Test
    @DisplayName("S42: what is no token of a running job is 400 or 404")
    void badTokens() throws Exception {
        String unknown = "/jobs/" + UUID.randomUUID();
        assertThat(service.client.get("/jobs/me").refusal()).isEqualTo(refusal(WorkerError.BAD_TOKEN));
        assertThat(service.client.send("PATCH", "/jobs/me", "nonsense").refusal())
                .isEqualTo(refusal(WorkerError.BAD_JOB_ID));
        assertThat(service.client.get(unknown).refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(service.client.send("PATCH", unknown, "{\"result\":{}}").refusal())
                .isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(service.client.send("PATCH", unknown, "{\"partial\":{}}").refusal())
                .isEqualTo(refusal(WorkerError.NO_TOKEN));
    }

    // ---- results

    @Test
    @DisplayName("S28: a result is stored as it came, byte by byte")
    void resultIsStoredRaw() throws Exception {
        JobId id = osbuild("x86_64");
        String result = "{ \"osbuild_output\":{\"success\":true}, \"a\" :1e2,\"a\":[ ]}";
        assertThat(service.take("osbuild")
                        .patch("{\"result\" : " + result + " }")
                        .status())
                .isEqualTo(200);
        assertThat(queue.status(id).result()).contains(RawJson.of(result));
        assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("S7: a result with an error ends its job as failed, and both are kept")
    void resultWithAnError() throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        assertThat(run.patch("{\"result\":{\"success\":false,\"job_error\":{\"id\":11,\"reason\":\"no bucket\"}}}")
                        .status())
                .isEqualTo(200);
        JobStatus<?> status = queue.status(id);
        assertThat(status.state()).isEqualTo(JobState.FAILED);
        assertThat(status.error().orElseThrow().code()).isEqualTo(11);
        assertThat(jobs.error(id)).contains(ReportedError.of(ImageError.UPLOADING_IMAGE, "no bucket"));
    }

    @ParameterizedTest(name = "S35, W8: {0} ends a job")
    @ValueSource(
            strings = {
                "{}",
                "{\"result\":null}",
                "{\"status\":\"FINISHED\",\"result\":{\"build_id\":3}}",
                "{\"partial\":null}"
            })
    void shapesOfAFinish(String body) throws Exception {
        JobId id = jobs.enqueue(ComposerJobs.kojiInit(KOJI));
        assertThat(service.take("koji-init").patch(body).status()).isEqualTo(200);
        assertThat(jobs.kojiInit(id).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("S42: a job ends once; the same report again, because its answer was lost, is fine")
    void reportedAgain() throws Exception {
        JobId good = jobs.enqueue(ComposerJobs.kojiInit(KOJI));
        Service.Run run = service.take("koji-init");
        assertThat(run.patch("{\"result\":{\"build_id\":3}}").status()).isEqualTo(200);
        assertThat(run.patch("{\"result\":{\"build_id\":3}}").status()).isEqualTo(200);
        assertThat(queue.status(good).result()).contains(RawJson.of("{\"build_id\":3}"));
        assertThat(run.get().refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(run.patch("{\"partial\":1}").refusal()).isEqualTo(refusal(WorkerError.NO_TOKEN));

        JobId bad = jobs.enqueue(ComposerJobs.kojiInit(KOJI));
        Service.Run failing = service.take("koji-init");
        String error = "{\"result\":{\"koji_error\":\"down\"}}";
        assertThat(failing.patch(error).status()).isEqualTo(200);
        assertThat(failing.patch(error).status()).isEqualTo(200);
        assertThat(queue.status(bad).state()).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("S35: a partial result does not end the job, and wins over a result beside it")
    void partialResult() throws Exception {
        JobId id = osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        assertThat(run.patch("{\"partial\":{\"done\":1},\"result\":{}}").status())
                .isEqualTo(200);
        assertThat(jobs.osbuild(id).progress()).contains(RawJson.of("{\"done\":1}"));
        assertThat(jobs.osbuild(id).state()).isEqualTo(JobState.RUNNING);
    }

    @ParameterizedTest(name = "S42, W9: result {0} fits no koji-init")
    @ValueSource(strings = {"[]", "1", "\"done\"", "{\"build_id\":\"many\"}", "{\"job_error\":\"bad\"}"})
    void resultThatDoesNotFit(String result) throws Exception {
        JobId id = jobs.enqueue(ComposerJobs.kojiInit(KOJI));
        Service.Run run = service.take("koji-init");
        assertThat(run.patch("{\"result\":" + result + "}").refusal()).isEqualTo(refusal(WorkerError.RESULT));
        assertThat(jobs.kojiInit(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(run.patch("{\"result\":{\"build_id\":1}}").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("W9: a job of a type that this service does not know ends with whatever its worker reports")
    void unknownType() throws Exception {
        JobId id = queue.enqueue(JobType.raw("file-resolve").job(RawJson.of("{\"urls\":[]}")))
                .id();
        Service.Run run = service.take("file-resolve");
        assertThat(run.answer.json().path("args")).hasToString("{\"urls\":[]}");
        assertThat(run.patch("{\"result\":[ 1, {\"job_error\":2} ]}").status()).isEqualTo(200);
        assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(id).result()).contains(RawJson.of("[ 1, {\"job_error\":2} ]"));
    }

    @ParameterizedTest(name = "S42: {0} is no update")
    @ValueSource(strings = {"nonsense", "[]", "{\"result\":}", "{} {}", "\"\\ud800\""})
    void noUpdate(String body) throws Exception {
        JobId id = jobs.enqueue(ComposerJobs.kojiInit(KOJI));
        assertThat(service.take("koji-init").patch(body).refusal()).isEqualTo(refusal(WorkerError.BODY));
        assertThat(jobs.kojiInit(id).state()).isEqualTo(JobState.RUNNING);
    }

    // ---- failures of the queue

    @Test
    @DisplayName("S20: when the queue fails the answer is a 5xx of the catalogue, without internals")
    void queueFails() throws Exception {
        osbuild("x86_64");
        Service.Run run = service.take("osbuild");
        queue.close();
        assertThat(service.request("[\"osbuild\"]", "x86_64").refusal()).isEqualTo(refusal(WorkerError.REQUEST));
        assertThat(run.get().refusal()).isEqualTo(refusal(WorkerError.STATUS));
        assertThat(run.patch("{\"result\":{}}").refusal()).isEqualTo(refusal(WorkerError.FINISH));
        assertThat(run.patch("{\"partial\":{}}").refusal()).isEqualTo(refusal(WorkerError.UPDATE));
        assertThat(run.put("a", "b").refusal()).isEqualTo(refusal(WorkerError.RESOLVE_TOKEN));
        assertThat(run.get().json().toString()).doesNotContain("Exception", "closed");
    }

    @Test
    @DisplayName("S39, W10: with another base path the locations lie below it, beside a service that has the usual one")
    void basePath() throws Exception {
        osbuild("x86_64");
        WorkerApiOptions options = Service.options(temporary.resolve("other"))
                .server(ApiServerOptions.loopback(0, "/api/image-builder-worker/v1"));
        try (Service other = new Service(queue, options)) {
            Exchange given = other.request("[\"osbuild\"]", "x86_64");
            assertThat(given.json().path("location").stringValue()).startsWith("/api/image-builder-worker/v1/jobs/");
            osbuild("x86_64");
            assertThat(service.take("osbuild").answer.json().path("location").stringValue())
                    .startsWith("/api/worker/v1/jobs/");
        }
    }
}
