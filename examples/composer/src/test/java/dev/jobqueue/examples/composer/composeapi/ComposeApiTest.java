package dev.jobqueue.examples.composer.composeapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.DepsolveArgs;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiFinalizeArgs;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every endpoint, with good and bad requests. */
@ExtendWith(JobQueueExtension.class)
class ComposeApiTest {
    private static final OpenApi OPEN_API = OpenApi.read(ComposeApi.class, "openapi.yaml");
    private static final String MANIFEST = "{\"pipelines\": [], \"a\":1e2, \"a\":2}";
    private static final String IMAGE =
            "{\"architecture\":\"x86_64\",\"image_type\":\"tar\",\"manifest\":" + MANIFEST + "}";
    private static final String KOJI =
            "{\"server\":\"https://koji.example.com\",\"name\":\"fedora\",\"version\":\"42\","
                    + "\"release\":\"1\",\"task_id\":7}";
    private static final String PLAIN = "{\"image_requests\":[" + IMAGE + "]}";
    private static final String TWO_FOR_KOJI =
            "{\"image_requests\":[" + IMAGE + "," + IMAGE.replace("x86_64", "aarch64") + "],\"koji\":" + KOJI + "}";
    private static final String BUILT = "{\"osbuild_output\":{\"success\":true,\"metadata\":{\"rpm\": 1e2}}}";

    private JobQueue queue;
    private final Set<JobId> deleted = new HashSet<>();

    /** No files. */
    private final ComposeFiles files = new ComposeFiles() {
        @Override
        public SortedMap<String, Long> of(JobId job) {
            return new TreeMap<>();
        }

        @Override
        public Optional<Path> find(JobId job, String name) {
            return Optional.empty();
        }

        @Override
        public void deleted(Set<JobId> jobs) {
            deleted.addAll(jobs);
        }
    };

    private ComposeApi api;
    private ApiClient client;

