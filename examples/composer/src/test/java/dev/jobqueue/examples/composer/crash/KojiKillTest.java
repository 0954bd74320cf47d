package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.koji.BuildName;
import dev.jobqueue.examples.composer.koji.BuildState;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.examples.composer.koji.TestHub.Where;
import dev.jobqueue.examples.composer.worker.Machine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Service and worker are programs of their own; one of them is killed at a point of a koji compose of two images, and started again. Whatever the point, the
 * compose succeeds, and koji ends with one complete build of it. The hub holds a call, so the point is met each time.
 *
 * <p>The one that is not killed serves all tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KojiKillTest {
    private static final OpenApi OPEN_API = OpenApi.read(ComposeApi.class, "openapi.yaml");
    private static final String ARCH = Machine.here().arch();

    /** Long enough for a busy machine; a worker that was killed costs a test this time. */
    private static final String HEARTBEAT_LIMIT = "PT3S";

    @TempDir
    static Path directory;

    private TestHub hub;
    private Path builds;
    private Program service;
    private Program worker;
    private String workerUrl = "";
    private String composeUrl = "";
    private int composes;

    @BeforeAll
    void start() throws Exception {
        assumeThat(Programs.find("mke2fs"))
                .as("e2fsprogs makes and checks file systems")
                .isPresent();
        hub = new TestHub();
        builds = directory.resolve("builds");
        Path programs = Files.createDirectory(directory.resolve("bin"));
        Files.writeString(
                Files.createFile(
                        programs.resolve("mke2fs"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))),
                """
                #!/bin/sh
                # Waits while it is told to.
                if [ -e '%1$s' ]; then : > '%1$s.reached'; while [ -e '%1$s' ]; do sleep 0.05; done; fi
                PATH="${PATH#*:}"
                exec mke2fs "$@"
                """.formatted(builds));
        startService("0", "0");
        startWorker();
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        // A build that is still held would hold up the worker, which ends its job first.
        Files.deleteIfExists(directory.resolve("builds"));
        if (worker != null) {
            worker.stop();
        }
        if (service != null) {
            service.stop();
        }
        if (hub != null) {
            hub.close();
        }
    }

    private Program program(String... arguments) throws IOException {
        return new Program(directory, directory.resolve("bin"), List.of(arguments));
    }

    private void startService(String workerPort, String composePort) throws IOException {
        service = program(
                "service",
                "--worker-port",
                workerPort,
                "--compose-port",
                composePort,
                "--heartbeat-limit",
                HEARTBEAT_LIMIT,
                "--sweep-interval",
                "PT0.2S");
        workerUrl = service.await(Pattern.compile("worker API (\\S+)\\R"));
        composeUrl = service.await(Pattern.compile("compose API (\\S+)\\R"));
    }

    private void startWorker() throws IOException {
        worker = program("worker", "--service", workerUrl, "--poll-interval", "PT0.2S");
    }

    /** Starts the service where it was. */
    private void restartService() throws IOException {
        startService(port(workerUrl), port(composeUrl));
    }

    private static String port(String url) {
        return String.valueOf(URI.create(url).getPort());
    }

    // ---- a compose

    private record Compose(String id, BuildName name) {}

    private ApiClient client() {
        return new ApiClient(composeUrl, OPEN_API);
    }

    private Compose post() throws Exception {
        BuildName name = new BuildName("image", "1", String.valueOf(++composes));
        String image =
                "{\"architecture\":\"%s\",\"image_type\":\"%s\",\"manifest\":%s,\"exports\":[\"%s\"],\"image_name\":\"%s\"}";
        String manifest = Manifests.image().toString();
        String body =
                "{\"image_requests\":[%s,%s],\"koji\":{\"server\":\"%s\",\"name\":\"%s\",\"version\":\"%s\",\"release\":\"%s\",\"task_id\":7}}"
                        .formatted(
                                image.formatted(ARCH, "tar", manifest, "archive", "image.tar"),
                                image.formatted(ARCH, "ext4", manifest, "disk", "image.ext4"),
                                hub.url(),
                                name.name(),
                                name.version(),
                                name.release());
        Exchange answer = client().send("POST", "/compose", body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return new Compose(answer.json().path("id").stringValue(), name);
    }

    private void assertComplete(Compose compose) throws Exception {
        JsonNode status = Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(
                        () -> client().get("/composes/" + compose.id()).json(),
                        json -> !json.path("status").asString("").equals("pending"));
        assertThat(status.path("status").asString(""))
                .as("%s %s", status, worker.output())
                .isEqualTo("success");
        assertThat(status.path("image_statuses"))
                .hasSize(2)
                .allSatisfy(
                        image -> assertThat(image.path("status").asString("")).isEqualTo("success"));

        List<List<BuildState>> states = hub.states(compose.name());
        int last = states.size() - 1;
        assertThat(states.get(last)).containsExactly(BuildState.BUILDING, BuildState.COMPLETE);
        assertThat(states.subList(0, last))
                .as("builds that a dead worker has begun")
                .allMatch(List.of(BuildState.BUILDING, BuildState.CANCELED)::equals);

        Map<String, byte[]> files = hub.imported(compose.name());
        String stem = compose.name() + "." + ARCH;
        assertThat(files).containsOnlyKeys(stem + ".tar", stem + ".ext4");
        assertWhole(files.get(stem + ".tar"), files.get(stem + ".ext4"));
    }

    private void assertWhole(byte[] archive, byte[] disk) throws Exception {
        try (TarFile tar = new TarFile(archive)) {
            assertThat(tar.getEntries().stream().map(TarArchiveEntry::getName)).contains("./etc/motd");
        }
        Path image = Files.write(directory.resolve("checked.ext4"), disk);
        Process check = new ProcessBuilder("e2fsck", "-fn", image.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(check.waitFor()).isZero();
    }

    // ---- kills

    @ParameterizedTest(name = "{0} {1}, {2}")
    @DisplayName("S27: a worker is killed, and another one does what is missing")
    @CsvSource({
        "CGInitBuild, 1, BEFORE_THE_CALL",
        "CGInitBuild, 1, BEFORE_THE_REPLY",
        "uploadFile, 1, BEFORE_THE_CALL",
        "uploadFile, 3, BEFORE_THE_REPLY",
        "uploadFile, 5, BEFORE_THE_REPLY",
        "CGImport, 1, BEFORE_THE_CALL",
        "CGImport, 1, BEFORE_THE_REPLY"
    })
    void workerIsKilled(String method, int number, Where where) throws Exception {
        TestHub.Hold hold = hub.hold(method, number, where);
        int before = hub.calls("CGImport");
        Compose compose = post();
        hold.await();

        worker.kill();
        hold.drop();
        startWorker();

        assertComplete(compose);
        if (method.equals("CGImport") && where == Where.BEFORE_THE_REPLY) {
            assertThat(hub.calls("CGImport") - before).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "{0} {1}, {2}")
    @DisplayName("S27, S40: the service is killed, and the worker goes on with the token that it has")
    @CsvSource({
        "CGInitBuild, 1, BEFORE_THE_REPLY",
        "uploadFile, 3, BEFORE_THE_CALL",
        "CGImport, 1, BEFORE_THE_CALL",
        "CGImport, 1, BEFORE_THE_REPLY"
    })
    void serviceIsKilled(String method, int number, Where where) throws Exception {
        TestHub.Hold hold = hub.hold(method, number, where);
        int before = hub.calls("CGImport");
        Compose compose = post();
        hold.await();

        service.kill();
        hold.release();
        restartService();

        assertComplete(compose);
        assertThat(hub.calls("CGImport") - before).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "S27: both are killed when koji has imported the build, and the next worker sees that nothing is missing")
    void bothAreKilled() throws Exception {
        TestHub.Hold hold = hub.hold("CGImport", 1, Where.BEFORE_THE_REPLY);
        int before = hub.calls("CGImport");
        Compose compose = post();
        hold.await();

        worker.kill();
        service.kill();
        restartService();
        hold.drop();
        startWorker();

        assertComplete(compose);
        assertThat(hub.calls("CGImport") - before).isEqualTo(1);
    }

    @ParameterizedTest(name = "the worker: {0}")
    @DisplayName("S27: worker or service is killed during a build")
    @ValueSource(booleans = {true, false})
    void killedDuringABuild(boolean killsTheWorker) throws Exception {
        Path reached = directory.resolve("builds.reached");
        Files.deleteIfExists(reached);
        Files.createFile(builds);
        Compose compose = post();
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(reached));

        if (killsTheWorker) {
            worker.kill();
            Files.delete(builds);
            startWorker();
        } else {
            service.kill();
            Files.delete(builds);
            restartService();
        }

        assertComplete(compose);
    }
}
