package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.Jobs;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.Segments;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a checkpoint is due, and what is on the disk when one of its steps fails. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UpkeepTest {
    private static final int JOBS = 10;
    private static final long MINIMUM = 100;
    private static final String FIRST = "checkpoint-00000001.jsonl";
    private static final String SECOND = "checkpoint-00000002.jsonl";

    private final StepDisk disk = new StepDisk();
    private final AtomicLong written = new AtomicLong();
    private volatile Runnable whenAsked = () -> {};
    private final Engine engine;
    private final DirectoryStore store;
    private final List<JobId> ids;

    UpkeepTest() {
        store = DirectoryStore.open(disk, settings());
        engine = store.engine();
        ids = Jobs.insertMany(store, JOBS, 10);
        Awaitility.await("the spare").until(engine.supply::ready);
    }

    private static Settings settings() {
        return new Settings(StoreClock.system(), 64 << 20, 0, 1 << 30, false, false);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Upkeep upkeep(Upkeep.Last last, boolean keepEverything) throws IOException {
        ManifestKeeper manifest =
                new ManifestKeeper(disk, Recovery.manifest(disk).orElseThrow());
        Compaction compaction = new Compaction(engine.writer, disk, manifest, new Segments(disk));
        disk.steps();
        return new Upkeep(
                engine.writer, disk, manifest, compaction, () -> told(written.get()), last, MINIMUM, keepEverything);
    }

    private long told(long bytes) {
        whenAsked.run();
        return bytes;
    }

    /** Whether a checkpoint is made when the journal has written so much. */
    private boolean due(Upkeep.Last last, long bytes) throws IOException {
        written.set(bytes);
        Upkeep upkeep = upkeep(last, true);
        upkeep.round(false);
        return disk.steps().stream().anyMatch(step -> step.startsWith("rename checkpoint"));
    }

    @Test
    @DisplayName(
            "a checkpoint is due when the journal has grown by four times what the next one will have, and by the minimum")
    void dueByGrowth() throws IOException {
        assertThat(due(new Upkeep.Last(0, 0, 0, 0), MINIMUM)).isFalse();
        assertThat(due(new Upkeep.Last(0, 0, 0, 0), MINIMUM + 1)).isTrue();
        assertThat(due(new Upkeep.Last(0, 20, JOBS, 7), 7 + MINIMUM)).isFalse();
        assertThat(due(new Upkeep.Last(0, 20, JOBS, 7), 7 + MINIMUM + 1)).isTrue();
        assertThat(due(new Upkeep.Last(0, 1_000, JOBS, 7), 7 + 4_000)).isFalse();
        assertThat(due(new Upkeep.Last(0, 1_000, JOBS, 7), 7 + 4_001)).isTrue();
        assertThat(due(new Upkeep.Last(0, 1_000, 2 * JOBS, 0), 2_000)).isFalse();
        assertThat(due(new Upkeep.Last(0, 1_000, 2 * JOBS, 0), 2_001)).isTrue();
    }

    @Test
    @DisplayName("a checkpoint is due when more than half of the jobs of the last one are gone, and a thousand")
    void dueByShrinking() throws IOException {
        assertThat(due(new Upkeep.Last(0, 1_000, 2 * JOBS + 1_000, 0), 0)).isFalse();
        assertThat(due(new Upkeep.Last(0, 1_000, 2 * JOBS + 1_001, 0), 0)).isTrue();
    }

    @Test
    @DisplayName("a checkpoint is whole and durable before the manifest names it; then the one before is removed")
    void steps() throws IOException {
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), false);
        written.set(50);
        upkeep.round(true);
        assertThat(disk.steps())
                .filteredOn(step -> !step.startsWith("write"))
                .containsExactly(
                        "delete " + FIRST + ".tmp",
                        "create " + FIRST + ".tmp",
                        "force " + FIRST + ".tmp",
                        "close " + FIRST + ".tmp",
                        "rename " + FIRST + ".tmp to " + FIRST,
                        "force directory",
                        "delete MANIFEST.tmp",
                        "create MANIFEST.tmp",
                        "force MANIFEST.tmp",
                        "close MANIFEST.tmp",
                        "rename MANIFEST.tmp to MANIFEST",
                        "force directory");
        Manifest.CheckpointFile made =
                Manifest.read(disk).orElseThrow().checkpoint().orElseThrow();
        assertThat(made).isEqualTo(new Manifest.CheckpointFile(FIRST, disk.bytes(FIRST).length));
        written.set(50 + MINIMUM);
        upkeep.round(false);
        assertThat(disk.steps()).filteredOn(step -> step.startsWith("create")).isEmpty();
        upkeep.round(true);
        assertThat(disk.steps()).endsWith("force directory", "delete " + FIRST);
        assertThat(disk.list()).contains(SECOND).doesNotContain(FIRST);
        written.set(2_000_000);
        upkeep.round(false);
        assertThat(disk.steps()).endsWith("force directory", "delete " + SECOND);
    }

    @Test
    @DisplayName("for tests that replay the whole journal the checkpoint before is kept")
    void keepsEverything() throws IOException {
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), true);
        upkeep.round(true);
        upkeep.round(true);
        assertThat(disk.list()).contains(FIRST, SECOND);
    }

    @Test
    @DisplayName(
            "after a failure the checkpoint before is in force, nothing of the new one is left, and the next round tries again")
    void failure() throws IOException {
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), false);
        upkeep.round(true);
        for (String failing : List.of("create " + SECOND, "write " + SECOND, "force " + SECOND, "rename " + SECOND)) {
            disk.fails = step -> step.startsWith(failing);
            assertThatThrownBy(() -> upkeep.round(true)).as(failing).isInstanceOf(IOException.class);
            assertThat(disk.list()).as(failing).contains(FIRST).doesNotContain(SECOND, SECOND + ".tmp");
        }
        disk.fails = step -> step.startsWith("force " + SECOND) || step.startsWith("delete " + SECOND);
        assertThatThrownBy(() -> upkeep.round(true)).isInstanceOf(IOException.class);
        disk.fails = step -> step.startsWith("delete " + SECOND);
        assertThatThrownBy(() -> upkeep.round(true))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        disk.fails = step -> false;
        upkeep.round(true);
        assertThat(Recovery.manifest(disk)
                        .orElseThrow()
                        .checkpoint()
                        .orElseThrow()
                        .file())
                .isEqualTo(SECOND);
        Jobs.insert(store, Jobs.job("1"));
    }

    @Test
    @DisplayName("a checkpoint of several chunks is the state at one moment, while calls go on")
    void manyChunks() throws IOException {
        List<JobId> all = new ArrayList<>(ids);
        // More than the writer captures before somebody takes it.
        all.addAll(Jobs.insertMany(store, 25_000, 10));
        disk.fails = step -> {
            if (step.startsWith("create checkpoint")) {
                Jobs.claim(store, 100);
            }
            return false;
        };
        store.upkeepNow();
        disk.fails = step -> false;
        assertThat(disk.steps())
                .filteredOn(step -> step.startsWith("write checkpoint"))
                .hasSizeGreaterThan(10);
        String dump = store.dump();
        store.close();
        assertThat(Inspection.dump(disk, true)).isEqualTo(dump);
        try (DirectoryStore again = DirectoryStore.open(disk, settings())) {
            assertThat(again.find(all, Set.of())).allMatch(Optional::isPresent);
        }
    }

    @Test
    @DisplayName("a store that breaks meanwhile makes no checkpoint, and its upkeep ends")
    void brokenMeanwhile() throws IOException {
        // More than the writer captures before somebody takes it.
        Jobs.insertMany(store, 25_000, 10);
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), true);
        disk.fails = step -> {
            if (step.startsWith("create checkpoint")) {
                breakDown();
            }
            return false;
        };
        upkeep.round(true);
        assertThat(disk.list()).noneMatch(name -> name.startsWith("checkpoint"));
        assertThat(Recovery.manifest(disk).orElseThrow().checkpoint()).isEmpty();
    }

    @Test
    @DisplayName("an upkeep that is closed while the writer has no time for it makes no checkpoint")
    void closedMeanwhile() throws Exception {
        Jobs.insertMany(store, 25_000, 10);
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), true);
        Semaphore busy = new Semaphore(0);
        Semaphore free = new Semaphore(0);
        Thread caller = new Thread(() -> Look.ask(engine.writer, core -> {
            busy.release();
            free.acquireUninterruptibly();
            return "done";
        }));
        disk.fails = step -> {
            if (step.startsWith("create checkpoint")) {
                caller.start();
                busy.acquireUninterruptibly();
                upkeep.close();
            } else if (step.startsWith("delete checkpoint") && disk.list().contains(FIRST + ".tmp")) {
                free.release();
            }
            return false;
        };
        upkeep.round(true);
        caller.join();
        assertThat(disk.list()).noneMatch(name -> name.startsWith("checkpoint"));
    }

    @Test
    @DisplayName(
            "a round that is interrupted says so, keeps the interrupt and leaves nothing behind; the next thread can go on")
    void interrupted() throws Exception {
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), true);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> upkeep.round(true))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(disk.list()).noneMatch(name -> name.startsWith("checkpoint"));
        FutureTask<Boolean> other = new FutureTask<>(() -> {
            upkeep.round(true);
            return true;
        });
        new Thread(other).start();
        assertThat(other.get()).isTrue();
        assertThat(disk.list()).contains(FIRST);
    }

    @Test
    @DisplayName("a checkpoint begins between two groups: what is written but not durable yet is not in it")
    void betweenTwoGroups() throws Exception {
        Semaphore busy = new Semaphore(0);
        Semaphore free = new Semaphore(0);
        Thread round = Thread.currentThread();
        List<Thread> callers = List.of(
                new Thread(() -> Look.ask(engine.writer, core -> {
                    busy.release();
                    free.acquireUninterruptibly();
                    return "done";
                })),
                new Thread(() -> Jobs.insert(store, Jobs.job("1"))),
                new Thread(() -> {
                    untilItWaits(round);
                    free.release();
                }));
        AtomicInteger asked = new AtomicInteger();
        whenAsked = () -> {
            // The last thing before the checkpoint begins.
            if (asked.incrementAndGet() == 2) {
                callers.get(0).start();
                busy.acquireUninterruptibly();
                callers.get(1).start();
                untilItWaits(callers.get(1));
                callers.get(2).start();
            }
        };
        upkeep(new Upkeep.Last(0, 0, 0, 0), true).round(true);
        for (Thread caller : callers) {
            caller.join();
        }
        String dump = store.dump();
        store.close();
        assertThat(Inspection.dump(disk, true)).isEqualTo(dump);
    }

    private static void untilItWaits(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName(
            "in the background a round is made when the journal has grown, again after a failure, until the store is broken")
    void background() throws Exception {
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), true);
        Semaphore failures = new Semaphore(0);
        Semaphore made = new Semaphore(0);
        AtomicReference<Thread> thread = new AtomicReference<>();
        disk.fails = step -> {
            if (step.startsWith("force checkpoint") && failures.availablePermits() == 0) {
                failures.release();
                return true;
            }
            if (step.startsWith("rename checkpoint")) {
                thread.set(Thread.currentThread());
                made.release();
            }
            return false;
        };
        upkeep.start();
        written.set(MINIMUM + 1);
        upkeep.wake();
        failures.acquire();
        failures.release();
        written.incrementAndGet();
        upkeep.wake();
        made.acquire();
        assertThat(thread.get().isDaemon()).isTrue();
        breakDown();
        written.addAndGet(MINIMUM + 1);
        upkeep.wake();
        thread.get().join();
        upkeep.close();
    }

    @Test
    @DisplayName("close waits for the round that is under way")
    void closeWaits() throws Exception {
        Upkeep upkeep = upkeep(new Upkeep.Last(0, 0, 0, 0), true);
        Semaphore making = new Semaphore(0);
        AtomicReference<Thread> thread = new AtomicReference<>();
        Thread closer = new Thread(upkeep::close);
        disk.fails = step -> {
            if (step.startsWith("create checkpoint")) {
                thread.set(Thread.currentThread());
                making.release();
                // Until it waits, or has not waited.
                while (closer.getState() != Thread.State.WAITING && closer.getState() != Thread.State.TERMINATED) {
                    Thread.onSpinWait();
                }
            }
            return false;
        };
        written.set(MINIMUM + 1);
        upkeep.start();
        upkeep.wake();
        making.acquire();
        closer.start();
        closer.join();
        assertThat(thread.get().isAlive()).isFalse();
    }

    private void breakDown() {
        Operation failing = new Operation() {
            @Override
            long bound(Core core) {
                throw new StackOverflowError("on purpose");
            }

            @Override
            void execute(Core core) {}
        };
        assertThatThrownBy(() -> engine.writer.call(failing)).isInstanceOf(JobQueueException.StoreUnavailable.class);
    }
}
