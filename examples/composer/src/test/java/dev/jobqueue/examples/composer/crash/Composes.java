package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.koji.BuildName;
import dev.jobqueue.examples.composer.koji.BuildState;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.examples.composer.worker.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Asks for composes, and checks what they come to. */
final class Composes {
    private static final long TASK = 7;
    private static final String ARCH = Machine.here().arch();
    private static final String IMAGE =
            "{\"architecture\":\"%s\",\"image_type\":\"%s\",\"manifest\":%s,\"exports\":[\"%s\"],\"image_name\":\"%s\"}";

    private final Supplier<ApiClient> service;
    private final Supplier<String> said;
    private int count;

    Composes(TwoPrograms programs) {
        this(programs::client, programs::said);
    }

    /**
     * Of a service that runs.
     *
     * @param said what workers have said
     */
    Composes(Supplier<ApiClient> service, Supplier<String> said) {
        this.service = service;
        this.said = said;
    }

    /** One for koji. */
    record ForKoji(String id, BuildName name) {}

    private String post(String images, String more) throws Exception {
        Exchange answer = service.get().send("POST", "/compose", "{\"image_requests\":[" + images + "]" + more + "}");
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json().path("id").stringValue();
    }

    private static String tar() {
        return IMAGE.formatted(ARCH, "tar", Manifests.image(), "archive", "image.tar");
    }

    /** Asks for a tar archive; gives the id. */
    String post() throws Exception {
        return post(tar(), "");
    }

    /** Asks for a build in koji of a tar archive and a file system. */
    ForKoji post(TestHub hub) throws Exception {
        BuildName name = new BuildName("image", "1", String.valueOf(++count));
        String koji =
                ",\"koji\":{\"server\":\"%s\",\"name\":\"%s\",\"version\":\"%s\",\"release\":\"%s\",\"task_id\":%d}";
        String id = post(
                tar() + "," + IMAGE.formatted(ARCH, "ext4", Manifests.image(), "disk", "image.ext4"),
                koji.formatted(hub.url(), name.name(), name.version(), name.release(), TASK));
        return new ForKoji(id, name);
    }

    private JsonNode status(String id) throws Exception {
        Exchange answer = service.get().get("/composes/" + id);
        if (answer.status() != 200) {
            throw new IOException("no status of a compose: " + answer.status() + " " + answer.json());
        }
        return answer.json();
    }

    private static boolean isPending(JsonNode status) {
        return status.path("status").asString("").equals("pending");
    }

    /** Whether a compose has ended. */
    boolean hasEnded(String id) throws Exception {
        return !isPending(status(id));
    }

    /** Waits for the end of a compose, which must be a success. */
    void assertSuccess(String id, int images) {
        JsonNode status =
                Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> status(id), json -> !isPending(json));
        assertThat(status.path("status").asString(""))
                .as("%s %s", status, said.get())
                .isEqualTo("success");
        assertThat(status.path("image_statuses"))
                .hasSize(images)
                .allSatisfy(
                        image -> assertThat(image.path("status").asString("")).isEqualTo("success"));
    }

    /** Waits for the end of a compose for koji: one complete build, imported once and whole, and then nobody calls the hub any more. */
    void assertComplete(ForKoji compose, TestHub hub) throws Exception {
        assertSuccess(compose.id(), 2);
        int calls = hub.calls();
        assertBuild(compose, hub);

        // The worker does one job after the other: what it had still to do for koji would come before this.
        assertSuccess(post(), 1);
        assertThat(hub.calls()).as("calls of the hub after the end").isEqualTo(calls);
    }

    /** Checks what koji has of a compose that has ended: one complete build, imported once and whole. */
    static void assertBuild(ForKoji compose, TestHub hub) throws Exception {
        List<List<BuildState>> states = hub.states(compose.name());
        int last = states.size() - 1;
        assertThat(states.get(last)).containsExactly(BuildState.BUILDING, BuildState.COMPLETE);
        assertThat(states.subList(0, last))
                .as("builds that a dead worker has begun")
                .allMatch(List.of(BuildState.BUILDING, BuildState.CANCELED)::equals);
        assertThat(hub.imports(compose.name())).isEqualTo(1);
        assertThat(hub.task(compose.name())).isEqualTo(TASK);

        Map<String, byte[]> files = hub.imported(compose.name());
        String stem = compose.name() + "." + ARCH;
        assertThat(files).containsOnlyKeys(stem + ".tar", stem + ".ext4");
        assertTar(files.get(stem + ".tar"));
        assertFileSystem(files.get(stem + ".ext4"));
    }

    static void assertTar(byte[] archive) throws Exception {
        try (TarFile tar = new TarFile(archive)) {
            assertThat(tar.getEntries().stream().map(TarArchiveEntry::getName)).contains("./etc/motd");
        }
    }

    private static void assertFileSystem(byte[] disk) throws Exception {
        Path image = Files.createTempFile("checked", ".ext4");
        Files.write(image, disk);
        Process check = new ProcessBuilder(Programs.find("e2fsck").orElseThrow().toString(), "-fn", image.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(check.waitFor()).isZero();
        Files.delete(image);
    }
}
