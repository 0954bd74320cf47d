package dev.jobqueue.examples.composer.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.RawJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SmallBuilderTest {
    private final ImageBuilder builder = new SmallBuilder();

    @TempDir
    Path directory;

    private Path output;

    @BeforeEach
    void makeOutput() throws IOException {
        output = Files.createDirectory(directory.resolve("output"));
    }

    private String run(String... command) throws Exception {
        Path nothing = Files.createTempFile(directory, "in", "");
        Subprocess.Ended ended = Subprocess.run(List.of(command), nothing, directory);
        String said = Files.readString(ended.output());
        assertThat(ended.exitCode())
                .as("%s: %s%s", List.of(command), said, ended.said())
                .isZero();
        return said;
    }

    @Test
    @DisplayName("A tar archive holds the files of the manifest")
    void tar() throws Exception {
        BuildOutput built = builder.build(Manifests.image(), List.of("archive"), output);

        assertThat(built.success()).as(built.json().toString()).isTrue();
        Path tar = output.resolve("archive/image.tar");
        try (TarFile file = new TarFile(tar)) {
            assertThat(file.getEntries().stream().map(TarArchiveEntry::getName))
                    .containsExactly("./empty/", "./etc/", "./etc/motd");
            assertThat(file.getInputStream(file.getEntries().get(2)))
                    .hasBinaryContent(Manifests.TEXT.getBytes(StandardCharsets.UTF_8));
            assertThat(file.getEntries().get(0).getMode() & 0777).isEqualTo(0700);
        }
        assertThat(run("tar", "-tf", tar.toString())).isEqualTo("./empty/\n./etc/\n./etc/motd\n");
    }

    @Test
    @DisplayName("An ext4 file system passes its check and holds the files of the manifest")
    void ext4() throws Exception {
        assumeThat(Programs.find("mke2fs"))
                .as("ext4 is not tested: this machine has no mke2fs of e2fsprogs")
                .isPresent();
        BuildOutput built = builder.build(Manifests.image(), List.of("disk"), output);

        assertThat(built.success()).as(built.json().toString()).isTrue();
        String image = output.resolve("disk/image.ext4").toString();
        run(Programs.find("e2fsck").orElseThrow().toString(), "-fn", image);
        assertThat(run(Programs.find("debugfs").orElseThrow().toString(), "-R", "cat /etc/motd", image))
                .isEqualTo(Manifests.TEXT);
    }

    @Test
    @DisplayName(
            "Without mke2fs the build of an ext4 file system fails and says so; a tar archive is built all the same")
    void noMke2fs() throws Exception {
        ImageBuilder without = new SmallBuilder(Optional.empty());
        BuildOutput failed = without.build(Manifests.image(), List.of("disk"), output);
        assertThat(failed.success()).isFalse();
        assertThat(failed.json().toString()).contains("mke2fs of e2fsprogs is not installed");
        assertThat(without.build(Manifests.image(), List.of("archive"), output).success())
                .isTrue();
    }

    @Test
    @DisplayName("Two exports share the tree that both are made of, and nothing else is left beside them")
    void twoExports() throws Exception {
        assertThat(builder.build(Manifests.image(), List.of("archive", "tree"), output)
                        .success())
                .isTrue();
        try (Stream<Path> files = Files.list(output)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("archive", "tree");
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(output);
        }
    }

    static Stream<Arguments> badManifests() {
        String tree = Manifests.copy("/etc/motd");
        return Stream.of(
                Arguments.of("{\"version\":\"1\"}", "version"),
                Arguments.of("[]", "version"),
                Arguments.of(Manifests.of(tree, Manifests.tar()).toString().replace("archive", "other"), "'archive'"),
                Arguments.of(
                        Manifests.of(Manifests.copy("/../motd"), Manifests.tar())
                                .toString(),
                        "leads out"),
                Arguments.of(
                        Manifests.of(Manifests.copy("/etc/../../motd"), Manifests.tar())
                                .toString(),
                        "leads out"),
                Arguments.of(
                        Manifests.of(Manifests.copy("//motd"), Manifests.tar()).toString(), "absolute"),
                Arguments.of(
                        Manifests.of(Manifests.copy("/none/motd"), Manifests.tar())
                                .toString(),
                        "no directory"),
                Arguments.of(
                        Manifests.of(tree, Manifests.tar()).toString().replace("\"image.tar\"", "\"../image.tar\""),
                        "leads out"),
                Arguments.of(
                        Manifests.of(tree, Manifests.tar()).toString().replace("name:tree", "name:archive"),
                        "does not stand before"),
                Arguments.of(
                        Manifests.of(tree, Manifests.tar()).toString().replace("org.osbuild.mkdir", "org.osbuild.rpm"),
                        "org.osbuild.rpm: this stage needs osbuild"),
                Arguments.of(
                        Manifests.of(tree, Manifests.tar()).toString().replace("\"data\":\"", "\"data\":\"AAAA"),
                        "checksum"),
                Arguments.of(
                        Manifests.of(tree, Manifests.tar())
                                .toString()
                                .replace("org.osbuild.inline", "org.osbuild.curl"),
                        "org.osbuild.curl"));
    }

    @ParameterizedTest
    @MethodSource("badManifests")
    @DisplayName("A manifest that cannot be built says why, and leaves no file")
    void badManifest(String manifest, String reason) throws Exception {
        BuildOutput built = builder.build(RawJson.of(manifest), List.of("archive"), output);

        assertThat(built.success()).isFalse();
        assertThat(built.json().toString()).contains("\"success\":false").contains(reason);
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files).containsExactlyInAnyOrder(directory, output);
        }
    }
}
