package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ManifestKeeperTest {
    private static final Manifest FIRST = Manifest.EMPTY.withOpen(1);

    private final StepDisk disk = new StepDisk();
    private final ManifestKeeper keeper = new ManifestKeeper(disk, FIRST);

    @Test
    @DisplayName("a change is in force when it is durable; what changes nothing writes nothing")
    void update() throws IOException {
        keeper.update(m -> m.withOpen(2));
        assertThat(keeper.current()).isEqualTo(FIRST.withOpen(2));
        assertThat(disk.steps()).endsWith("rename MANIFEST.tmp to MANIFEST", "force directory");
        assertThat(Manifest.read(disk)).contains(FIRST.withOpen(2));
        disk.steps();
        keeper.update(m -> m.without(3));
        assertThat(disk.steps()).isEmpty();
    }

    @Test
    @DisplayName("after a failure the manifest before is in force, and other threads go on")
    void failure() throws Exception {
        disk.fails = step -> step.startsWith("rename");
        assertThatThrownBy(() -> keeper.update(m -> m.withOpen(2))).isInstanceOf(IOException.class);
        assertThat(keeper.current()).isEqualTo(FIRST);
        disk.fails = step -> false;
        CompletableFuture<Manifest> elsewhere = CompletableFuture.supplyAsync(() -> {
            try {
                keeper.update(m -> m.withOpen(3));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return keeper.current();
        });
        assertThat(elsewhere.get(20, TimeUnit.SECONDS)).isEqualTo(FIRST.withOpen(3));
    }
}