    @BeforeEach
    void start(JobQueue newQueue) throws IOException {
        queue = newQueue;
        api = ComposeApi.start(queue, ComposeApi.loopback(0), Set.of("x86_64", "aarch64"), files);
        client = new ApiClient(api.url(), OPEN_API);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static Map.Entry<Integer, Integer> refusal(ComposeError error) {
        return Map.entry(error.status(), error.number());
    }

    private JobId post(String body) throws Exception {
        Exchange exchange = client.send("POST", "/compose", body);
        assertThat(exchange.status()).as("%s", exchange.json()).isEqualTo(201);
        String id = exchange.json().path("id").stringValue();
        assertThat(exchange.json().path("href").stringValue())
                .isEqualTo("/api/image-builder-composer/v2/composes/" + id);
        return JobId.parse(id);
    }

    private JsonNode get(JobId id, String part) throws Exception {
        Exchange exchange = client.get("/composes/" + id + part);
        assertThat(exchange.status()).as("%s", exchange.json()).isEqualTo(200);
        return exchange.json();
    }

    private void run(JobType<?, ?> type, String result) throws InterruptedException {
        RunningJob<?, ?> job = queue.dequeue(type, Duration.ZERO).orElseThrow();
        assertThat(queue.finish(job.token(), JobTypes.outcome(job.type(), RawJson.of(result))))
                .isEqualTo(TokenAnswer.DONE);
    }

    private void assertStatus(JobId id, String status, String... images) throws Exception {
        JsonNode json = get(id, "");
        assertThat(json.path("status").stringValue()).isEqualTo(status);
        List<String> words = new ArrayList<>();
        json.path("image_statuses")
                .forEach(image -> words.add(image.path("status").stringValue()));
        assertThat(words).containsExactly(images);
        assertThat(json.path("image_status"))
                .isEqualTo(json.path("image_statuses").get(0));
    }

    // ---- POST /compose

    @Test
    @DisplayName("S45: a plain compose is one build, whose manifest is kept byte by byte")
    void plainCompose() throws Exception {
        JobId id = post(PLAIN);
        assertThat(queue.jobType(id)).hasToString("osbuild:x86_64");
        assertThat(queue.job(JobTypes.OSBUILD, id).args().manifest()).hasToString(MANIFEST);
        assertThat(queue.job(JobTypes.OSBUILD, id).args().imageName()).isEqualTo("image.tar");
        assertThat(queue.counts()).hasSize(1);

        assertStatus(id, "pending", "pending");
        RunningJob<?, ?> job =
                queue.dequeue(JobTypes.OSBUILD.variant("x86_64"), Duration.ZERO).orElseThrow();
        assertStatus(id, "pending", "building");
        assertThat(get(id, "").path("image_status").has("progress")).isFalse();
        assertThat(job.report(RawJson.of("{\"done\": 9,\"total\":10}"))).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(get(id, "").path("image_status").path("progress")).hasToString("{\"done\":9,\"total\":10}");
        assertThat(queue.finish(job.token(), JobTypes.outcome(job.type(), RawJson.of(BUILT))))
                .isEqualTo(TokenAnswer.DONE);
        assertStatus(id, "success", "success");
        assertThat(get(id, "").path("image_status").has("progress")).isFalse();
    }

    @Test
    @DisplayName("S5: a compose for koji is koji-init, a build for each image, and koji-finalize, whose id it has")
    void kojiCompose() throws Exception {
        JobId id = post(TWO_FOR_KOJI);
        assertThat(queue.jobType(id)).hasToString("koji-finalize");
        assertThat(queue.graph(id).jobs().values())
                .extracting(job -> job.type().toString())
                .containsExactlyInAnyOrder("koji-init", "osbuild-koji:x86_64", "osbuild-koji:aarch64", "koji-finalize");
        KojiFinalizeArgs args = queue.job(JobTypes.KOJI_FINALIZE, id).args();
        assertThat(args.kojiFilenames()).containsExactly("fedora-42-1.x86_64.tar", "fedora-42-1.aarch64.tar");
        assertThat(args.taskId()).isEqualTo(7);

        assertStatus(id, "pending", "pending", "pending");
        assertThat(get(id, "").has("koji_status")).isFalse();
        run(JobTypes.KOJI_INIT, "{\"build_id\":17}");
        assertThat(get(id, "").path("koji_status")).hasToString("{\"build_id\":17}");
        run(JobTypes.OSBUILD_KOJI.variant("x86_64"), BUILT);
        run(JobTypes.OSBUILD_KOJI.variant("aarch64"), BUILT);
        assertStatus(id, "pending", "success", "success");
        run(JobTypes.KOJI_FINALIZE, "{}");
        assertStatus(id, "success", "success", "success");
    }

    @ParameterizedTest(name = "S5: {0} is no koji object")
    @ValueSource(
            strings = {
                "{}",
                "7",
                "{\"server\":\"s\",\"name\":\"n\",\"version\":\"v\",\"release\":\"r\"}",
                "{\"server\":\"s\",\"name\":\"n\",\"version\":\"v\",\"release\":\"r\",\"task_id\":-1}",
                "{\"server\":\"s\",\"name\":\"n\",\"version\":\"v\",\"release\":\"r\",\"task_id\":\"1\"}",
                "{\"server\":\"s\",\"name\":\"n\",\"version\":\"v\",\"release\":\"r\",\"task_id\":1,\"more\":1}",
            })
    void badKojiObjects(String koji) throws Exception {
        Exchange exchange =
                client.send("POST", "/compose", "{\"image_requests\":[" + IMAGE + "],\"koji\":" + koji + "}");
        assertThat(exchange.refusal()).isEqualTo(refusal(ComposeError.VALIDATION));
        assertThat(exchange.json().path("details").isArray()).isTrue();
        assertThat(queue.counts()).isEmpty();
    }

    @ParameterizedTest(name = "S5: {0} is no request for a compose")
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{\"image_requests\":{}}",
                "{\"image_requests\":[{}]}",
                "{\"image_requests\":[{\"architecture\":\"x86_64\",\"image_type\":\"tar\"}]}",
                "{\"image_requests\":[{\"architecture\":\"x86_64\",\"image_type\":\"../tar\",\"manifest\":{}}]}",
                "{\"image_requests\":[{\"architecture\":\"x86_64\",\"image_type\":\"tar\",\"manifest\":\"\"}]}",
                "{\"image_requests\":[{\"architecture\":\"x86_64\",\"image_type\":\"tar\",\"manifest\":{},\"image_name\":\"a/b\"}]}",
                "{\"image_requests\":[{\"architecture\":\"pdp11\",\"image_type\":\"tar\",\"manifest\":{}}]}",
            })
    void badComposes(String body) throws Exception {
        assertThat(client.send("POST", "/compose", body).refusal()).isEqualTo(refusal(ComposeError.VALIDATION));
        assertThat(queue.counts()).isEmpty();
    }

