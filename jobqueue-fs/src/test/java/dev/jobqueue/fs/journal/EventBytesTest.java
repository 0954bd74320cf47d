package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.RealDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventBytesTest {
    private static final int SEGMENT = 2;
    private static final int NO_CACHE = 0;
    private static final int CACHE = 1 << 20;

    @TempDir
    Path directory;

    private final byte[] content = new byte[3 << 20];
    private RealDisk disk;
    private Segments segments;

    @BeforeEach
    void take() throws IOException {
        disk = RealDisk.take(directory);
        segments = new Segments(disk);
        new Random(1).nextBytes(content);
        write(content);
    }

    @AfterEach
    void close() throws IOException {
        segments.close();
        disk.close();
    }

    private Path file() {
        return directory.resolve(SegmentFile.name(SEGMENT));
    }

    private void write(byte[] bytes) throws IOException {
        Files.write(file(), bytes);
    }

    private Ref ref(int offset, int length) {
        CRC32C sum = new CRC32C();
        sum.update(content, offset, length);
        return new Ref(Position.of(SEGMENT, offset), length, (int) sum.getValue());
    }

    private byte[] expected(Ref ref) {
        int offset = (int) Position.offset(ref.position());
        return Arrays.copyOfRange(content, offset, offset + ref.length());
    }

    private EventBytes bytes(long cacheBytes) {
        return new EventBytes(segments, disk, cacheBytes);
    }

    @Test
    @DisplayName("an event is read from disk once while the cache has room for it, and every time without a cache")
    void cache() throws IOException {
        Ref ref = ref(100, 50);
        EventBytes kept = bytes(CACHE);
        EventBytes notKept = bytes(NO_CACHE);
        assertThat(kept.read(ref)).isEqualTo(expected(ref));
        assertThat(notKept.read(ref)).isEqualTo(expected(ref));
        Ref given = ref(500, 10);
        kept.keep(given, expected(given));
        write(new byte[content.length]);
        assertThat(kept.read(ref)).isEqualTo(expected(ref));
        assertThat(kept.read(given)).isEqualTo(expected(given));
        List<Integer> seen = new ArrayList<>();
        kept.readAll(List.of(given, ref), (i, b, offset) -> {
            seen.add(i);
            assertThat(b).isEqualTo(expected(i == 0 ? given : ref));
        });
        assertThat(seen).containsExactlyInAnyOrder(0, 1);
        assertThatThrownBy(() -> notKept.read(ref)).isInstanceOf(JobQueueException.Corrupt.class);
    }

    @Test
    @DisplayName("many events are shown with their own bytes and places, however near or far they stand")
    void readAll() {
        List<Ref> refs = List.of(
                ref(2 << 20, 10),
                ref(0, 20),
                ref(20, 30),
                ref(50 + (4 << 10), 7),
                ref(58 + (8 << 10), 7),
                ref(20, 10),
                ref(1 << 20, 1 << 20),
                ref(content.length - 1, 1));
        boolean[] seen = new boolean[refs.size()];
        bytes(NO_CACHE).readAll(refs, (i, b, offset) -> {
            assertThat(seen[i]).isFalse();
            seen[i] = true;
            assertThat(Arrays.copyOfRange(b, offset, offset + refs.get(i).length()))
                    .isEqualTo(expected(refs.get(i)));
        });
        assertThat(seen).containsOnly(true);
    }

    @Test
    @DisplayName("DUR-3: damage is told with file and position, alone and among many")
    void damage() throws IOException {
        Ref whole = ref(100, 50);
        Ref damaged = ref(200, 50);
        byte[] changed = content.clone();
        changed[249] ^= 1;
        write(changed);
        String where = file().toRealPath() + " is damaged at byte 200: the checksum of an event of 50 bytes is wrong";
        EventBytes bytes = bytes(NO_CACHE);
        assertThatThrownBy(() -> bytes.read(damaged))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageStartingWith(where);
        assertThatThrownBy(() -> bytes.readAll(
                        List.of(whole, damaged), (i, b, offset) -> assertThat(i).isZero()))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageStartingWith(where);
        assertThat(bytes.unreadable(damaged, new IOException("no event")))
                .hasMessageStartingWith(file().toRealPath() + " is damaged at byte 200: no event")
                .hasRootCauseMessage("no event");
    }

    @Test
    @DisplayName("DUR-3: a file that ends too early says where; one that is not there cannot be read")
    void missing() throws IOException {
        Ref ref = ref(100, 50);
        write(Arrays.copyOf(content, 149));
        assertThatThrownBy(() -> bytes(NO_CACHE).read(ref))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageStartingWith(file().toRealPath() + " is damaged at byte 149: the file ends here");
        segments.forget(SEGMENT);
        disk.delete(SegmentFile.name(SEGMENT));
        assertThatThrownBy(() -> bytes(NO_CACHE).read(ref))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageStartingWith("cannot read " + directory.toRealPath().resolve(SegmentFile.name(SEGMENT)));
    }

    @Test
    @DisplayName("events in more segments than are kept open are read all the same")
    void manySegments() throws IOException {
        byte[] digits = "0123456789".getBytes(StandardCharsets.UTF_8);
        for (int id = 1; id <= 200; id++) {
            Files.write(directory.resolve(SegmentFile.name(id)), digits);
        }
        byte[] target = new byte[3];
        for (int round = 0; round < 2; round++) {
            for (int id = 1; id <= 200; id++) {
                assertThat(segments.read(id, 4, target, 3)).isEqualTo(3);
                assertThat(target).containsExactly('4', '5', '6');
                assertThat(segments.read(id, 8, target, 3)).isEqualTo(2);
            }
        }
    }
}
