package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.SegmentSupply;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SegmentSupplyTest {
    private static final long RESERVE = 64 << 10;

    @TempDir
    Path directory;

    @Test
    @DisplayName("DUR-2: who asks for a spare while an attempt fails gets one of its own, when there may be room again")
    void requestDuringAFailureIsTriedAgain() throws Exception {
        FaultyDisk disk = new FaultyDisk(directory);
        disk.room.set(0);
        CountDownLatch trying = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        disk.beforeCreate = () -> {
            trying.countDown();
            awaitUninterruptibly(asked);
        };
        Semaphore outcomes = new Semaphore(0);
        ManifestKeeper manifest = new ManifestKeeper(disk, Manifest.EMPTY);
        try (SegmentSupply supply = new SegmentSupply(disk, manifest, RESERVE, RESERVE, 1, null, outcomes::release)) {
            supply.start();
            trying.await();

            supply.request();
            disk.beforeCreate = () -> disk.room.set(Long.MAX_VALUE);
            asked.countDown();

            outcomes.acquire(2);
            assertThat(supply.ready()).isTrue();
            assertThat(supply.failure()).isNull();
        } finally {
            disk.close();
        }
    }

    @Test
    @DisplayName("DUR-2: a spare that cannot be made is tried again when it is asked for, not before")
    void failureIsKeptUntilTheNextRequest() throws Exception {
        FaultyDisk disk = new FaultyDisk(directory);
        disk.room.set(0);
        Semaphore outcomes = new Semaphore(0);
        ManifestKeeper manifest = new ManifestKeeper(disk, Manifest.EMPTY);
        try (SegmentSupply supply = new SegmentSupply(disk, manifest, RESERVE, RESERVE, 1, null, outcomes::release)) {
            supply.start();
            outcomes.acquire();
            assertThat(supply.failure()).hasMessageContaining("no room for 65536 more bytes");
            assertThat(supply.ready()).isFalse();

            disk.room.set(Long.MAX_VALUE);
            supply.request();
            outcomes.acquire();
            assertThat(supply.failure()).isNull();
            assertThat(supply.ready()).isTrue();
        } finally {
            disk.close();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody has asked");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