    @Test
    @DisplayName("S5: a body must be JSON of the right media type, and a compose has the right number of images")
    void otherBadComposes() throws Exception {
        assertThat(client.send("POST", "/compose", "nonsense").refusal()).isEqualTo(refusal(ComposeError.BODY));
        assertThat(client.send("POST", "/compose", PLAIN, "Content-Type", "text/plain")
                        .refusal())
                .isEqualTo(refusal(ComposeError.MEDIA_TYPE));
        assertThat(client.send("POST", "/compose", "{\"image_requests\":[]}").refusal())
                .isEqualTo(refusal(ComposeError.NUMBER_OF_IMAGES));
        assertThat(client.send("POST", "/compose", "{\"image_requests\":[],\"koji\":" + KOJI + "}")
                        .refusal())
                .isEqualTo(refusal(ComposeError.NUMBER_OF_IMAGES));
        assertThat(client.send("POST", "/compose", "{\"image_requests\":[" + IMAGE + "," + IMAGE + "]}")
                        .refusal())
                .isEqualTo(refusal(ComposeError.NUMBER_OF_IMAGES));
        assertThat(queue.counts()).isEmpty();
    }

    @Test
    @DisplayName("S5, S27: images of one compose have names of their own in koji")
    void sameNameInKoji() throws Exception {
        String named = IMAGE.replace("\"tar\"", "\"tar\",\"image_name\":\"%s\"");
        String body = "{\"image_requests\":[" + IMAGE + "," + named + "],\"koji\":" + KOJI + "}";
        Exchange same = client.send("POST", "/compose", body.formatted("other.tar"));
        assertThat(same.refusal()).isEqualTo(refusal(ComposeError.VALIDATION));
        assertThat(same.json().path("details").stringValue()).contains("fedora-42-1.x86_64.tar");
        assertThat(queue.counts()).isEmpty();
        post(body.formatted("other.tar.gz"));
    }

    // ---- GET /composes/{id}

    @Test
    @DisplayName("S6: which jobs are composes: a build, a build for koji, a koji-finalize; a koji-init is none")
    void idsOfComposes() throws Exception {
        JobId id = post(TWO_FOR_KOJI);
        List<JobId> jobs =
                queue.job(id).dependencies().stream().map(Dependency::id).toList();
        assertStatus(jobs.get(1), "pending", "pending");
        for (String part : List.of("", "/logs", "/manifests", "/metadata")) {
            assertThat(client.get("/composes/" + jobs.get(0) + part).refusal())
                    .isEqualTo(refusal(ComposeError.WRONG_JOB_TYPE));
            assertThat(client.get("/composes/" + UUID.randomUUID() + part).refusal())
                    .isEqualTo(refusal(ComposeError.NO_COMPOSE));
            assertThat(client.get("/composes/me" + part).refusal()).isEqualTo(refusal(ComposeError.BAD_COMPOSE_ID));
        }
        JobId depsolve = queue.enqueue(ComposerJobs.depsolve(new DepsolveArgs(Map.of(), List.of(), "", "", "")))
                .id();
        assertThat(client.get("/composes/" + depsolve).refusal()).isEqualTo(refusal(ComposeError.WRONG_JOB_TYPE));

        run(JobTypes.KOJI_INIT, "{\"build_id\":17}");
        run(JobTypes.OSBUILD_KOJI.variant("x86_64"), BUILT);
        assertStatus(jobs.get(1), "success", "success");
        assertThat(get(jobs.get(1), "").path("koji_status")).hasToString("{\"build_id\":17}");
    }

    @Test
    @DisplayName("S22: a compose for koji fails in the end, and tells the errors of its images down to the cause")
    void failures() throws Exception {
        JobId id = post(TWO_FOR_KOJI);
        run(JobTypes.KOJI_INIT, "{\"job_error\":{\"id\":15,\"reason\":\"koji says no\"}}");
        assertStatus(id, "pending", "failure", "failure");
        run(JobTypes.OSBUILD_KOJI.variant("x86_64"), "{\"job_error\":{\"id\":26,\"reason\":\"init failed\"}}");
        run(JobTypes.OSBUILD_KOJI.variant("aarch64"), "{}");
        run(JobTypes.KOJI_FINALIZE, "{}");
        assertStatus(id, "failure", "failure", "failure");
        JsonNode images = get(id, "").path("image_statuses");
        assertThat(images.get(0).path("error"))
                .hasToString(
                        "{\"id\":26,\"reason\":\"init failed\",\"details\":[{\"id\":15,\"reason\":\"koji says no\"}]}");
        assertThat(images.get(1).path("error").path("id").intValue()).isEqualTo(10);
    }

