package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.journal.Journal;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.SegmentSupply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that decides, writes and forces.
 *
 * <p>All operations that have arrived while it forced a group make the next one: they run one after the other in memory, their events become one record, and
 * after one write and one force they are answered. An operation that only reads is answered with its group, so whatever it has seen is durable.
 */
final class Writer {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    /** A group is closed when it is larger than this. */
    private static final int GROUP_BYTES = 4 << 20;

    /** How long a group is held open for callers of the group before. */
    private static final long GATHER_NANOS = 80_000;

    /** The longest slice of work in the background, and the part of the time of a group that it may take when there are calls. */
    private static final long SLICE_NANOS = 500_000;

    private static final int SLICE_PART = 4;

    /** Each time so much has been written, or less if checkpoints are small, the background is told. */
    private static final long SIGNAL_BYTES = 8 << 20;

    private final Core core;
    private final Journal journal;
    private final SegmentSupply supply;
    private final Disk disk;
    private final long reserve;
    private final Thread thread;
    private final Runnable onGrowth;
    private final long signalBytes;
    private long nextSignal;
    private int lastGroup;

    /** The newest operation; each knows the next older one. */
    private final AtomicReference<@Nullable Operation> queue = new AtomicReference<>();

    private volatile boolean idle;
    private volatile boolean outcome;
    private volatile boolean closed;
    private volatile boolean ended;

    /** Work in the background that is done in slices when there is time for it. */
    private volatile @Nullable Slices slices;

    private final List<Operation> group = new ArrayList<>();
    private final List<Operation> deferred = new ArrayList<>();
    private JobQueueException.@Nullable StoreUnavailable broken;

    /** Work that the writer does bit by bit between groups. */
    interface Slices {
        /**
         * Works for about so long, or until there is other work.
         *
         * @return whether there is more to do now
         */
        boolean slice(long nanos, BooleanSupplier otherWork);
    }

    Writer(Core core, SegmentSupply supply, Disk disk, Settings settings, Runnable onGrowth) {
        this.core = core;
        this.journal = core.journal;
        this.supply = supply;
        this.disk = disk;
        this.onGrowth = onGrowth;
        reserve = settings.reserve();
        signalBytes = Math.min(SIGNAL_BYTES, settings.checkpointBytes());
        nextSignal = signalBytes;
        this.thread = new Thread(this::run, "jobqueue-fs-writer");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Runs an operation; returns when its group is durable. */
    void call(Operation operation) {
        submit(operation);
        operation.await();
    }

    private void submit(Operation operation) {
        Operation head;
        do {
            if (closed) {
                throw new JobQueueException.Closed();
            }
            head = queue.get();
            operation.next = head;
        } while (!queue.compareAndSet(head, operation));
        if (idle) {
            LockSupport.unpark(thread);
        }
        if (ended) {
            refuseAll();
        }
    }

    private void refuseAll() {
        for (Operation o = queue.getAndSet(null); o != null; ) {
            Operation older = o.next;
            answer(o, new JobQueueException.Closed());
            o = older;
        }
    }

    /** Called when a spare segment was made or could not be made. */
    void onOutcome() {
        outcome = true;
        LockSupport.unpark(thread);
    }

    /** Does this between groups until it says that it is done. */
    void slices(@Nullable Slices work) {
        slices = work;
        LockSupport.unpark(thread);
    }

    /** The work may go on. */
    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        try {
            loop();
        } catch (RuntimeException | Error e) {
            breakDown("an internal error: " + e, e);
            loop();
        }
    }

    private void loop() {
        while (true) {
            boolean progress = false;
            long start = System.nanoTime();
            if (outcome) {
                outcome = false;
                List<Operation> again = List.copyOf(deferred);
                deferred.clear();
                again.forEach(this::run);
                progress = true;
            }
            if (takeAll()) {
                progress = true;
                gather(start);
            }
            flush(RecordHeader.JOURNAL);
            Slices work = slices;
            if (work != null && broken == null) {
                long spent = System.nanoTime() - start;
                progress |= progress
                        ? work.slice(Math.min(SLICE_NANOS, spent / SLICE_PART), () -> false)
                        : work.slice(SLICE_NANOS, () -> queue.get() != null);
            }
            if (!progress && !park()) {
                return;
            }
        }
    }

    /** Runs all operations that have arrived; false if there are none. */
    private boolean takeAll() {
        Operation newest = queue.getAndSet(null);
        if (newest == null) {
            return false;
        }
        for (Operation o = reverse(newest); o != null; ) {
            Operation next = o.next;
            o.next = null;
            run(o);
            o = next;
        }
        return true;
    }

    /**
     * Gives callers of the last group, who have just been answered, a moment to come with their next call: a force costs far more than this wait. A caller
     * who is alone never waits.
     */
    @SuppressWarnings("ThreadPriorityCheck") // the yield only helps: what is right does not depend on it
    private void gather(long start) {
        while (group.size() < lastGroup && System.nanoTime() - start < GATHER_NANOS) {
            Thread.yield();
            takeAll();
        }
    }

    /** Waits for work; false if there will be none any more. */
    private boolean park() {
        idle = true;
        try {
            if (queue.get() == null && !outcome) {
                if (closed) {
                    deferred.forEach(o -> answer(o, new JobQueueException.Closed()));
                    deferred.clear();
                    return false;
                }
                LockSupport.park(this);
            }
        } finally {
            idle = false;
        }
        return true;
    }

    private static Operation reverse(Operation newest) {
        Operation oldest = null;
        for (Operation o = newest; o != null; ) {
            Operation older = o.next;
            o.next = oldest;
            oldest = o;
            o = older;
        }
        return oldest == null ? newest : oldest;
    }

