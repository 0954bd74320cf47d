package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that register, over two services with the same jobs and the same directory (3.1). */
class WorkersTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final InstantSource clock = now::get;
    private final InMemoryJobStore store = new InMemoryJobStore();

    @TempDir
    Path directory;

    private JobQueue queue;
    private JobQueue otherQueue;
    private Service one;
    private Service two;

    /** The queue of one more process. */
    JobQueue open(QueueOptions options) {
        return JobQueue.on(store, options);
    }

    @BeforeEach
    void start() throws IOException {
        queue = open(QueueOptions.DEFAULT.clock(clock));
        otherQueue = open(QueueOptions.DEFAULT.clock(clock));
        one = new Service(queue, Service.options(directory));
        two = new Service(otherQueue, Service.options(directory));
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        queue.close();
        otherQueue.close();
    }

    private static Map.Entry<Integer, Integer> refusal(WorkerError error) {
        return Map.entry(error.status(), error.number());
    }

    private static Exchange register(Service service, String body) throws Exception {
        return service.client.send("POST", "/workers", body);
    }

    private static String registered(Service service) throws Exception {
        Exchange exchange = register(service, "{\"arch\":\"x86_64\",\"name\":\"builder\"}");
        assertThat(exchange.status()).isEqualTo(201);
        String id = exchange.json().path("worker_id").stringValue();
        assertThat(exchange.json().path("id").stringValue()).isEqualTo(id);
        assertThat(exchange.json().path("href").stringValue()).isEqualTo("/api/worker/v1/workers/" + id);
        return id;
    }

    private static Exchange status(Service service, String id) throws Exception {
        return service.client.send("POST", "/workers/" + id + "/status", "");
    }

    private static Exchange request(Service service, String id) throws Exception {
        return service.client.send(
                "POST", "/jobs", "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\",\"worker_id\":\"" + id + "\"}");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("workers"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    @DisplayName("S43: the attempts of a job show the worker that runs it, whichever service it asks")
    void attemptsShowTheWorker() throws Exception {
        String id = registered(one);
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId job = jobs.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(RawJson.of("{}"), "", List.of())));
        assertThat(request(two, id).status()).isEqualTo(201);
        assertThat(jobs.osbuild(job).attempts().get(0).worker()).isEqualTo("builder " + id);
    }

    @Test
    @DisplayName("S43: a worker that is unknown, or has no UUID, is told by an error of its own")
    void unknownWorkers() throws Exception {
        String unknown = UUID.randomUUID().toString();
        assertThat(status(one, unknown).refusal()).isEqualTo(refusal(WorkerError.NO_WORKER));
        assertThat(request(one, unknown).refusal()).isEqualTo(refusal(WorkerError.NO_WORKER));
        assertThat(status(one, "me").refusal()).isEqualTo(refusal(WorkerError.BAD_WORKER_ID));
        assertThat(request(one, "me").refusal()).isEqualTo(refusal(WorkerError.BAD_WORKER_ID));
        assertThat(status(one, "..%2f" + unknown).status()).isBetween(400, 499);
        for (String body :
                List.of("{}", "[]", "{\"arch\":7}", "{\"arch\":\"\"}", "{\"arch\":\"a\",\"name\":\"\\u0000\"}")) {
            assertThat(register(one, body).refusal()).as(body).isEqualTo(refusal(WorkerError.BODY));
        }
        assertThat(files()).isEmpty();
    }

    @Test
    @DisplayName("F10: a worker is known after a restart, and a status given to one service counts for the other one")
    void statusIsKept() throws Exception {
        String id = registered(one);
        one.close();
        one = new Service(queue, Service.options(directory));
        for (int i = 0; i < 3; i++) {
            now.updateAndGet(time -> time.plus(Duration.ofMinutes(50)));
            assertThat(status(i % 2 == 0 ? one : two, id).status()).isEqualTo(200);
            watch(Duration.ofHours(1));
            assertThat(status(one, id).status()).isEqualTo(200);
        }
    }

    /** Another process looks for silent workers. */
    private void watch(Duration timeout) throws IOException {
        try (Workers workers = new Workers(directory.resolve("workers"), 5, clock)) {
            workers.removeSilent(timeout);
        }
    }

    @Test
    @DisplayName("S17: a worker that is silent for longer than the limit is forgotten, and can register again")
    void silentWorkersAreRemoved() throws Exception {
        String silent = registered(one);
        now.updateAndGet(time -> time.plus(Duration.ofMinutes(30)));
        String alive = registered(one);
        now.updateAndGet(time -> time.plus(Duration.ofMinutes(31)));
        watch(Duration.ofHours(1));
        assertThat(files()).containsExactly(alive + ".json");
        assertThat(status(two, silent).refusal()).isEqualTo(refusal(WorkerError.NO_WORKER));
        assertThat(registered(two)).isNotEqualTo(silent);
    }

    @Test
    @DisplayName("S17: the service watches by itself, and stops to when it is closed")
    void watcher() throws Exception {
        String id = registered(one);
        Service watching =
                new Service(queue, Service.options(directory).workerTimeout(Duration.ofHours(1), Duration.ofMillis(1)));
        now.updateAndGet(time -> time.plus(Duration.ofHours(2)));
        Awaitility.await().until(() -> files().isEmpty());
        watching.close();
        assertThat(status(one, id).refusal()).isEqualTo(refusal(WorkerError.NO_WORKER));
        registered(one);
        now.updateAndGet(time -> time.plus(Duration.ofHours(2)));
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().equals("worker-watch"))
                .as("the watches of the two that are open")
                .hasSizeLessThanOrEqualTo(2);
        assertThat(files()).hasSize(1);
    }

    @Test
    @DisplayName("S43: more workers than there may be are refused, and their files are not made")
    void tooMany() throws Exception {
        for (int i = 0; i < 5; i++) {
            registered(i % 2 == 0 ? one : two);
        }
        Exchange refused = register(one, "{\"arch\":\"x86_64\"}");
        assertThat(refused.refusal()).isEqualTo(refusal(WorkerError.TOO_MANY_WORKERS));
        assertThat(refused.json().path("details").stringValue()).contains("5");
        assertThat(files()).hasSize(5);
    }

    @Test
    @DisplayName(
            "S43: a file that cannot be read is that of no worker; without the directory both calls fail by numbers of their own")
    void brokenFiles() throws Exception {
        String id = registered(one);
        Path file = directory.resolve("workers").resolve(id + ".json");
        Files.writeString(file, "{\"id\":");
        assertThat(status(one, id).refusal()).isEqualTo(refusal(WorkerError.NO_WORKER));
        Files.delete(file);
        Files.createDirectory(file);
        assertThat(status(one, id).refusal()).isEqualTo(refusal(WorkerError.WORKER_STATUS));
        Files.delete(file);
        Files.delete(directory.resolve("workers"));
        Files.createFile(directory.resolve("workers"));
        assertThat(register(one, "{\"arch\":\"x86_64\"}").refusal()).isEqualTo(refusal(WorkerError.REGISTER));
        Files.delete(directory.resolve("workers"));
    }
}
