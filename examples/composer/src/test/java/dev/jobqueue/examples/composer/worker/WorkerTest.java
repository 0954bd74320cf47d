package dev.jobqueue.examples.composer.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.build.BuildOutput;
import dev.jobqueue.examples.composer.build.ImageBuilder;
import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.build.SmallBuilder;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.koji.BuildName;
import dev.jobqueue.examples.composer.koji.BuildState;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.examples.composer.koji.XmlRpcHub;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApiOptions;
import dev.jobqueue.examples.composer.workerapi.WorkerLimits;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker beside the real worker API. */
class WorkerTest {
    private static final Machine MACHINE = new Machine("x86_64", "Debian");
    private static final Duration LONG = Duration.ofSeconds(30);

    private final JobQueue queue = JobQueue.on(new InMemoryJobStore());
    private final ComposerJobs jobs = new ComposerJobs(queue);

    @TempDir
    Path directory;

    private WorkerApi api;
    private Worker worker;

    @BeforeEach
    void startService() throws IOException {
        api = WorkerApi.start(queue, WorkerApiOptions.of(0, directory.resolve("artifacts")));
        worker = worker(new SmallBuilder());
    }

    @AfterEach
    void stop() throws InterruptedException {
        worker.stop(Duration.ZERO);
        api.close();
        queue.close();
    }

    private static Steps steps(ImageBuilder builder) {
        return new Steps(builder, server -> new XmlRpcHub(server, Duration.ofSeconds(10)), MACHINE, Clock.systemUTC());
    }

    private Worker worker(ImageBuilder builder) {
        return new Worker(
                Worker.Settings.of(List.of(ServiceAddress.parse(api.url())), directory.resolve("work"), MACHINE)
                        .pollInterval(Duration.ofMillis(20))
                        .lastRetry(Duration.ofMillis(100)),
                steps(builder));
    }

    private JobId enqueue() {
        return jobs.enqueue(ComposerJobs.osbuild(
                MACHINE.arch(), OsbuildArgs.of(Manifests.image(), "image.tar", List.of("archive"))));
    }

    private JobState ended(JobId id) throws InterruptedException {
        queue.await(id, LONG);
        return queue.status(id).state();
    }

    @Test
    @DisplayName("S33, S41: a worker builds what is asked for and brings the image; nothing is left where it worked")
    void buildsAndBringsTheImage() throws Exception {
        worker.start();
        JobId id = enqueue();

        assertThat(ended(id)).isEqualTo(JobState.SUCCEEDED);
        assertThat(jobs.osbuild(id).result().orElseThrow().success()).isTrue();
        Awaitility.await().until(() -> api.artifact(id, "image.tar").isPresent());
        worker.stop(LONG);
        try (Stream<Path> files = Files.list(directory.resolve("work"))) {
            assertThat(files).containsExactly(directory.resolve("work/1.lock"));
        }
    }

    @Test
    @DisplayName("S27: a worker does all the jobs of a koji compose")
    void kojiCompose() throws Exception {
        try (TestHub hub = new TestHub()) {
            worker.start();
            KojiCompose compose = KojiCompose.plan(
                    new KojiInitArgs(hub.url().toString(), "image", "1", "2"),
                    7,
                    1_700_000_000,
                    List.of(new KojiCompose.Image(
                            MACHINE.arch(), Manifests.image(), "image.tar", List.of("archive"), Optional.empty())),
                    "default");
            jobs.enqueue(compose);

            assertThat(ended(compose.finalizeJob())).isEqualTo(JobState.SUCCEEDED);
            assertThat(hub.states(new BuildName("image", "1", "2")))
                    .containsExactly(List.of(BuildState.BUILDING, BuildState.COMPLETE));
        }
    }

