package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.journal.Journal;
import dev.jobqueue.fs.journal.LogCursor;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.SegmentSupply;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of calls: which make one record, what they are told when the disk is full or fails, and at the end. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WriterTest {
    private static final int SEGMENT = 8_000;
    private static final int RESERVE = SEGMENT / 8;
    private static final int SIGNAL = 1_000;
    private static final String FORCE = "force " + SegmentFile.name(1);

    private final StepDisk disk = new StepDisk();
    private final AtomicInteger growths = new AtomicInteger();
    private volatile boolean growthFails;
    private final Semaphore outcomes = new Semaphore(0);
    private final SegmentSupply supply;
    private final Writer writer;
    private volatile @Nullable Writer told;

    WriterTest() throws IOException {
        StoreClock clock = StoreClock.system();
        Settings settings = new Settings(clock, SEGMENT, 0, SIGNAL, false, false);
        Recovery recovery = Recovery.read(disk, clock, Manifest.EMPTY, true);
        SegmentFile first = SegmentSupply.make(disk, 1, RESERVE, ByteBuffer.allocate(RESERVE));
        ManifestKeeper manifest = new ManifestKeeper(disk, Manifest.EMPTY.withOpen(1));
        supply = new SegmentSupply(disk, manifest, settings.reserve(), SEGMENT, 2, null, this::onOutcome);
        Journal journal = new Journal(supply, SEGMENT, first, 0, 1, 0);
        Core core = new Core(recovery.index, recovery.transitions, recovery.changes, journal, clock);
        writer = new Writer(core, supply, disk, settings, this::onGrowth);
        told = writer;
        writer.start();
    }

    private void onGrowth() {
        growths.incrementAndGet();
        if (growthFails) {
            throw new IllegalStateException("on purpose");
        }
    }

    private void onOutcome() {
        Writer w = told;
        if (w != null) {
            w.onOutcome();
        }
        outcomes.release();
    }

    /** Not in the constructor: a test may want no spare, or no room for one. */
    private void startSupply() {
        supply.start();
        outcomes.acquireUninterruptibly();
        disk.steps();
    }

    @AfterEach
    void close() throws IOException {
        writer.close();
        supply.close();
    }

    /** Writes so many bytes; none if it only looks. */
    private static class Write extends Operation {
        private final int length;
        private final boolean grows;

        Write(int length, boolean grows) {
            this.length = length;
            this.grows = grows;
        }

        @Override
        boolean grows() {
            return grows;
        }

        @Override
        long bound(Core core) {
            return length;
        }

        @Override
        void execute(Core core) {
            core.journal.out().raw(new byte[length]);
        }
    }

    /** Writes and does something more. */
    private static final class Step extends Write {
        private final Consumer<Core> more;

        Step(Consumer<Core> more) {
            super(10, true);
            this.more = more;
        }

        @Override
        void execute(Core core) {
            super.execute(core);
            more.accept(core);
        }
    }

    /** Writes so many bytes and fails. */
    private static final class Failing extends Write {
        private final Throwable problem;

        Failing(int length, Throwable problem) {
            super(length, true);
            this.problem = problem;
        }

        @Override
        void execute(Core core) {
            super.execute(core);
            if (problem instanceof Error e) {
                throw e;
            }
            throw (RuntimeException) problem;
        }
    }

    private static final class Alone extends Write {
        Alone(int length) {
            super(length, false);
        }

        @Override
        boolean alone() {
            return true;
        }

        @Override
        char kind() {
            return RecordHeader.KEPT;
        }
    }

    /** The background is told after the caller: an answer to a later call shows that it was. */
    private void writeAndAsk(int length) {
        write(length);
        Look.ask(writer, core -> "");
    }

    /** Makes a call in a thread of its own; it is in the queue of the writer, or answered, when this has been made. */
    private final class Caller {
        private final Thread thread;
        private volatile @Nullable Throwable problem;

        Caller(Supplier<Operation> operation) {
            thread = new Thread(() -> {
                try {
                    writer.call(operation.get());
                } catch (RuntimeException e) {
                    problem = e;
                }
            });
            thread.start();
            while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }

        /** What it is told. */
        @Nullable
        Throwable problem() throws InterruptedException {
            thread.join();
            return problem;
        }
    }

    private void write(int length) {
        writer.call(new Write(length, true));
    }

    /** What each of these calls is told; they arrive in this order while the writer is busy, so they are run one after the other. */
    private List<@Nullable Throwable> together(List<Supplier<Operation>> operations) throws InterruptedException {
        Semaphore busy = new Semaphore(0);
        Semaphore free = new Semaphore(0);
        Thread looks = new Thread(() -> Look.ask(writer, core -> {
            busy.release();
            free.acquireUninterruptibly();
            return "done";
        }));
        looks.start();
        busy.acquire();
        List<Caller> later = new ArrayList<>();
        for (Supplier<Operation> operation : operations) {
            later.add(new Caller(operation));
        }
        free.release();
        looks.join();
        List<@Nullable Throwable> problems = new ArrayList<>();
        for (Caller caller : later) {
            problems.add(caller.problem());
        }
        return problems;
    }

    /** A call that has had its turn, and waits. */
    private Caller waiting(int length) {
        Caller caller = new Caller(() -> new Write(length, true));
        Look.ask(writer, core -> "");
        return caller;
    }

    private long forces() {
        return disk.steps().stream().filter(FORCE::equals).count();
    }

    private String kinds(int segment) throws IOException {
        StringBuilder kinds = new StringBuilder();
        try (LogCursor cursor = LogCursor.sealed(disk, segment, -1)) {
            for (LogCursor.Found r = cursor.next(); r != null; r = cursor.next()) {
                kinds.append(r.header().kind());
            }
        }
        return kinds.toString();
    }

    /** From now on no file of a segment grows. */
    private void fill() {
        disk.fails = step -> step.startsWith("create segment") || disk.grows(step);
    }

    @Test
    @DisplayName("calls that arrive while the writer is busy make one record and one force; a look alone makes none")
    void group() throws Exception {
        startSupply();
        write(10);
        assertThat(forces()).isEqualTo(1);
        assertThat(together(List.of(() -> new Write(10, true), () -> new Write(10, true), () -> new Write(10, false))))
                .containsOnlyNulls();
        assertThat(forces()).isEqualTo(1);
        assertThat(kinds(1)).isEqualTo("JJ");
        assertThat(Look.<Boolean>ask(writer, core -> Thread.currentThread().isDaemon()))
                .isTrue();
        assertThat(forces()).isZero();
    }

    @Test
    @DisplayName("a call that makes a record of its own ends the group before, and shares with none behind")
    void alone() throws Exception {
        startSupply();
        assertThat(together(List.of(() -> new Write(10, true), () -> new Alone(10), () -> new Write(10, true))))
                .containsOnlyNulls();
        assertThat(kinds(1)).isEqualTo("JKJ");
        assertThat(forces()).isEqualTo(3);
    }

    @Test
    @DisplayName("the background is told each time when so much more has been written")
    void growth() {
        startSupply();
        writeAndAsk(10);
        assertThat(growths).hasValue(0);
        writeAndAsk(SIGNAL - 2 * RecordHeader.LENGTH - 10);
        assertThat(growths).hasValue(1);
        writeAndAsk(SIGNAL - RecordHeader.LENGTH - 1);
        assertThat(growths).hasValue(1);
        writeAndAsk(1);
        assertThat(growths).hasValue(2);
    }

    @Test
    @DisplayName("a call of 2 GiB is refused, and others go on")
    void tooLarge() throws IOException {
        Operation huge = new Write(10, true) {
            @Override
            long bound(Core core) {
                return 2L << 30;
            }
        };
        assertThatThrownBy(() -> writer.call(huge))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("split it");
        write(10);
        assertThat(kinds(1)).isEqualTo("J");
    }

    @Test
    @DisplayName("a call that does not fit into the segment goes into the next one, and the full one is sealed")
    void rolls() throws Exception {
        startSupply();
        write(SEGMENT - 2 * RecordHeader.LENGTH - 100);
        write(100);
        assertThat(kinds(1)).isEqualTo("JJ");
        write(1);
        outcomes.acquire();
        assertThat(kinds(2)).isEqualTo("J");
        assertThat(disk.bytes(SegmentFile.name(1))).hasSize(SEGMENT);
    }

    @Test
    @DisplayName("a call waits for the next segment when there is none yet")
    void waitsForTheSpare() throws Exception {
        write(SEGMENT - RecordHeader.LENGTH);
        Caller caller = waiting(10);
        assertThat(caller.thread.isAlive()).isTrue();
        supply.start();
        assertThat(caller.problem()).isNull();
        outcomes.acquire(2);
        Look.ask(writer, core -> "");
        assertThat(kinds(2)).as("once, whatever spares are made later").isEqualTo("J");
    }

    @Test
    @DisplayName("a call that does not fit ends the group before, which stays in its segment")
    void groupEndsWithTheSegment() throws Exception {
        startSupply();
        assertThat(together(List.of(() -> new Write(10, true), () -> new Write(SEGMENT - RecordHeader.LENGTH, true))))
                .containsOnlyNulls();
        assertThat(kinds(1)).isEqualTo("J");
        assertThat(kinds(2)).isEqualTo("J");
    }

    @Test
    @DisplayName("DUR-1: if the group before cannot be forced, a call that needs the next segment is refused")
    void failedForceBeforeTheNextSegment() throws Exception {
        startSupply();
        disk.fails = FORCE::equals;
        List<@Nullable Throwable> problems =
                together(List.of(() -> new Write(10, true), () -> new Write(SEGMENT - RecordHeader.LENGTH, true)));
        assertThat(problems.get(0)).isInstanceOf(JobQueueException.OutcomeUnknown.class);
        assertThat(problems.get(1)).isInstanceOf(JobQueueException.StoreUnavailable.class);
        assertThat(supply.ready()).as("the spare is not used").isTrue();
    }

    @Test
    @DisplayName("DUR-1: who waits for the next segment is told when the store breaks down meanwhile")
    void brokenWhileOneWaits() throws Exception {
        write(SEGMENT - RecordHeader.LENGTH - 100);
        Caller caller = waiting(100);
        disk.fails = FORCE::equals;
        assertThatThrownBy(() -> writer.call(new Write(10, false)))
                .isInstanceOf(JobQueueException.OutcomeUnknown.class);
        assertThat(caller.problem())
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("must be opened again");
    }

    @Test
    @DisplayName("DUR-2: who waits for a segment that cannot be made is refused, with the reason")
    void noSpareCanBeMade() throws Exception {
        write(SEGMENT - RecordHeader.LENGTH);
        fill();
        Caller caller = waiting(10);
        supply.start();
        assertThat(caller.problem())
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("no room for " + RESERVE + " more bytes");
    }

    @Test
    @DisplayName(
            "a call that fails before its first effect is told why, also of an error; the others of its group go on")
    void failsBeforeItsEffect() throws Exception {
        startSupply();
        RuntimeException refusal = new IllegalArgumentException("on purpose");
        Error error = new StackOverflowError("on purpose");
        List<@Nullable Throwable> problems = together(List.of(
                () -> new Write(10, true),
                () -> new Failing(0, refusal),
                () -> new Failing(0, error),
                () -> new Write(10, true)));
        assertThat(problems.get(0)).isNull();
        assertThat(problems.get(1)).isSameAs(refusal);
        assertThat(problems.get(2)).isInstanceOf(IllegalStateException.class).hasCause(error);
        assertThat(problems.get(3)).isNull();
        assertThat(kinds(1)).isEqualTo("J");
    }

    @Test
    @DisplayName("DUR-1: after a call that fails behind its first effect nothing of its group counts")
    void failsAfterItsEffect() throws Exception {
        startSupply();
        List<@Nullable Throwable> problems = together(
                List.of(() -> new Write(10, true), () -> new Failing(10, new IllegalStateException("on purpose"))));
        assertThat(problems.get(0)).isInstanceOf(JobQueueException.OutcomeUnknown.class);
        assertThat(problems.get(1)).isInstanceOf(JobQueueException.class);
        assertThat(writer.isBroken()).isTrue();
        assertThat(kinds(1)).isEmpty();
    }

    @Test
    @DisplayName("DUR-1: after an error outside of any call all later ones are refused")
    void errorOutsideOfACall() {
        startSupply();
        growthFails = true;
        write(SIGNAL);
        assertThatThrownBy(() -> write(10))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("an internal error");
    }

    @Test
    @DisplayName("DUR-2: without room what asks for more is refused, the rest goes on in the spare until that is full")
    void fullDisk() throws Exception {
        startSupply();
        write(10);
        fill();
        assertThatThrownBy(() -> write(2 * RESERVE))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("no room for " + 2 * RESERVE);
        assertThat(kinds(1)).isEqualTo("J");
        writer.call(new Write(RESERVE - RecordHeader.LENGTH, false));
        outcomes.acquire();
        assertThat(kinds(2)).isEqualTo("J");
        assertThatThrownBy(() -> writer.call(new Write(10, false)))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("no room for " + RESERVE);
        assertThat(writer.isBroken()).isFalse();
        disk.fails = step -> false;
        write(10);
    }

    @Test
    @DisplayName("DUR-2: the group before stays in its segment when the rest goes on in the spare")
    void fullDiskWithAGroup() throws Exception {
        startSupply();
        fill();
        int rest = RESERVE - RecordHeader.LENGTH;
        assertThat(together(List.of(() -> new Write(rest, true), () -> new Write(rest, false))))
                .containsOnlyNulls();
        assertThat(kinds(1)).isEqualTo("J");
        assertThat(kinds(2)).isEqualTo("J");
    }

    @Test
    @DisplayName("DUR-2: what is larger than the spare is refused, and smaller calls go on there")
    void fullDiskAndALargeCall() throws Exception {
        startSupply();
        write(10);
        fill();
        assertThatThrownBy(() -> writer.call(new Write(2 * RESERVE, false)))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("no room for " + 2 * RESERVE);
        assertThat(kinds(2)).isEmpty();
        writer.call(new Write(10, false));
        assertThat(kinds(2)).isEqualTo("J");
    }

    @Test
    @DisplayName("DUR-2: while no spare is ready a reserve stays free behind a call that asks for more")
    void keepsTheReserve() throws Exception {
        write(10);
        int room = 2 * RESERVE - RecordHeader.LENGTH - 10 - RecordHeader.LENGTH;
        fill();
        assertThatThrownBy(() -> write(room - RESERVE + 1)).isInstanceOf(JobQueueException.StoreUnavailable.class);
        write(room - RESERVE);
    }

    @Test
    @DisplayName(
            "DUR-1: after a failed force who wrote does not know, who looked is refused, and so are all later calls")
    void failedForce() throws Exception {
        startSupply();
        disk.fails = FORCE::equals;
        List<@Nullable Throwable> problems = together(List.of(() -> new Write(10, true), () -> new Write(0, false)));
        assertThat(problems.get(0)).isInstanceOf(JobQueueException.OutcomeUnknown.class);
        assertThat(problems.get(1))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("a write or force of the journal failed: planned");
        disk.fails = step -> false;
        disk.steps();
        assertThatThrownBy(() -> write(10))
                .isInstanceOf(JobQueueException.StoreUnavailable.class)
                .hasMessageContaining("must be opened again");
        assertThat(writer.isBroken()).isTrue();
        assertThat(disk.steps()).isEmpty();
    }

    @Test
    @DisplayName("DUR-5: at close who waits for a segment is told that the store is closed, and so is who comes later")
    void closed() throws Exception {
        write(SEGMENT - RecordHeader.LENGTH);
        Caller caller = waiting(10);
        writer.close();
        assertThat(caller.problem()).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> write(10)).isInstanceOf(JobQueueException.Closed.class);
    }

    @Test
    @DisplayName(
            "work of the background is done until it says that there is no more, with calls and without, but not when broken")
    void slices() throws Exception {
        startSupply();
        AtomicInteger slices = new AtomicInteger();
        Semaphore done = new Semaphore(0);
        Writer.Slices work = (nanos, otherWork) -> {
            assertThat(nanos).isBetween(0L, 500_000L);
            boolean more = slices.incrementAndGet() < 3;
            if (!more) {
                done.release();
            }
            return more;
        };
        writer.slices(work);
        done.acquire();
        write(10);
        Look.ask(writer, core -> "");
        assertThat(slices).hasValueGreaterThan(3);
        disk.fails = FORCE::equals;
        assertThatThrownBy(() -> write(10)).isInstanceOf(JobQueueException.OutcomeUnknown.class);
        int before = slices.get();
        assertThatThrownBy(() -> Look.ask(writer, core -> "")).isInstanceOf(JobQueueException.StoreUnavailable.class);
        writer.close();
        assertThat(slices).hasValue(before);
    }

    @Test
    @DisplayName("work of the background hears of calls that wait when it has the writer for itself")
    void slicesGiveWay() throws Exception {
        startSupply();
        Semaphore answered = new Semaphore(0);
        AtomicBoolean asked = new AtomicBoolean();
        writer.slices((nanos, otherWork) -> {
            assertThat(otherWork.getAsBoolean()).isFalse();
            if (nanos == 500_000 && asked.compareAndSet(false, true)) {
                new Thread(() -> {
                            Look.ask(writer, core -> "");
                            answered.release();
                        })
                        .start();
                while (!otherWork.getAsBoolean()) {
                    Thread.onSpinWait();
                }
            }
            return false;
        });
        answered.acquire();
        Look.ask(writer, core -> "");
        assertThat(writer.isBroken()).isFalse();
    }

    @Test
    @DisplayName(
            "work of the background begins, and goes on when it is woken, although the writer has nothing else to do")
    void slicesOfAnIdleWriter() throws Exception {
        startSupply();
        Thread thread = Look.ask(writer, core -> Thread.currentThread());
        Semaphore slices = new Semaphore(0);
        awaitIdle(thread);
        writer.slices((nanos, otherWork) -> {
            slices.release();
            return false;
        });
        slices.acquire();
        awaitIdle(thread);
        slices.drainPermits();
        writer.wake();
        slices.acquire();
    }

    private static void awaitIdle(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("what a call has put off is done before the next one looks, also in one group")
    void catchesUp() throws Exception {
        startSupply();
        AtomicBoolean done = new AtomicBoolean();
        AtomicBoolean seen = new AtomicBoolean();
        assertThat(together(List.of(
                        () -> new Step(core -> core.postpone(() -> done.set(true))),
                        () -> new Step(core -> seen.set(done.get())))))
                .containsOnlyNulls();
        assertThat(seen).isTrue();
    }
}
