package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SegmentsTest {
    private static final int KEPT_OPEN = 128;

    private final Zeros disk = new Zeros();
    private final Segments segments = new Segments(disk);
    private final byte[] target = new byte[1];

    private void read(int segment) {
        try {
            assertThat(segments.read(segment, 0, target, 1)).isEqualTo(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("the files used last stay open, no more; the others are closed")
    void open() throws IOException {
        for (int id = 1; id <= KEPT_OPEN; id++) {
            read(id);
        }
        read(1);
        assertThat(disk.opened).isEqualTo(KEPT_OPEN);
        assertThat(disk.closed).isEmpty();
        read(KEPT_OPEN + 1);
        assertThat(disk.closed).as("used longest ago").containsExactly(SegmentFile.name(2));
        segments.forget(1);
        segments.forget(1);
        assertThat(disk.closed).containsExactly(SegmentFile.name(2), SegmentFile.name(1));
        segments.close();
        segments.close();
        assertThat(disk.closed).hasSize(disk.opened).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a file that is forgotten while somebody reads from it is closed behind the read")
    void forgottenDuringARead() {
        disk.duringRead = () -> {
            try {
                segments.forget(1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(disk.closed).isEmpty();
        };
        read(1);
        assertThat(disk.closed).containsExactly(SegmentFile.name(1));
    }

    @Test
    @DisplayName("no call keeps another thread out when it has returned")
    void otherThreads() throws Exception {
        read(1);
        elsewhere();
        segments.forget(1);
        elsewhere();
        segments.close();
        elsewhere();
    }

    private void elsewhere() throws Exception {
        CompletableFuture.runAsync(() -> read(1)).get(20, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("neighbours are read in one go, as long as they are near and not too much together")
    void neighbours() {
        assertThat(readsOf(at(0, 10), at(10, 10))).isOne();
        assertThat(readsOf(at(0, 10), at(10 + (4 << 10), 10))).isOne();
        assertThat(readsOf(at(0, 10), at(11 + (4 << 10), 10))).isEqualTo(2);
        assertThat(readsOf(at(0, 1 << 19), at(1 << 19, 1 << 19))).isOne();
        assertThat(readsOf(at(0, 1 << 19), at(1 << 19, 1 + (1 << 19)))).isEqualTo(2);
    }

    private int readsOf(Ref... refs) {
        disk.reads = 0;
        List<Integer> seen = new ArrayList<>();
        new EventBytes(segments, disk, 0).readAll(List.of(refs), (i, bytes, offset) -> seen.add(i));
        assertThat(seen).containsExactly(0, 1);
        return disk.reads;
    }

    /** An event of zeros. */
    private static Ref at(long offset, int length) {
        CRC32C sum = new CRC32C();
        sum.update(new byte[length]);
        return new Ref(Position.of(1, (5 << 20) + offset), length, (int) sum.getValue());
    }

    /** Every file has as many zeros as are asked for. */
    private static final class Zeros implements Disk {
        final List<String> closed = new ArrayList<>();
        Runnable duringRead = () -> {};
        int opened;
        int reads;

        @Override
        public DiskFile openForRead(String name) {
            opened++;
            return new DiskFile() {
                @Override
                public int read(long position, byte[] bytes, int offset, int length) {
                    reads++;
                    duringRead.run();
                    return length;
                }

                @Override
                public void write(long position, ByteBuffer source) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void force() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public long size() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void truncate(long size) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void close() {
                    closed.add(name);
                }
            };
        }

        @Override
        public Set<String> list() {
            return Set.of();
        }

        @Override
        public DiskFile create(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public DiskFile open(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void rename(String from, String to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void delete(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void forceDirectory() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String path(String name) {
            return name;
        }

        @Override
        public String path() {
            return "zeros";
        }

        @Override
        public void close() {}
    }
}
