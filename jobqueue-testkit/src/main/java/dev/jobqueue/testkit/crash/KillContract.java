package dev.jobqueue.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.testkit.contract.StoreFixture;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A child JVM with several threads is killed in the middle of its load, again and again on the same directory. For durable stores on files.
 *
 * <p>What a kill cannot show is a missing force: the system still has what the process had written. Only a loss of power shows that.
 */
public abstract class KillContract {
    private static final int ROUNDS = 4;

    /** For subclasses. */
    protected KillContract() {}

    /** A class with a constructor without parameters, so that the child can use it too. */
    protected abstract Class<? extends StoreFixture.Opener> opener();

    @Test
    @DisplayName("DUR-1: what a process had acknowledged is there after SIGKILL")
    void nothingAcknowledgedIsLost(@TempDir Path directory) throws Exception {
        Random random = new Random(3);
        LoadChild load = new LoadChild(opener());
        for (int round = 0; round < ROUNDS; round++) {
            load.run(
                    directory,
                    300 + random.nextInt(2_000),
                    child -> child.toHandle().destroyForcibly());
            load.check(directory);
        }
        assertThat(load.finished()).isNotEmpty();
        assertThat(load.started()).anyMatch(id -> !load.finished().contains(id));
    }
}
