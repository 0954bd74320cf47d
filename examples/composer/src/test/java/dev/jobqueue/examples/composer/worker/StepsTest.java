package dev.jobqueue.examples.composer.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.build.SmallBuilder;
import dev.jobqueue.examples.composer.build.VmdkConverter;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiFinalizeArgs;
import dev.jobqueue.examples.composer.jobs.KojiFinalizeResult;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.examples.composer.jobs.KojiInitResult;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildKojiArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildKojiResult;
import dev.jobqueue.examples.composer.jobs.OsbuildResult;
import dev.jobqueue.examples.composer.jobs.ReportedError;
import dev.jobqueue.examples.composer.koji.BuildName;
import dev.jobqueue.examples.composer.koji.BuildState;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.examples.composer.koji.XmlRpcHub;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepsTest {
    private static final BuildName NAME = new BuildName("image", "1", "2");
    private static final String FILE = "image-1-2.x86_64.tar";
    private static final Machine MACHINE = new Machine("x86_64", "Debian");

    private final Map<String, byte[]> sent = new LinkedHashMap<>();
    private final Steps steps = new Steps(
            new SmallBuilder(), server -> new XmlRpcHub(server, Duration.ofSeconds(10)), MACHINE, Clock.systemUTC());

    @TempDir
    Path directory;

    private TestHub hub;

    @BeforeEach
    void start() throws IOException {
        hub = new TestHub();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private RawJson run(String type, Object args, int attempt, RawJson... dynamicArgs) throws Exception {
        return run(steps, type, args, attempt, dynamicArgs);
    }

    private RawJson run(Steps by, String type, Object args, int attempt, RawJson... dynamicArgs) throws Exception {
        Offer offer = new Offer(
                "id",
                type,
                args instanceof RawJson raw ? raw : ComposerJson.raw(args),
                List.of(dynamicArgs),
                attempt,
                URI.create("/"),
                URI.create("/"));
        Path own = Files.createTempDirectory(directory, "job");
        return by.run(offer, (name, file) -> sent.put(name, Files.readAllBytes(file)), own);
    }

    private static Optional<Integer> code(Optional<ReportedError> error) {
        return error.map(ReportedError::id);
    }

    // ---- osbuild

    @Test
    @DisplayName(
            "S33, S31: an image is built and sent back under the name of the artifact; the result tells of the machine")
    void buildsAnImage() throws Exception {
        OsbuildResult result = JobTypes.OSBUILD.decodeResult(
                run("osbuild", OsbuildArgs.of(Manifests.image(), "image.tar", List.of("archive")), 1));

        assertThat(result.success()).isTrue();
        assertThat(result.jobError()).isEmpty();
        assertThat(result.hostOs()).isEqualTo("Debian");
        assertThat(result.arch()).isEqualTo("x86_64");
        assertThat(sent).containsOnlyKeys("image.tar");
        assertThat(sent.get("image.tar")).hasSizeGreaterThan(1024);
    }

    @Test
    @DisplayName(
            "S34, S31: a job of the first releases, with a local target, is built and sent back; names of pipelines are handed on")
    void oldArgs() throws Exception {
        RawJson args = RawJson.of("{\"manifest\":" + Manifests.image()
                + ",\"exports\":[\"archive\"],\"pipeline_names\":{ \"build\":[]},"
                + "\"targets\":[{\"name\":\"org.osbuild.local\",\"options\":{\"filename\":\"image.tar\"}}]}");
        OsbuildResult result = JobTypes.OSBUILD.decodeResult(run("osbuild", args, 1));
        assertThat(result.success()).isTrue();
        assertThat(result.pipelineNames()).contains(RawJson.of("{ \"build\":[]}"));
        assertThat(sent).containsOnlyKeys("image.tar");
    }

    private OsbuildResult streamOptimized(VmdkConverter converter) throws Exception {
        OsbuildArgs args =
                new OsbuildArgs(Manifests.image(), List.of(), "image.tar", true, List.of("archive"), Optional.empty());
        Steps withConverter = new Steps(
                new SmallBuilder(),
                server -> new XmlRpcHub(server, Duration.ofSeconds(10)),
                MACHINE,
                Clock.systemUTC(),
                converter);
        return JobTypes.OSBUILD.decodeResult(run(withConverter, "osbuild", args, 1));
    }

    /** A program of our own in the place of qemu-img, which writes its arguments in the place of an image. */
    private VmdkConverter converter(String script) throws IOException {
        Path program = Files.createTempFile(
                directory,
                "qemu-img",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(program, "#!/bin/sh\n" + script);
        return new VmdkConverter(Optional.of(program));
    }

    @Test
    @DisplayName("S33: a VMDK is converted for a stream before it is sent, if the job says so")
    void streamOptimized() throws Exception {
        OsbuildResult result = streamOptimized(converter("""
                [ "$1 $2 $3 $4 $5 $6 $7" = "convert -f vmdk -O vmdk -o subformat=streamOptimized" ] || exit 2
                [ -s "$8" ] && echo converted > "$9"
                """));
        assertThat(result.jobError()).isEmpty();
        assertThat(sent).containsOnlyKeys("image.tar");
        assertThat(sent.get("image.tar")).asString().isEqualTo("converted\n");
    }

    @Test
    @DisplayName("S33, S7: a worker that cannot convert says so, and sends nothing")
    void noConversion() throws Exception {
        OsbuildResult failed = streamOptimized(converter("echo 'not a VMDK' >&2\nexit 1\n"));
        assertThat(failed.success()).isFalse();
        assertThat(code(failed.jobError())).contains(ImageError.BUILD_JOB.code());
        assertThat(failed.jobError().orElseThrow().reason()).contains("not a VMDK");

        OsbuildResult without = streamOptimized(new VmdkConverter(Optional.empty()));
        assertThat(code(without.jobError())).contains(ImageError.INVALID_CONFIG.code());
        assertThat(sent).isEmpty();
    }

    @Test
    @DisplayName("S7, S31: every way to fail is reported with its code")
    void failures() throws Exception {
        RawJson wrong = RawJson.of("{\"version\":\"9\"}");
        OsbuildResult failed = JobTypes.OSBUILD.decodeResult(
                run("osbuild", OsbuildArgs.of(wrong, "image.tar", List.of("archive")), 1));
        assertThat(failed.success()).isFalse();
        assertThat(failed.osbuildOutput().orElseThrow().toString()).contains("version");
        assertThat(code(failed.jobError())).contains(ImageError.BUILD_JOB.code());

        expect(ImageError.EMPTY_MANIFEST, OsbuildArgs.of(RawJson.NULL, "a", List.of("b")));
        expect(ImageError.INVALID_TARGET_CONFIG, OsbuildArgs.of(Manifests.image(), "a", List.of()));
        expect(ImageError.INVALID_TARGET_CONFIG, OsbuildArgs.of(Manifests.image(), "none.tar", List.of("archive")));
        expect(ImageError.INVALID_TARGET_CONFIG, OsbuildArgs.of(Manifests.image(), "../x", List.of("archive")));
        expect(ImageError.PARSING_JOB_ARGS, RawJson.of("[1]"));
        expect(
                ImageError.INVALID_TARGET,
                new OsbuildArgs(
                        Manifests.image(),
                        List.of(RawJson.of("{\"name\":\"aws\"}")),
                        "",
                        false,
                        List.of("archive"),
                        Optional.empty()));
        RawJson unknown = run("depsolve", RawJson.of("{}"), 1);
        assertThat(unknown.toString()).contains("\"id\":" + ImageError.INVALID_CONFIG.code());
    }

    private void expect(ImageError error, Object args) throws Exception {
        OsbuildResult result = JobTypes.OSBUILD.decodeResult(run("osbuild", args, 1));
        assertThat(result.success()).isFalse();
        assertThat(code(result.jobError())).as("%s", args).contains(error.code());
        assertThat(sent).isEmpty();
    }

    // ---- koji

    private RawJson init(int attempt) throws Exception {
        return run("koji-init", new KojiInitArgs(hub.url().toString(), "image", "1", "2"), attempt);
    }

    private RawJson build(RawJson init, RawJson manifest) throws Exception {
        OsbuildKojiArgs args = new OsbuildKojiArgs(
                manifest,
                "image.tar",
                List.of("archive"),
                Optional.empty(),
                hub.url().toString(),
                "dir",
                FILE);
        return run("osbuild-koji", args, 1, init);
    }

    private KojiFinalizeResult end(RawJson... dynamicArgs) throws Exception {
        KojiFinalizeArgs args =
                new KojiFinalizeArgs(hub.url().toString(), "image", "1", "2", List.of(FILE), "dir", 7, 1_700_000_000);
        return JobTypes.KOJI_FINALIZE.decodeResult(run("koji-finalize", args, 1, dynamicArgs));
    }

    @Test
    @DisplayName("S27: a koji compose begins a build, builds and sends the image, and imports it")
    void kojiCompose() throws Exception {
        RawJson init = init(1);
        RawJson built = build(init, Manifests.image());
        OsbuildKojiResult result = JobTypes.OSBUILD_KOJI.decodeResult(built);
        assertThat(result.jobError()).isEmpty();
        assertThat(result.imageSize()).isEqualTo(hub.file("dir", FILE).length);
        assertThat(result.hostOs()).isEqualTo("Debian");

        assertThat(end(init, built).jobError()).isEmpty();

        assertThat(hub.states(NAME)).containsExactly(List.of(BuildState.BUILDING, BuildState.COMPLETE));
        assertThat(sent).isEmpty();
    }

    @Test
    @DisplayName("S27: koji-init and koji-finalize may be repeated by another worker: one build is imported, once")
    void repeatedSteps() throws Exception {
        init(1);
        RawJson init = init(2);
        RawJson built = build(init, Manifests.image());
        hub.loseReplies("CGImport", 1);
        assertThat(end(init, built).jobError()).isEmpty();
        assertThat(end(init, built).jobError()).isEmpty();

        assertThat(hub.calls("CGImport")).isEqualTo(1);
        assertThat(hub.states(NAME))
                .containsExactly(
                        List.of(BuildState.BUILDING, BuildState.CANCELED),
                        List.of(BuildState.BUILDING, BuildState.COMPLETE));
    }

    @Test
    @DisplayName("S22: a build that failed marks koji's build as failed, and the error names its cause")
    void failedBuild() throws Exception {
        RawJson init = init(1);
        RawJson built = build(init, RawJson.of("{\"version\":\"9\"}"));

        KojiFinalizeResult ended = end(init, built);

        ReportedError error = ended.jobError().orElseThrow();
        assertThat(error.id()).isEqualTo(ImageError.KOJI_FAILED_DEPENDENCY.code());
        assertThat(error.root().id()).isEqualTo(ImageError.BUILD_JOB.code());
        assertThat(hub.states(NAME)).containsExactly(List.of(BuildState.BUILDING, BuildState.FAILED));
    }

    @Test
    @DisplayName("S22: without a build in koji nothing is built, and both jobs say why")
    void failedInit() throws Exception {
        init(1);
        RawJson init = init(1);
        KojiInitResult refused = JobTypes.KOJI_INIT.decodeResult(init);
        assertThat(code(refused.jobError())).contains(ImageError.KOJI_INIT.code());

        RawJson built = build(init, Manifests.image());
        ReportedError build =
                JobTypes.OSBUILD_KOJI.decodeResult(built).jobError().orElseThrow();
        assertThat(build.id()).isEqualTo(ImageError.JOB_DEPENDENCY.code());
        assertThat(build.root().id()).isEqualTo(ImageError.KOJI_INIT.code());
        assertThat(end(init, built).jobError().orElseThrow().root().id()).isEqualTo(ImageError.KOJI_INIT.code());
        assertThat(hub.calls("CGImport") + hub.calls("CGRefundBuild")).isZero();
    }

    @Test
    @DisplayName("S9: what an older worker told as a text stops a koji compose too")
    void errorsOfOlderWorkers() throws Exception {
        RawJson refused = RawJson.of("{\"build_id\":5,\"token\":\"t\",\"koji_error\":\"no such tag\"}");
        ReportedError build = JobTypes.OSBUILD_KOJI
                .decodeResult(build(refused, Manifests.image()))
                .jobError()
                .orElseThrow();
        assertThat(build.id()).isEqualTo(ImageError.JOB_DEPENDENCY.code());
        assertThat(build.root()).isEqualTo(ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, "no such tag"));

        RawJson init = init(1);
        RawJson notSent = RawJson.of("{\"osbuild_output\":{\"success\":true},\"koji_error\":\"no upload\"}");
        ReportedError end = end(init, notSent).jobError().orElseThrow();
        assertThat(end.id()).isEqualTo(ImageError.KOJI_FAILED_DEPENDENCY.code());
        assertThat(end.root()).isEqualTo(ReportedError.of(ImageError.OLD_RESULT_COMPATIBLE, "no upload"));
        assertThat(hub.calls("CGImport")).isZero();
        assertThat(hub.states(NAME)).containsExactly(List.of(BuildState.BUILDING, BuildState.FAILED));
    }

    @Test
    @DisplayName("S22, S26: without a result of koji-init, which was canceled, nothing is built")
    void canceledInit() throws Exception {
        ReportedError error = JobTypes.OSBUILD_KOJI
                .decodeResult(build(RawJson.NULL, Manifests.image()))
                .jobError()
                .orElseThrow();
        assertThat(error.id()).isEqualTo(ImageError.JOB_DEPENDENCY.code());
        assertThat(hub.calls("uploadFile")).isZero();
    }

    @Test
    @DisplayName("S26: missing or undecodable results of dependencies are told apart")
    void dynamicArgs() throws Exception {
        assertThat(code(end().jobError())).contains(ImageError.NO_DYNAMIC_ARGS.code());
        assertThat(code(end(RawJson.of("[]"), RawJson.NULL).jobError()))
                .contains(ImageError.PARSING_DYNAMIC_ARGS.code());
        assertThat(code(end(init(1), RawJson.NULL).jobError())).contains(ImageError.KOJI_FAILED_DEPENDENCY.code());
    }
}