    @Test
    @DisplayName(
            "S28: logs are the results of the jobs as they were reported, manifests and metadata come byte by byte")
    void logs() throws Exception {
        JobId id = post(TWO_FOR_KOJI);
        assertThat(get(id, "/logs").path("image_builds")).hasToString("[null,null]");
        run(JobTypes.KOJI_INIT, "{\"build_id\":17,\"new\":1}");
        run(JobTypes.OSBUILD_KOJI.variant("aarch64"), BUILT);
        JsonNode logs = get(id, "/logs");
        assertThat(logs.path("image_builds").get(0).isNull()).isTrue();
        assertThat(logs.path("image_builds").get(1))
                .hasToString(ComposerJson.tree(RawJson.of(BUILT)).toString());
        assertThat(logs.path("koji")).hasToString("{\"init\":{\"build_id\":17,\"new\":1},\"import\":null}");
        assertThat(get(id, "/manifests").path("manifests").size()).isEqualTo(2);
        assertThat(get(id, "/metadata").path("images").get(0).isNull()).isTrue();
        assertThat(get(id, "/metadata").path("images").get(1).path("rpm").intValue())
                .isEqualTo(100);
    }

    @Test
    @DisplayName(
            "S1: a result that cannot be read, and a koji-finalize without builds, are internal errors of their own")
    void brokenJobs() throws Exception {
        JobId id = post(PLAIN);
        RunningJob<?, ?> job =
                queue.dequeue(JobTypes.OSBUILD.variant("x86_64"), Duration.ZERO).orElseThrow();
        assertThat(queue.finish(job.token(), new JobOutcome.Succeeded(RawJson.of("[1]"))))
                .isEqualTo(TokenAnswer.DONE);
        assertThat(client.get("/composes/" + id).refusal()).isEqualTo(refusal(ComposeError.MALFORMED_RESULT));

        JobId alone = queue.enqueue(
                        JobTypes.KOJI_FINALIZE.job(new KojiFinalizeArgs("s", "n", "v", "r", List.of(), "d", 0, 0)))
                .id();
        assertThat(client.get("/composes/" + alone).refusal()).isEqualTo(refusal(ComposeError.KOJI_DEPENDENCIES));
    }

    // ---- DELETE /composes/{id}

    @Test
    @DisplayName("S6: a compose is deleted whole, in any state; a running worker loses its token")
    void delete() throws Exception {
        JobId id = post(TWO_FOR_KOJI);
        run(JobTypes.KOJI_INIT, "{\"build_id\":17}");
        RunningJob<?, ?> running = queue.dequeue(JobTypes.OSBUILD_KOJI.variant("x86_64"), Duration.ZERO)
                .orElseThrow();
        JobId other = post(PLAIN);
        Set<JobId> ids = Set.copyOf(queue.graph(id).jobs().keySet());

        assertThat(client.send("DELETE", "/composes/" + id, "").status()).isEqualTo(200);
        assertThat(client.get("/composes/" + id).refusal()).isEqualTo(refusal(ComposeError.NO_COMPOSE));
        assertThat(client.send("DELETE", "/composes/" + id, "").refusal()).isEqualTo(refusal(ComposeError.NO_COMPOSE));
        assertThat(queue.heartbeat(List.of(running.token())).get(0).verdict())
                .isNotEqualTo(TokenAnswer.Verdict.CONTINUE);
        assertThat(queue.counts()).hasSize(1);
        assertThat(deleted).hasSize(4).isEqualTo(ids);
        assertThat(queue.status(other).state()).isEqualTo(JobState.READY);

        run(JobTypes.OSBUILD.variant("x86_64"), BUILT);
        assertThat(client.send("DELETE", "/composes/" + other, "").status()).isEqualTo(200);
        assertThat(client.get("/composes").json().path("total").intValue()).isZero();
    }

    @Test
    @DisplayName("S6: a part of a compose cannot be deleted, and nothing of it is canceled")
    void deleteAPart() throws Exception {
        JobId id = post(TWO_FOR_KOJI);
        JobId build = queue.job(id).dependencies().get(1).id();
        assertThat(client.send("DELETE", "/composes/" + build, "").refusal()).isEqualTo(refusal(ComposeError.DELETE));
        assertThat(queue.status(build).state()).isEqualTo(JobState.BLOCKED);
        assertThat(client.send(
                                "DELETE",
                                "/composes/"
                                        + queue.job(id).dependencies().get(0).id(),
                                "")
                        .refusal())
                .isEqualTo(refusal(ComposeError.WRONG_JOB_TYPE));
    }

