package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DUR-2: full disks and I/O errors. */
class FaultTest {
    private static final FileQueueOptions SMALL = FileQueueOptions.DEFAULT.segmentBytes(64 << 10);

    @TempDir
    Path directory;

    @Test
    @DisplayName("DUR-2: a full disk refuses an enqueue first; finish, cancel and prune go on; room helps at once")
    void fullDisk() throws IOException {
        FaultyDisk disk = new FaultyDisk(directory);
        List<JobId> stored = new ArrayList<>();
        List<ClaimedJob> running = new ArrayList<>();
        try (JobStore store = FileJobStore.open(disk, SMALL, false)) {
            for (int i = 0; i < 60; i++) {
                stored.add(Jobs.insert(store, Jobs.job(Jobs.text(500))));
            }
            running.addAll(Jobs.claim(store, 20));
            disk.room.set(0);
            JobId refused = null;
            for (int i = 0; refused == null; i++) {
                assertThat(i).as("inserts on a full disk").isLessThan(1_000);
                JobId id = JobId.create();
                try {
                    stored.add(Jobs.insert(store, Jobs.job(id, Jobs.text(500))));
                } catch (JobQueueException.StoreUnavailable e) {
                    assertThat(e)
                            .hasMessageContaining(directory.toRealPath().toString())
                            .hasMessageContaining("free space");
                    refused = id;
                }
            }
            assertThat(Jobs.find(store, refused)).as("nothing was changed").isEmpty();
            for (ClaimedJob job : running) {
                assertThat(Jobs.succeed(store, job.token(), "1")).isEqualTo(TokenAnswer.DONE);
            }
            for (JobId id : stored.subList(30, 40)) {
                store.cancel(List.of(new CancelRequest(id, "full", false)));
            }
            assertThat(store.prune(Duration.ZERO, 5)).isEqualTo(5);
            disk.room.set(Long.MAX_VALUE);
            stored.add(Jobs.insert(store, Jobs.job("1")));
        }
        try (JobStore store = FileJobStore.open(directory, SMALL)) {
            long left = store.counts().stream().mapToLong(c -> c.count()).sum();
            assertThat(left).isEqualTo(stored.size() - 30);
        }
    }

    @Test
    @DisplayName("DUR-2: when the file cannot grow an enqueue is refused, and finish goes on in the reserve")
    void reserveInTheSpare() throws IOException {
        FaultyDisk disk = new FaultyDisk(directory);
        try (JobStore store = FileJobStore.open(disk, FileQueueOptions.DEFAULT.segmentBytes(1 << 20), false)) {
            Jobs.insertMany(store, 40, 100);
            List<ClaimedJob> running = Jobs.claim(store, 40);
            Path manifest = directory.resolve("MANIFEST");
            Awaitility.await("the spare").until(() -> Files.readString(manifest).contains("{\"id\":2}"));
            disk.room.set(0);
            assertThatThrownBy(() -> Jobs.insert(store, Jobs.job(Jobs.text(500_000))))
                    .isInstanceOf(JobQueueException.StoreUnavailable.class)
                    .hasMessageContaining("free space");
            String result = Jobs.text(8_000);
            for (ClaimedJob job : running.subList(0, 20)) {
                assertThat(Jobs.succeed(store, job.token(), result)).isEqualTo(TokenAnswer.DONE);
            }
            disk.room.set(Long.MAX_VALUE);
            Jobs.insert(store, Jobs.job(Jobs.text(200_000)));
        }
        try (JobStore store = FileJobStore.open(directory, SMALL)) {
            assertThat(store.counts().stream().mapToLong(c -> c.count()).sum())
                    .as("20 that run, and the last")
                    .isEqualTo(21);
        }
    }

    @Test
    @DisplayName("DUR-2: when even the reserve is used up every write is refused before any effect, and reads go on")
    void reserveUsedUp() throws IOException {
        FaultyDisk disk = new FaultyDisk(directory);
        try (JobStore store = FileJobStore.open(disk, SMALL, false)) {
            List<JobId> ids = Jobs.insertMany(store, 50, 100);
            JobId job = ids.get(0);
            disk.room.set(0);
            int claims = 0;
            while (true) {
                assertThat(claims).isLessThan(10_000);
                try {
                    for (ClaimedJob c : Jobs.claim(store, 10)) {
                        store.finish(List.of(
                                new FinishRequest(c.token(), new JobOutcome.Released(Duration.ZERO), 0, List.of())));
                    }
                    claims++;
                } catch (JobQueueException.StoreUnavailable e) {
                    assertThat(e).hasMessageContaining("free space");
                    break;
                }
            }
            assertThat(Jobs.find(store, job)).isPresent();
            disk.room.set(Long.MAX_VALUE);
            Jobs.runAll(store, "1");
        }
    }

    @Test
    @DisplayName(
            "DUR-2: after any failed write or force nothing is done until reopened, and nothing acknowledged is lost")
    void failedWriteOrForce() throws IOException {
        for (int steps = 0; steps < 40; steps++) {
            Path fresh = directory.resolve("s" + steps);
            FaultyDisk disk = new FaultyDisk(fresh);
            List<JobId> acknowledged = new ArrayList<>();
            JobId last = null;
            boolean failed = false;
            try (JobStore store = FileJobStore.open(disk, SMALL, false)) {
                Jobs.insertMany(store, 20, 1_000);
                disk.faultAfter.set(steps);
                for (int i = 0; i < 60 && !failed; i++) {
                    last = JobId.create();
                    try {
                        Jobs.insert(store, Jobs.job(last, Jobs.text(1_500)));
                        acknowledged.add(last);
                    } catch (JobQueueException.OutcomeUnknown e) {
                        failed = true;
                        assertThatThrownBy(store::counts)
                                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                                .hasMessageContaining("opened again");
                    } catch (JobQueueException.StoreUnavailable e) {
                        // The fault met the making of a spare: nothing was changed, and the store goes on.
                        assertThat(store.counts()).hasSize(1);
                    }
                }
            }
            try (JobStore store = FileJobStore.open(fresh, SMALL)) {
                for (JobId id : acknowledged) {
                    assertThat(Jobs.state(store, id))
                            .as("fault after %d", steps)
                            .isEqualTo(JobState.READY);
                }
                long count = store.counts().get(0).count();
                assertThat(count - 20 - acknowledged.size()).isBetween(0L, failed ? 1L : 0L);
            }
        }
    }
}
