package dev.jobqueue.fs.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jobqueue.testkit.crash.LoadChild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real ext4 file system in an image file is shut down without flushing its log in the middle of a load (ioctl EXT4_IOC_SHUTDOWN with flag 2): all that was
 * not forced is gone. Needs root, mkfs.ext4, mount and python3.
 */
@Tag("slow")
class PowerLossTest {
    private static final int ROUNDS = 10;
    private static final String SHUT_DOWN = "import fcntl,os,struct,sys;"
            + "fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587D,struct.pack('I',2))";

    @TempDir
    Path work;

    private Path mount() {
        return work.resolve("mnt");
    }

    @Test
    @DisplayName("DUR-1: what a process had acknowledged is there after a power loss of a real file system")
    void nothingAcknowledgedIsLost() throws Exception {
        Path image = work.resolve("image");
        Files.createDirectory(mount());
        boolean ready = succeeds("truncate", "-s", "512m", image.toString())
                && succeeds("mkfs.ext4", "-q", "-F", image.toString())
                && mountImage()
                && succeeds("python3", "-c", "import fcntl");
        assumeTrue(ready, "needs root, mkfs.ext4, mount -o loop and python3");
        Path directory = mount().resolve("queue");
        Random random = new Random(11);
        LoadChild load = new LoadChild(FsOpener.class);
        for (int round = 0; round < ROUNDS; round++) {
            load.run(directory, 200 + random.nextInt(1_000), child -> {
                assertThat(succeeds("python3", "-c", SHUT_DOWN, mount().toString()))
                        .isTrue();
                child.toHandle().destroyForcibly();
            });
            assertThat(succeeds("umount", mount().toString())).isTrue();
            assertThat(mountImage()).isTrue();
            load.check(directory);
        }
        assertThat(load.finished()).isNotEmpty();
    }

    @AfterEach
    void unmount() throws Exception {
        var unused = succeeds("umount", mount().toString());
    }

    private boolean mountImage() throws IOException, InterruptedException {
        return succeeds("mount", "-o", "loop", work.resolve("image").toString(), mount().toString());
    }

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return false;
        }
        return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
    }
}