    private void run(Operation o) {
        catchUp();
        if (broken != null) {
            answer(o, copy(broken));
            return;
        }
        try {
            if (o.alone()) {
                flush(RecordHeader.JOURNAL);
            }
            core.tick();
            long bound = o.bound(core);
            if (bound > 0 && !makeRoom(o, bound)) {
                return;
            }
            if (broken != null) {
                answer(o, copy(broken));
                return;
            }
            int before = journal.mark();
            group.add(o);
            try {
                o.execute(core);
            } catch (RuntimeException | Error e) {
                o.fail(e instanceof RuntimeException r ? r : new IllegalStateException(e));
                if (journal.mark() != before) {
                    throw e;
                }
            }
            assert journal.mark() - before <= bound : "a bound was too small: " + bound;
            o.wrote = journal.mark() != before;
            if (journal.mark() > GROUP_BYTES || o.alone()) {
                flush(o.kind());
            }
        } catch (RuntimeException | Error e) {
            boolean begun = group.contains(o);
            if (!begun && e instanceof RuntimeException refusal) {
                answer(o, refusal);
                return;
            }
            // Events without their operation, or no memory: the state is of no use any more.
            JobQueueException.StoreUnavailable unavailable = breakDown("an internal error: " + e, e);
            if (!begun) {
                answer(o, copy(unavailable));
            }
        }
    }

    /**
     * Sees to it that the disk has room for so many bytes, and that a reserve is left if the operation can wait for better times (DUR-2).
     *
     * @return false if the operation must wait, or was refused
     */
    private boolean makeRoom(Operation o, long bound) {
        if (!Journal.possible(bound)) {
            answer(o, new IllegalArgumentException("one call may bring up to 2 GiB of args and results: split it"));
            return false;
        }
        return journal.fits(bound) ? allocate(o, bound) : makeRoomInNext(o, bound);
    }

    private boolean makeRoomInNext(Operation o, long bound) {
        flush(RecordHeader.JOURNAL);
        return journal.fits(bound) ? allocate(o, bound) : roll(o, bound);
    }

    /** Goes on in the spare, unless the last flush has failed: then the operation is answered with that. */
    private boolean roll(Operation o, long bound) {
        if (broken != null) {
            return true;
        }
        if (!supply.ready()) {
            return defer(o);
        }
        journal.roll();
        return allocate(o, bound);
    }

    private boolean allocate(Operation o, long bound) {
        try {
            journal.allocate(bound, o.grows() && !supply.ready() ? reserve : 0);
            return true;
        } catch (IOException e) {
            if (!o.grows() && !journal.empty()) {
                return useReserve(o, bound);
            }
            IOException full = SegmentSupply.full(disk, bound, e);
            answer(o, new JobQueueException.StoreUnavailable(String.valueOf(full.getMessage()), full));
            return false;
        }
    }

    /** The disk is full; the spare is the reserve. */
    private boolean useReserve(Operation o, long bound) {
        flush(RecordHeader.JOURNAL);
        return roll(o, bound);
    }

    /** Until the next spare is there; refuses the operation if none could be made since it was deferred. */
    private boolean defer(Operation o) {
        IOException failure = supply.failure();
        if (o.deferred && failure != null) {
            answer(o, new JobQueueException.StoreUnavailable(String.valueOf(failure.getMessage()), failure));
        } else {
            o.deferred = true;
            deferred.add(o);
            supply.request();
            if (supply.ready()) {
                // It was made in between; nobody will tell again.
                outcome = true;
            }
        }
        return false;
    }

    /** Writes and forces the group, then answers it. */
    private void flush(char kind) {
        if (journal.pending() && broken == null) {
            try {
                journal.commit(kind);
            } catch (IOException e) {
                breakDown("a write or force of the journal failed: " + e.getMessage(), e);
            }
        }
        if (!group.isEmpty()) {
            lastGroup = group.size();
        }
        for (Operation o : group) {
            o.complete();
        }
        group.clear();
        catchUp();
        if (journal.bytesWritten() >= nextSignal) {
            nextSignal = journal.bytesWritten() + signalBytes;
            onGrowth.run();
        }
    }

    private void catchUp() {
        try {
            core.catchUp();
        } catch (RuntimeException | Error e) {
            breakDown("an internal error: " + e, e);
        }
    }

    /** Nothing of this group is acknowledged, and nothing is done any more. Returns what all later calls are told. */
    private JobQueueException.StoreUnavailable breakDown(String why, Throwable cause) {
        String where = "the queue in " + disk.path() + " must be opened again after " + why;
        JobQueueException.StoreUnavailable told = broken;
        if (told == null) {
            LOG.error("{}", where, cause);
            told = new JobQueueException.StoreUnavailable(where, cause);
            broken = told;
        }
        for (Operation o : group) {
            o.fail(o.wrote ? new JobQueueException.OutcomeUnknown(where, cause) : copy(told));
            o.complete();
        }
        group.clear();
        for (Operation o : deferred) {
            answer(o, copy(told));
        }
        deferred.clear();
        return told;
    }

    private static JobQueueException.StoreUnavailable copy(JobQueueException.StoreUnavailable e) {
        return new JobQueueException.StoreUnavailable(String.valueOf(e.getMessage()), e.getCause());
    }

    private static void answer(Operation o, RuntimeException problem) {
        o.fail(problem);
        o.complete();
    }

    /** Whether the store can do nothing any more; for the background. */
    boolean isBroken() {
        return broken != null;
    }

    /** Refuses further calls, finishes those that are in the queue, and ends the thread. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
        SegmentSupply.joinUninterruptibly(thread);
        // Whoever was about to submit a call sees this after he has.
        ended = true;
        refuseAll();
    }
}
