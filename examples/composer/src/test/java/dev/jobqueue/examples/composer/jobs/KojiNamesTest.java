package dev.jobqueue.examples.composer.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KojiNamesTest {
    @ParameterizedTest(name = "S27: image {0} is called {1} in koji")
    @CsvSource({
        "disk.qcow2, fedora-42-1.x86_64.qcow2",
        "image.tar.gz, fedora-42-1.x86_64.tar.gz",
        "disk, fedora-42-1.x86_64",
        ".hidden, fedora-42-1.x86_64",
        ".hidden.raw.xz, fedora-42-1.x86_64.raw.xz",
        "disk., fedora-42-1.x86_64.",
    })
    void filename(String image, String expected) {
        assertThat(KojiNames.filename(Workers.BUILD, "x86_64", image)).isEqualTo(expected);
    }

    @Test
    @DisplayName("S27: each compose has a directory of its own in koji")
    void directory() {
        assertThat(KojiNames.newDirectory()).isNotEqualTo(KojiNames.newDirectory());
    }
}
