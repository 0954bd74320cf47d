package dev.jobqueue.examples.composer.koji;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KojiBuildsTest {
    private static final BuildName NAME = new BuildName("fedora-iot", "41 & <more>", "1");

    @TempDir
    Path directory;

    private TestHub hub;
    private KojiHub client;
    private KojiBuilds builds;

    @BeforeEach
    void start() throws IOException {
        hub = new TestHub();
        client = new XmlRpcHub(hub.url(), Duration.ofSeconds(10));
        builds = new KojiBuilds(client);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private Map<String, Object> metadata(Reserved build, String file) throws Exception {
        Path image = directory.resolve(file);
        byte[] content = new byte[2_500_000];
        new Random(1).nextBytes(content);
        Files.write(image, content);
        KojiHub.Sent sent = client.send(image, "work/dir", file);
        assertThat(hub.file("work/dir", file)).isEqualTo(content);
        return ImportMetadata.of(
                build.buildId(),
                0,
                NAME,
                100,
                200,
                "1",
                List.of(new ImportMetadata.Image(file, sent.bytes(), sent.md5(), "x86_64", "Fedora 41")));
    }

    @Test
    @DisplayName("S27: a build is begun, its files are sent and it is imported, with what the hub checks")
    void importsABuild() throws Exception {
        Reserved build = builds.begin(NAME, false);
        assertThat(client.build(build.buildId())).contains(new HubBuild(build.buildId(), NAME, BuildState.BUILDING));

        builds.complete(build, metadata(build, "image.tar"), "work/dir");

        assertThat(hub.states(NAME)).containsExactly(List.of(BuildState.BUILDING, BuildState.COMPLETE));
        assertThat(client.build(new BuildName("other", "1", "1"))).isEmpty();
        assertThat(client.build(99)).isEmpty();
    }

    @Test
    @DisplayName("S27: an empty file can be sent, and one can be sent again")
    void sendsAgain() throws Exception {
        Path empty = Files.createFile(directory.resolve("empty"));
        assertThat(client.send(empty, "d", "empty").bytes()).isZero();
        assertThat(hub.file("d", "empty")).isEmpty();
        Files.writeString(empty, "more");
        client.send(empty, "d", "empty");
        client.send(empty, "d", "empty");
        assertThat(hub.file("d", "empty")).asString().isEqualTo("more");
    }

    @Test
    @DisplayName("A build whose begin has no reply is given up and begun again")
    void lostBegin() throws Exception {
        hub.loseReplies("CGInitBuild", 1);

        Reserved build = builds.begin(NAME, false);
        builds.fail(build);

        assertThat(hub.states(NAME))
                .containsExactly(
                        List.of(BuildState.BUILDING, BuildState.CANCELED),
                        List.of(BuildState.BUILDING, BuildState.FAILED));
        assertThat(hub.calls("CGInitBuild")).isEqualTo(2);
    }

    @Test
    @DisplayName("A build that a dead worker has begun is given up and begun again; one of somebody else is left alone")
    void repeatedBegin() throws Exception {
        Reserved lost = builds.begin(NAME, false);

        assertThatExceptionOfType(KojiException.Refused.class)
                .isThrownBy(() -> builds.begin(NAME, false))
                .withMessageContaining("already exists");
        assertThat(client.build(lost.buildId()).orElseThrow().state()).isEqualTo(BuildState.BUILDING);
        Reserved build = builds.begin(NAME, true);

        assertThat(build.buildId()).isNotEqualTo(lost.buildId());
        assertThat(client.build(lost.buildId()).orElseThrow().state()).isEqualTo(BuildState.CANCELED);
    }

    @Test
    @DisplayName("The begin of a dead worker that reaches the hub after it was asked is given up too")
    void delayedBegin() throws Exception {
        ExecutorService others = Executors.newCachedThreadPool();
        TestHub.Hold delayed = hub.hold("CGInitBuild", 1, TestHub.Where.BEFORE_THE_CALL);
        Future<Reserved> dead = others.submit(() -> builds.begin(NAME, false));
        delayed.await();
        TestHub.Hold next = hub.hold("CGInitBuild", 1, TestHub.Where.BEFORE_THE_CALL);
        Future<Reserved> begun = others.submit(() -> builds.begin(NAME, true));
        next.await();
        delayed.release();
        Reserved lost = dead.get();
        next.release();

        Reserved build = begun.get();

        assertThat(build.buildId()).isNotEqualTo(lost.buildId());
        assertThat(hub.states(NAME))
                .containsExactly(List.of(BuildState.BUILDING, BuildState.CANCELED), List.of(BuildState.BUILDING));
        others.shutdown();
    }

    @Test
    @DisplayName("A build of this name that has ended is not given up: the refusal is told")
    void nameIsTaken() throws Exception {
        Reserved other = builds.begin(NAME, false);
        builds.complete(other, metadata(other, "image.tar"), "work/dir");

        assertThatExceptionOfType(KojiException.Refused.class)
                .isThrownBy(() -> builds.begin(NAME, true))
                .withMessageContaining("already exists");
        assertThat(hub.states(NAME)).containsExactly(List.of(BuildState.BUILDING, BuildState.COMPLETE));
    }

    @Test
    @DisplayName("An import whose reply is lost is made once; so is one that a dead worker has made")
    void lostImport() throws Exception {
        Reserved build = builds.begin(NAME, false);
        Map<String, Object> metadata = metadata(build, "image.tar");
        hub.loseReplies("CGImport", 1);

        builds.complete(build, metadata, "work/dir");
        builds.complete(build, metadata, "work/dir");

        assertThat(hub.calls("CGImport")).isEqualTo(1);
        assertThat(hub.states(NAME)).containsExactly(List.of(BuildState.BUILDING, BuildState.COMPLETE));
    }

    @Test
    @DisplayName("A failure whose reply is lost is told once, and never after an import")
    void lostFailure() throws Exception {
        Reserved failed = builds.begin(NAME, false);
        hub.loseReplies("CGRefundBuild", 1);
        builds.fail(failed);
        builds.fail(failed);
        assertThat(hub.calls("CGRefundBuild")).isEqualTo(1);

        Reserved imported = builds.begin(NAME, false);
        builds.complete(imported, metadata(imported, "image.tar"), "work/dir");
        assertThatExceptionOfType(KojiException.WrongState.class)
                .isThrownBy(() -> builds.fail(imported))
                .withMessageContaining("COMPLETE");
    }

    @Test
    @DisplayName("What the hub refuses is told with its reason; a hub that is silent is given up after three calls")
    void refusals() throws Exception {
        Reserved build = builds.begin(NAME, false);
        Reserved forged = new Reserved(build.buildId(), "wrong");
        assertThatExceptionOfType(KojiException.Refused.class)
                .isThrownBy(() -> builds.fail(forged))
                .withMessageContaining("wrong token")
                .withMessageNotContaining(build.token());

        BuildName other = new BuildName("other", "1", "1");
        hub.loseReplies("CGInitBuild", 100);
        assertThatExceptionOfType(KojiException.Unknown.class).isThrownBy(() -> builds.begin(other, false));
        assertThat(hub.calls("CGInitBuild")).isEqualTo(4);
    }

    @Test
    @DisplayName("A hub that is not there is told as an unknown outcome")
    void noHub() {
        hub.close();
        assertThatExceptionOfType(KojiException.Unknown.class)
                .isThrownBy(() -> builds.begin(NAME, false))
                .withMessageContaining("no reply of");
    }
}
