package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What it asks of the disk, in which order, and what becomes of it when a step fails. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SegmentSupplyStepsTest {
    private static final int MIB = 1 << 20;
    private static final long RESERVE = 5 << 19;

    private final StepDisk disk = new StepDisk();
    private final ManifestKeeper manifest = new ManifestKeeper(disk, Manifest.EMPTY.withOpen(1));
    private final Semaphore outcomes = new Semaphore(0);

    private SegmentSupply supply(long reserve, int nextId, @Nullable SegmentFile spare) {
        return supply(reserve, reserve, nextId, spare);
    }

    private SegmentSupply supply(long reserve, long whole, int nextId, @Nullable SegmentFile spare) {
        return new SegmentSupply(disk, manifest, reserve, whole, nextId, spare, outcomes::release);
    }

    private SegmentFile segment(int id) throws IOException {
        return new SegmentFile(id, disk.create(SegmentFile.name(id)), 100);
    }

    private static String name(int id) {
        return SegmentFile.name(id);
    }

    /** Without those that write a manifest. */
    private List<String> steps() {
        return disk.steps().stream().filter(step -> !step.contains("MANIFEST")).toList();
    }

    /** Seals another one and asks for a spare, which is made when all that was to be sealed before has been tried. */
    private void settle(SegmentSupply supply, int id) throws Exception {
        supply.seal(segment(id), 1);
        supply.take();
        outcomes.acquire();
    }

    @Test
    @DisplayName("a spare is zeros, forced with its name before the manifest names it; then whoever waits is told")
    void makesASpare() throws Exception {
        try (SegmentSupply supply = supply(RESERVE, 7, null)) {
            assertThat(supply.ready()).isFalse();
            assertThatThrownBy(supply::take).isInstanceOf(IllegalStateException.class);
            supply.start();
            outcomes.acquire();
            assertThat(supply.ready()).isTrue();
            assertThat(supply.failure()).isNull();
            assertThat(disk.steps())
                    .startsWith(
                            "create " + name(7),
                            "write " + name(7) + " 0+1048576",
                            "write " + name(7) + " 1048576+1048576",
                            "write " + name(7) + " 2097152+524288",
                            "force " + name(7),
                            "force directory",
                            "delete MANIFEST.tmp");
            assertThat(disk.bytes(name(7))).hasSize((int) RESERVE).containsOnly(0);
            assertThat(manifest.current()).isEqualTo(Manifest.EMPTY.withOpen(1).withOpen(7));

            SegmentFile taken = supply.take();
            assertThat(taken.id()).isEqualTo(7);
            assertThat(taken.size()).isEqualTo(RESERVE);
            outcomes.acquire();
            assertThat(supply.take().id()).as("the next one").isEqualTo(8);
            outcomes.acquire();
            disk.steps();
        }
        assertThat(disk.steps()).as("the spare that nobody took").containsExactly("close " + name(9));
    }

    @Test
    @DisplayName("a spare of one chunk is written at once; one that is there already is used")
    void usesTheSpareThatIsThere() throws Exception {
        SegmentFile there = segment(6);
        try (SegmentSupply supply = supply(1 << 20, 7, there)) {
            supply.start();
            supply.request();
            disk.steps();
            assertThat(supply.take()).isSameAs(there);
            outcomes.acquire();
            assertThat(steps()).startsWith("create " + name(7), "write " + name(7) + " 0+1048576", "force " + name(7));
        }
    }

    @Test
    @DisplayName(
            "the first spare is the reserve; when it is used, the next ones are zeros to their end, forced step by step")
    void makesWholeSpares() throws Exception {
        try (SegmentSupply supply = supply(10, 2 * MIB, 7, null)) {
            supply.start();
            outcomes.acquire();
            disk.steps();
            assertThat(supply.take().size()).isEqualTo(10);
            outcomes.acquire();
            assertThat(steps())
                    .startsWith(
                            "create " + name(8),
                            "write " + name(8) + " 0+10",
                            "force " + name(8),
                            "force directory",
                            "write " + name(8) + " 10+1048576",
                            "force " + name(8),
                            "write " + name(8) + " 1048586+1048566",
                            "force " + name(8));
            assertThat(disk.bytes(name(8))).hasSize(2 * MIB).containsOnly(0);
            assertThat(supply.take().size()).isEqualTo(2 * MIB);
            outcomes.acquire();
        }
    }

    @Test
    @DisplayName(
            "DUR-2: a spare for which there is no more room stays the reserve, and gives back what it has got beyond")
    void staysShort() throws Exception {
        staysShort(step -> step.startsWith("write " + name(8) + " 1048586+"));
    }

    @Test
    @DisplayName("DUR-2: so does one whose zeros cannot be forced")
    void staysShortWithoutForce() throws Exception {
        AtomicInteger forces = new AtomicInteger();
        // The reserve is forced first.
        staysShort(step -> step.equals("force " + name(8)) && forces.incrementAndGet() == 3);
    }

    private void staysShort(Predicate<String> fails) throws Exception {
        disk.fails = fails;
        try (SegmentSupply supply = supply(10, 2 * MIB, 8, segment(7))) {
            supply.start();
            supply.take();
            outcomes.acquire();
            assertThat(supply.failure()).isNull();
            assertThat(disk.bytes(name(8))).hasSize(10);
            assertThat(steps()).contains("truncate " + name(8) + " to 10");
            assertThat(supply.take().size()).isEqualTo(10);
            outcomes.acquire();
        }
    }

    @Test
    @DisplayName("who waits for a spare gets it short")
    void hurries() throws Exception {
        AtomicReference<@Nullable SegmentSupply> asked = new AtomicReference<>();
        disk.fails = step -> {
            SegmentSupply supply = asked.get();
            if (supply != null && step.startsWith("write " + name(8) + " 10+")) {
                supply.request();
            }
            return false;
        };
        try (SegmentSupply supply = supply(10, 3 * MIB, 8, segment(7))) {
            asked.set(supply);
            supply.start();
            supply.take();
            outcomes.acquire();
            assertThat(supply.take().size()).isEqualTo(10 + MIB);
            outcomes.acquire();
        }
    }

    @Test
    @DisplayName("a full segment is cut behind its last record and closed when the manifest says where it ends")
    void seals() throws Exception {
        try (SegmentSupply supply = supply(10, 3, segment(2))) {
            SegmentFile full = segment(1);
            supply.start();
            disk.steps();
            supply.seal(full, 77);
            supply.take();
            outcomes.acquire();
            assertThat(manifest.current().segments().get(0)).isEqualTo(new Manifest.Segment(1, OptionalLong.of(77)));
            assertThat(disk.steps())
                    .containsSubsequence(
                            "rename MANIFEST.tmp to MANIFEST",
                            "force directory",
                            "truncate " + name(1) + " to 77",
                            "close " + name(1),
                            "create " + name(3));
        }
    }

    @Test
    @DisplayName("a seal that fails is tried again when there is other work, and no later one overtakes it")
    void sealsInOrder() throws Exception {
        SegmentFile first = segment(1);
        SegmentFile second = segment(20);
        try (SegmentSupply supply = supply(10, 3, segment(2))) {
            supply.start();
            disk.fails = step -> step.startsWith("truncate " + name(1));
            supply.seal(first, 77);
            settle(supply, 10);
            assertThat(disk.steps())
                    .contains("truncate " + name(1) + " to 77")
                    .doesNotContain("truncate " + name(10) + " to 1", "close " + name(1));
            disk.fails = step -> false;
            supply.seal(second, 33);
            settle(supply, 11);
            assertThat(steps())
                    .containsSubsequence(
                            "truncate " + name(1) + " to 77",
                            "close " + name(1),
                            "truncate " + name(10) + " to 1",
                            "close " + name(10),
                            "truncate " + name(20) + " to 33",
                            "close " + name(20));
        }
    }

    @Test
    @DisplayName("what could not be sealed is closed with the supply, to be sealed at the next open")
    void closesWhatIsNotSealed() throws Exception {
        try (SegmentSupply supply = supply(10, 3, segment(2))) {
            supply.start();
            disk.fails = step -> step.startsWith("truncate");
            supply.seal(segment(1), 77);
            settle(supply, 10);
            disk.steps();
        }
        assertThat(disk.steps()).contains("close " + name(1), "close " + name(10), "close " + name(3));
    }

    @Test
    @DisplayName("DUR-2: a spare that could not be made is closed and removed")
    void removesHalfASpare() throws Exception {
        disk.fails = step -> step.startsWith("force " + name(7));
        try (SegmentSupply supply = supply(10, 7, null)) {
            supply.start();
            outcomes.acquire();
            assertThat(supply.ready()).isFalse();
            assertThat(supply.failure()).hasMessageContaining("no room for 10 more bytes in steps");
            assertThat(disk.steps())
                    .containsExactly(
                            "create " + name(7),
                            "write " + name(7) + " 0+10",
                            "force " + name(7),
                            "close " + name(7),
                            "delete " + name(7));
            disk.fails = step -> false;
            supply.request();
            assertThat(supply.failure()).isNull();
            outcomes.acquire();
            assertThat(supply.take().id()).isEqualTo(8);
        }
    }

    @Test
    @DisplayName("a spare that the manifest may name stays: the next open removes it or uses it")
    void keepsASpareThatTheManifestMayName() throws Exception {
        disk.fails = step -> step.startsWith("rename");
        try (SegmentSupply supply = supply(10, 7, null)) {
            supply.start();
            outcomes.acquire();
            assertThat(supply.ready()).isFalse();
            assertThat(supply.failure()).isNotNull();
            assertThat(disk.steps()).endsWith("close " + name(7));
            assertThat(disk.list()).contains(name(7));
        }
    }

    @Test
    @DisplayName(
            "close waits for the spare that is being made, and closes it; the thread does not keep a process alive")
    void closeWaits() throws Exception {
        AtomicReference<Thread> maker = new AtomicReference<>();
        Semaphore making = new Semaphore(0);
        SegmentSupply supply = supply(10, 7, null);
        List<Exception> problems = new ArrayList<>();
        Thread closer = new Thread(() -> {
            try {
                supply.close();
            } catch (IOException e) {
                problems.add(e);
            }
        });
        disk.fails = step -> {
            if (step.startsWith("create segment")) {
                maker.set(Thread.currentThread());
                making.release();
                // Until it waits, or has not waited.
                while (closer.getState() != Thread.State.WAITING && closer.getState() != Thread.State.TERMINATED) {
                    Thread.onSpinWait();
                }
            }
            return false;
        };
        supply.start();
        making.acquire();
        closer.start();
        closer.join();
        assertThat(problems).isEmpty();
        assertThat(disk.steps()).endsWith("close " + name(7));
        assertThat(maker.get().isDaemon()).isTrue();
        assertThat(maker.get().isAlive()).isFalse();
    }

    @Test
    @DisplayName("an interrupt does not end the wait for a thread, and is kept")
    void joinKeepsAnInterrupt() {
        Thread caller = Thread.currentThread();
        Thread other = new Thread(() -> {
            while (caller.isInterrupted()) {
                Thread.onSpinWait();
            }
        });
        caller.interrupt();
        other.start();
        SegmentSupply.joinUninterruptibly(other);
        assertThat(other.isAlive()).isFalse();
        assertThat(Thread.interrupted()).isTrue();
        SegmentSupply.joinUninterruptibly(other);
        assertThat(Thread.interrupted()).isFalse();
    }
}