    @Test
    @DisplayName("F13: after a waiting compose is deleted the next one is built")
    void nextAfterADeleted() throws Exception {
        JobId deleted = post(PLAIN);
        JobId next = post(PLAIN);
        assertThat(client.send("DELETE", "/composes/" + deleted, "").status()).isEqualTo(200);
        run(JobTypes.OSBUILD.variant("x86_64"), BUILT);
        assertStatus(next, "success", "success");
        assertThat(queue.dequeue(JobTypes.OSBUILD.variant("x86_64"), Duration.ZERO))
                .isEmpty();
    }

    @Test
    @DisplayName("F15: any number of composes may wait for a worker")
    void manyWait() throws Exception {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            ids.add(post(PLAIN));
        }
        for (JobId id : ids) {
            run(JobTypes.OSBUILD.variant("x86_64"), BUILT);
            assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED);
        }
    }

    // ---- lists

    @Test
    @DisplayName("S14: composes are listed newest first, by pages, in any state")
    void list() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(0, post(PLAIN).toString());
            ids.add(0, post(TWO_FOR_KOJI).toString());
        }
        run(JobTypes.OSBUILD.variant("x86_64"), BUILT);
        assertThat(queue.dequeue(JobTypes.OSBUILD.variant("x86_64"), Duration.ZERO))
                .isPresent();

        List<String> listed = new ArrayList<>();
        for (int page = 0; page < 3; page++) {
            JsonNode json = client.get("/composes?size=4&page=" + page).json();
            assertThat(json.path("total").intValue()).isEqualTo(6);
            json.path("items").forEach(item -> listed.add(item.path("id").stringValue()));
        }
        assertThat(listed).isEqualTo(ids);
        assertThat(client.get("/composes?page=-1").json().path("items").size()).isZero();
        assertThat(client.get("/composes?page=a").refusal()).isEqualTo(refusal(ComposeError.BAD_PAGE));
        assertThat(client.get("/composes?size=a").refusal()).isEqualTo(refusal(ComposeError.BAD_SIZE));
    }

    @Test
    @DisplayName("S14: errors can be looked up and listed")
    void errors() throws Exception {
        for (ComposeError error : ComposeError.values()) {
            JsonNode json = client.get("/errors/" + error.number()).json();
            assertThat(json.path("code").stringValue()).isEqualTo("IMAGE-BUILDER-COMPOSER-" + error.number());
        }
        assertThat(client.get("/errors").json().path("items").size()).isEqualTo(ComposeError.values().length);
        assertThat(client.get("/errors/x").refusal()).isEqualTo(refusal(ComposeError.BAD_ERROR_ID));
        assertThat(client.get("/errors/4711").refusal()).isEqualTo(refusal(ComposeError.NO_ERROR));
        assertThat(client.get("/nothing").refusal()).isEqualTo(refusal(ComposeError.NO_RESOURCE));
        assertThat(client.send("DELETE", "/composes", "").refusal()).isEqualTo(refusal(ComposeError.METHOD));
        assertThat(client.get("/openapi").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("S20: when the queue fails the answer is a 5xx of the catalogue")
    void queueFails() throws Exception {
        JobId id = post(PLAIN);
        queue.close();
        assertThat(client.get("/composes/" + id).refusal()).isEqualTo(refusal(ComposeError.STATUS));
        assertThat(client.get("/composes").refusal()).isEqualTo(refusal(ComposeError.LIST));
        assertThat(client.send("POST", "/compose", PLAIN).refusal()).isEqualTo(refusal(ComposeError.ENQUEUE));
        assertThat(client.send("DELETE", "/composes/" + id, "").refusal()).isEqualTo(refusal(ComposeError.STATUS));
    }

    @Test
    @DisplayName("S20: a compose that cannot be deleted because the queue fails has an error of its own")
    void deleteFails() throws Exception {
        DelegatingJobStore store = new DelegatingJobStore(new InMemoryJobStore()) {
            @Override
            public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
                throw new JobQueueException.StoreUnavailable("no disk", null);
            }
        };
        try (JobQueue failing = JobQueue.on(store);
                ComposeApi other = ComposeApi.start(failing, ComposeApi.loopback(0), Set.of("x86_64"), files)) {
            ApiClient composes = new ApiClient(other.url(), OPEN_API);
            String id =
                    composes.send("POST", "/compose", PLAIN).json().path("id").stringValue();
            assertThat(composes.send("DELETE", "/composes/" + id, "").refusal())
                    .isEqualTo(refusal(ComposeError.DELETE_FAILED));
            assertThat(composes.get("/composes/" + id).status()).isEqualTo(200);
        }
        assertThat(deleted).isEmpty();
    }
}
