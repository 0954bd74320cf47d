package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.RealDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
    private static final Manifest MANIFEST = new Manifest(
            Optional.of(new Manifest.CheckpointFile(Manifest.CheckpointFile.name(0xab), 12_345_678_901L)),
            List.of(new Manifest.Segment(1, OptionalLong.of(77)), new Manifest.Segment(255, OptionalLong.empty())));

    @TempDir
    Path directory;

    private RealDisk disk;

    @BeforeEach
    void take() throws IOException {
        disk = RealDisk.take(directory);
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    private Path file() {
        return directory.resolve(Manifest.NAME);
    }

    private void isRefused(byte[] bytes, String why) throws IOException {
        Files.write(file(), bytes);
        assertThatThrownBy(() -> Manifest.read(disk))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining(file().toRealPath().toString())
                .hasMessageContaining(why);
    }

    @Test
    void isReadAsItWasWritten() throws IOException {
        assertThat(Manifest.read(disk)).as("before the first").isEmpty();
        for (Manifest manifest : List.of(Manifest.EMPTY, MANIFEST)) {
            manifest.write(disk);
            assertThat(Manifest.read(disk)).contains(manifest);
            assertThat(directory.resolve(Manifest.TEMPORARY)).doesNotExist();
        }
        assertThat(MANIFEST.checkpoint().orElseThrow().number()).isEqualTo(0xab);
    }

    @Test
    @DisplayName("DUR-3: no byte can change unseen")
    void noByteCanChangeUnseen() throws IOException {
        MANIFEST.write(disk);
        byte[] bytes = Files.readAllBytes(file());
        for (int i = 0; i < bytes.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) (1 << bit);
                Files.write(file(), damaged);
                assertThatThrownBy(() -> Manifest.read(disk))
                        .as("byte %d bit %d", i, bit)
                        .isInstanceOf(JobQueueException.Corrupt.class);
            }
            isRefused(Arrays.copyOf(bytes, i), "is damaged");
        }
    }

    @Test
    @DisplayName("DUR-3: bytes that are no text at all are damage")
    void noText() throws IOException {
        byte[] bytes = new byte[100];
        Arrays.fill(bytes, (byte) 0xff);
        isRefused(bytes, "it has not two lines");
        bytes[97] = '\n';
        bytes[99] = '\n';
        isRefused(bytes, "is damaged");
    }

    @Test
    @DisplayName("TYP-6: the format of a later release is refused as such, its further fields are not looked at")
    void later() throws IOException {
        Files.write(file(), signed("{\"format\":1,\"later\":{},\"segments\":[{\"id\":7,\"later\":1}]}\n"));
        assertThat(Manifest.read(disk))
                .contains(new Manifest(Optional.empty(), List.of(new Manifest.Segment(7, OptionalLong.empty()))));
        isRefused(signed("{\"format\":2}\n"), "format 2, this release reads format 1");
    }

    private static byte[] signed(String line) {
        CRC32C sum = new CRC32C();
        sum.update(line.getBytes(StandardCharsets.UTF_8));
        return (line + String.format("{\"crc32c\":\"%08x\"}", sum.getValue()) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void changes() {
        Manifest two = Manifest.EMPTY.withOpen(1).withOpen(2);
        assertThat(two.segments())
                .containsExactly(
                        new Manifest.Segment(1, OptionalLong.empty()), new Manifest.Segment(2, OptionalLong.empty()));
        assertThat(two.withSealed(1, 5).segments())
                .containsExactly(
                        new Manifest.Segment(1, OptionalLong.of(5)), new Manifest.Segment(2, OptionalLong.empty()));
        assertThat(two.withSealed(1, 0)).as("without a record").isEqualTo(Manifest.EMPTY.withOpen(2));
        assertThat(two.without(2)).isEqualTo(Manifest.EMPTY.withOpen(1));
        Manifest.CheckpointFile checkpoint = MANIFEST.checkpoint().orElseThrow();
        assertThat(two.withCheckpoint(checkpoint)).isEqualTo(new Manifest(Optional.of(checkpoint), two.segments()));
    }

    @Test
    @DisplayName("F5: files of the store are known by their names, whatever else lies there")
    void names() {
        assertThat(List.of(
                        "MANIFEST.tmp",
                        "segment-000000ff.log",
                        "checkpoint-000000ab.jsonl",
                        "checkpoint-0000000a.jsonl.tmp"))
                .allMatch(Manifest::isOurs);
        assertThat(List.of(
                        "MANIFEST", "LOCK", "segment-ff.log", "checkpoint-000000ab.json", "xcheckpoint-000000ab.jsonl"))
                .noneMatch(Manifest::isOurs);
        assertThat(List.of("segment-00000001.log", "segment-000000ff.log", "checkpoint-000000ab.jsonl"))
                .allMatch(MANIFEST::names);
        assertThat(List.of("segment-00000002.log", "checkpoint-000000ac.jsonl", "MANIFEST"))
                .noneMatch(MANIFEST::names);
        assertThat(Manifest.EMPTY.names("segment-00000001.log")).isFalse();
    }
}
