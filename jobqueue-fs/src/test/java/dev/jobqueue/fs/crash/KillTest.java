package dev.jobqueue.fs.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child JVM with several threads is killed in the middle of its load, again and again on the same directory. */
class KillTest {
    private static final int ROUNDS = 4;

    @TempDir
    Path directory;

    @Test
    @DisplayName("DUR-1: what a process had acknowledged is there after SIGKILL")
    void nothingAcknowledgedIsLost() throws Exception {
        Random random = new Random(3);
        LoadChild load = new LoadChild();
        for (int round = 0; round < ROUNDS; round++) {
            load.run(
                    directory,
                    300 + random.nextInt(2_000),
                    child -> child.toHandle().destroyForcibly());
            load.check(directory);
        }
        assertThat(load.finished).isNotEmpty();
        assertThat(load.started.keySet()).anyMatch(id -> !load.finished.contains(id));
    }
}
