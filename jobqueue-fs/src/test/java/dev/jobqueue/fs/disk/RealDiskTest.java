package dev.jobqueue.fs.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the rest of the module expects of a directory of the file system. */
class RealDiskTest {
    /** More than is read at a time. */
    private static final int LONG = 200_000;

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

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    @Test
    void aFileIsReadAsItWasWritten() throws IOException {
        byte[] written = bytes(LONG);
        try (DiskFile file = disk.create("f")) {
            file.write(3, ByteBuffer.wrap(written));
            file.force();
            byte[] read = new byte[LONG + 10];
            assertThat(file.read(3, read, 7, LONG)).isEqualTo(LONG);
            assertThat(read).startsWith(new byte[7]).endsWith(new byte[3]).containsSequence(written);
            assertThat(file.read(LONG, read, 0, LONG)).as("up to the end").isEqualTo(3);
            assertThat(file.read(LONG + 3, read, 0, 1)).as("behind the end").isZero();
        }
    }

    @Test
    @DisplayName("one thread after the other reads a file")
    void aFileIsReadByManyThreads() throws Exception {
        try (DiskFile file = disk.create("f")) {
            file.write(0, ByteBuffer.wrap(bytes(10)));
            assertThat(file.read(0, new byte[10], 0, 10)).isEqualTo(10);
            CompletableFuture<Integer> other = CompletableFuture.supplyAsync(() -> {
                try {
                    return file.read(4, new byte[10], 0, 10);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(6);
        }
    }

    @Test
    void pathsAreForMessages() throws IOException {
        assertThat(disk.path()).isEqualTo(directory.toRealPath().toString());
        assertThat(disk.path("f")).isEqualTo(directory.toRealPath().resolve("f").toString());
    }

    @Test
    void aClosedFileIsNeitherReadNorWritten() throws IOException {
        DiskFile file = disk.create("f");
        file.write(0, ByteBuffer.wrap(bytes(1)));
        file.close();
        assertThatThrownBy(() -> file.write(0, ByteBuffer.wrap(bytes(1)))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> file.read(0, new byte[1], 0, 1)).isInstanceOf(IOException.class);
    }

    @Test
    void aFileOpenedForReadingIsNotWritten() throws IOException {
        disk.create("f").close();
        try (DiskFile file = disk.openForRead("f")) {
            assertThatThrownBy(() -> file.write(0, ByteBuffer.wrap(bytes(1))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reading only");
        }
    }

    @Test
    void aFileThatIsNotThereIsNotOpened() {
        assertThatThrownBy(() -> disk.open("f"))
                .isInstanceOf(FileNotFoundException.class)
                .hasMessageContaining(directory.getFileName().toString());
        assertThatThrownBy(() -> disk.openForRead("f")).isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> RealDisk.lookAt(directory.resolve("d"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    @DisplayName(
            "DUR-4: a directory can be taken again after it was given back, and giving it back twice takes it from nobody")
    void aDirectoryIsGivenBackOnce() throws IOException {
        disk.close();
        try (RealDisk next = RealDisk.take(directory)) {
            disk.close();
            assertThatThrownBy(() -> RealDisk.take(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by this process");
            assertThat(next.list()).containsExactly(DirectoryLock.NAME);
        }
    }
}