    /** A service that gives one job, at places that no client could guess, and notes the calls. */
    private static HttpServer elsewhere(List<String> calls) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String call = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            if (call.equals("POST /base/workers")) {
                byte[] registered = ComposerJson.MAPPER.writeValueAsBytes(Map.of("worker_id", "9"));
                calls.add(call);
                exchange.sendResponseHeaders(201, registered.length);
                exchange.getResponseBody().write(registered);
                exchange.close();
                return;
            }
            boolean first = call.equals("POST /base/jobs") && !calls.contains(call) && body.length > 0;
            calls.add(call);
            byte[] answer = !first
                    ? new byte[0]
                    : ComposerJson.MAPPER.writeValueAsBytes(Map.of(
                            "id", "17",
                            "type", "osbuild",
                            "location", "/runs/here?of=17",
                            "artifact_location", "/files/17/",
                            "args", OsbuildArgs.of(Manifests.image(), "image.tar", List.of("archive"))));
            int status = first ? 201 : call.startsWith("POST") ? 204 : 200;
            exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    @DisplayName("S39: a worker goes where it was told to, and makes no paths but those for itself and for a job")
    void followsLocations() throws Exception {
        List<String> calls = new CopyOnWriteArrayList<>();
        HttpServer server = elsewhere(calls);
        ServiceAddress url =
                ServiceAddress.parse("http://127.0.0.1:" + server.getAddress().getPort() + "/base");
        Worker other = new Worker(
                Worker.Settings.of(List.of(url), directory.resolve("other"), MACHINE)
                        .pollInterval(Duration.ofMinutes(1))
                        .lastRetry(Duration.ofMillis(100)),
                steps(new SmallBuilder()));
        other.start();
        Awaitility.await().until(() -> calls.contains("PATCH /runs/here?of=17"));
        other.stop(LONG);
        server.stop(0);
        assertThat(new LinkedHashSet<>(calls))
                .containsExactly(
                        "POST /base/workers", "POST /base/jobs", "PUT /files/17/image.tar", "PATCH /runs/here?of=17");
    }

