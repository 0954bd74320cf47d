package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.examples.composer.build.Programs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComposerTest {
    @TempDir
    Path directory;

    @Test
    @DisplayName("One command builds two images through the compose API, and can be run again")
    void demo() throws IOException, InterruptedException {
        assumeThat(Programs.find("mke2fs"))
                .as("the two images are not tested: this machine has no mke2fs of e2fsprogs")
                .isPresent();
        for (int run = 0; run < 2; run++) {
            StringWriter said = new StringWriter();
            int exit =
                    Composer.program().setOut(new PrintWriter(said, true)).execute("--directory", directory.toString());
            assertThat(exit).as(said.toString()).isZero();
            List<Path> files = said.toString()
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("/"))
                    .map(Path::of)
                    .toList();
            assertThat(files).hasSize(2);
            try (TarFile tar = new TarFile(files.get(0))) {
                assertThat(tar.getEntries().stream().map(TarArchiveEntry::getName))
                        .contains("./etc/motd", "./etc/hostname");
            }
            Process check = new ProcessBuilder(
                            Programs.find("e2fsck").orElseThrow().toString(),
                            "-fn",
                            files.get(1).toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(check.waitFor()).isZero();
        }
    }

    @Test
    @DisplayName("A directory that cannot be used is told, with exit code 2")
    void unusableDirectory() {
        StringWriter errors = new StringWriter();
        int exit = Composer.program().setErr(new PrintWriter(errors, true)).execute("--directory", "/proc/none");
        assertThat(exit).isEqualTo(2);
        assertThat(errors.toString()).contains("/proc/none");
    }
}