    /** The service at an address where requests for a job are counted and never answered, as if its host had gone. */
    private HttpServer vanished(AtomicInteger requests) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/worker/v1/workers", exchange -> {
            HttpURLConnection service = (HttpURLConnection)
                    URI.create(api.url() + "/workers").toURL().openConnection();
            service.setDoOutput(true);
            service.setRequestProperty("Content-Type", "application/json");
            exchange.getRequestBody().transferTo(service.getOutputStream());
            byte[] registered = service.getInputStream().readAllBytes();
            exchange.sendResponseHeaders(201, registered.length);
            exchange.getResponseBody().write(registered);
            exchange.close();
        });
        server.createContext("/api/worker/v1/jobs", exchange -> requests.incrementAndGet());
        server.start();
        return server;
    }

    @Test
    @DisplayName(
            "S10: a worker that waits without end at a host that has vanished asks the next service after its limit")
    void vanishedHost() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        HttpServer vanished = vanished(requests);
        String first = "http://127.0.0.1:" + vanished.getAddress().getPort() + "/api/worker/v1";
        worker = new Worker(
                Worker.Settings.of(
                                List.of(ServiceAddress.parse(first), ServiceAddress.parse(api.url())),
                                directory.resolve("work"),
                                MACHINE)
                        .lastRetry(Duration.ofMillis(100))
                        .waitLimit(Duration.ofSeconds(1)),
                steps(new SmallBuilder()));
        JobId id = enqueue();
        worker.start();
        assertThat(ended(id)).isEqualTo(JobState.SUCCEEDED);
        assertThat(requests).hasValue(1);
        vanished.stop(0);
    }

    /** Builds nothing before it may, and counts who is told to stop. */
    private static final class Blocking implements ImageBuilder {
        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final AtomicInteger stopped = new AtomicInteger();

        @Override
        public BuildOutput build(RawJson manifest, List<String> exports, Path output)
                throws IOException, InterruptedException {
            started.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException e) {
                stopped.incrementAndGet();
                throw e;
            }
            return new SmallBuilder().build(manifest, exports, output);
        }
    }

    @Test
    @DisplayName("S15, S16, W4: polls keep a job alive and bring its cancel, which stops the build; the worker goes on")
    void cancel() throws Exception {
        Blocking builder = new Blocking();
        worker = worker(builder);
        worker.start();
        JobId id = enqueue();
        builder.started.await();

        queue.cancel(id, "not wanted");

        Awaitility.await().until(() -> builder.stopped.get() == 1);
        builder.mayEnd.countDown();
        assertThat(ended(enqueue())).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(id).state()).isEqualTo(JobState.CANCELED);
    }

    @Test
    @DisplayName("S7: a worker without a directory for a job reports that, and so it does when the build breaks down")
    void reportsWhatBreaks() throws Exception {
        worker = worker((manifest, exports, output) -> {
            throw new StackOverflowError("too deep");
        });
        worker.start();
        Path inTheWay = Files.createFile(directory.resolve("work/1"));
        JobId homeless = enqueue();
        assertThat(ended(homeless)).isEqualTo(JobState.FAILED);
        assertThat(error(homeless)).isEqualTo(ImageError.INVALID_CONFIG.code());

        Files.delete(inTheWay);
        JobId broken = enqueue();
        assertThat(ended(broken)).isEqualTo(JobState.FAILED);
        assertThat(error(broken)).isEqualTo(ImageError.JOB_PANICKED.code());
    }

    @Test
    @DisplayName("S7: in place of a result that the service refuses, as one that is too large, the worker reports that")
    void resultIsRefused() throws Exception {
        RawJson output = RawJson.of("{\"success\":true,\"log\":\"" + "x".repeat(30 << 20) + "\"}");
        worker = worker((manifest, exports, directory) -> new BuildOutput(true, output));
        worker.start();
        JobId id = jobs.enqueue(
                ComposerJobs.osbuild(MACHINE.arch(), OsbuildArgs.of(Manifests.image(), "", List.of("archive"))));
        assertThat(ended(id)).isEqualTo(JobState.FAILED);
        assertThat(error(id)).isEqualTo(ImageError.BUILD_JOB.code());
        assertThat(queue.status(id).attempts()).hasSize(1);
    }

    @Test
    @DisplayName("S7, S33: an image that the service refuses, as one that is too large, is reported")
    void imageIsRefused() throws Exception {
        api.close();
        api = WorkerApi.start(
                queue,
                WorkerApiOptions.of(0, directory.resolve("artifacts"))
                        .limits(WorkerLimits.DEFAULT.maxArtifactBytes(1_000)));
        worker = worker((manifest, exports, output) -> {
            Path image = Files.createDirectory(output.resolve("archive")).resolve("image.tar");
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(64 << 20);
            }
            return new BuildOutput(true, RawJson.of("{\"success\":true}"));
        });
        worker.start();
        JobId id = enqueue();
        assertThat(ended(id)).isEqualTo(JobState.FAILED);
        assertThat(error(id)).isEqualTo(ImageError.UPLOADING_IMAGE.code());
    }

    private int error(JobId id) {
        return jobs.osbuild(id).result().orElseThrow().jobError().orElseThrow().id();
    }

    @Test
    @DisplayName("WRK-3: a worker that drains reports what it runs and takes nothing more")
    void drain() throws Exception {
        Blocking builder = new Blocking();
        worker = worker(builder);
        worker.start();
        JobId id = enqueue();
        builder.started.await();
        Thread stop = new Thread(() -> {
            try {
                worker.stop(LONG);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        stop.start();
        Awaitility.await().until(() -> stop.getState() == Thread.State.TIMED_WAITING);
        JobId next = enqueue();
        builder.mayEnd.countDown();
        stop.join();

        assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(next).state()).isEqualTo(JobState.READY);
        assertThat(builder.stopped).hasValue(0);
    }

    @Test
    @DisplayName("WRK-3: a worker that waits for a job stops at once and loses none")
    void stopWhileWaiting() throws Exception {
        worker.start();
        assertThat(ended(enqueue())).isEqualTo(JobState.SUCCEEDED);
        worker.stop(LONG);

        JobId id = enqueue();
        Worker other = worker(new SmallBuilder());
        other.start();
        assertThat(ended(id)).isEqualTo(JobState.SUCCEEDED);
        other.stop(LONG);
    }

    @Test
    @DisplayName(
            "S40: the service may restart while a job runs: the worker goes on and reports with the token that it has")
    void serviceRestarts() throws Exception {
        Blocking builder = new Blocking();
        worker = worker(builder);
        worker.start();
        JobId id = enqueue();
        builder.started.await();
        int port = URI.create(api.url()).getPort();
        api.close();
        builder.mayEnd.countDown();

        api = WorkerApi.start(queue, WorkerApiOptions.of(port, directory.resolve("artifacts")));

        assertThat(ended(id)).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.status(id).attempts()).hasSize(1);
        Awaitility.await().until(() -> api.artifact(id, "image.tar").isPresent());
    }

    @Test
    @DisplayName(
            "WRK-3: a worker that is stopped at once stops its build and reports nothing: the job is left to others")
    void stopAtOnce() throws Exception {
        Blocking builder = new Blocking();
        worker = worker(builder);
        worker.start();
        JobId id = enqueue();
        builder.started.await();
        worker.stop(Duration.ZERO);
        assertThat(builder.stopped).hasValue(1);
        assertThat(queue.status(id).state()).isEqualTo(JobState.RUNNING);
    }
}
