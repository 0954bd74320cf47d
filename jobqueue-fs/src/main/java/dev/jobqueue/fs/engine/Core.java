package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.journal.Journal;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.ChangeLog;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.StoreClock;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What operations work with in the writer thread: the state, the journal, and the steps that add an event and apply it. */
final class Core {
    final JobIndex index;
    final Transitions transitions;
    final ChangeLog changes;
    final Journal journal;
    final ReadGate gate = new ReadGate();
    private final StoreClock clock;
    private String lastWorker = "";
    private byte[] lastWorkerJson = {'"', '"'};
    private long lastStartRecord;
    private long lastStart;

    /** The wall clock at the start of the operation, in milliseconds. */
    long now;

    /** The monotonic clock at the start of the operation. */
    long nanos;

    private @Nullable Runnable postponed;

    Core(JobIndex index, Transitions transitions, ChangeLog changes, Journal journal, StoreClock clock) {
        this.index = index;
        this.transitions = transitions;
        this.changes = changes;
        this.journal = journal;
        this.clock = clock;
    }

    /** Reads the clocks and makes due jobs READY. */
    void tick() {
        now = clock.now().toEpochMilli();
        nanos = clock.nanoTime();
        transitions.promote(now);
    }

    /**
     * Puts off the last step of an operation, which has no choice and tells nobody anything, until the operation is answered or the next one runs. Until
     * then nothing looks at the index.
     */
    void postpone(Runnable step) {
        postponed = step;
    }

    /** Does what was put off. */
    void catchUp() {
        Runnable step = postponed;
        if (step != null) {
            postponed = null;
            step.run();
            changes.take();
        }
    }

    /** An attempt begins. */
    void start(Entry e, ClaimSlot slot) {
        long high = slot.token().value().getMostSignificantBits();
        long low = slot.token().value().getLeastSignificantBits();
        boolean follows = lastStartRecord == journal.sequence() && lastStart == now && lastWorker.equals(slot.worker());
        EventWriter.start(journal.out(), e, high, low, follows ? null : workerJson(slot.worker()), now);
        lastStartRecord = journal.sequence();
        lastStart = now;
        transitions.start(e, high, low, slot.worker(), now, nanos, nanos);
    }

    /** Names of workers come in runs. */
    private byte[] workerJson(String worker) {
        if (!worker.equals(lastWorker)) {
            lastWorkerJson = new Utf8Out(worker.length() + 16).string(worker).toBytes();
            lastWorker = worker;
        }
        return lastWorkerJson;
    }

    /**
     * The running attempt ends and the job goes on.
     *
     * @param waitMillis the wait until it may run again
     */
    void requeue(Entry e, Attempt.End how, long waitMillis, @Nullable JobError error) {
        long due = waitMillis > 0 ? now + waitMillis : OpenJob.NEVER;
        EventWriter.requeue(journal.out(), e, how, now, due, error == null ? null : EventWriter.error(error));
        transitions.requeue(e, how, now, due, error);
    }

    /** The job ends; what follows for dependents that required it is left to {@link #cascade}. */
    Ref end(
            Entry e,
            JobState state,
            Attempt.@Nullable End how,
            byte @Nullable [] error,
            @Nullable String reason,
            @Nullable RawJson result) {
        return end(e, state, how, error, reason, null, result);
    }

    private Ref end(
            Entry e,
            JobState state,
            Attempt.@Nullable End how,
            byte @Nullable [] error,
            @Nullable String reason,
            @Nullable Cause cause,
            @Nullable RawJson result) {
        int mark = journal.mark();
        EventWriter.end(journal.out(), e, state, now, how, error, reason, cause, result);
        Ref ref = journal.since(mark);
        transitions.end(e, state, now, how, cause, result == null ? -1 : result.size(), ref);
        return ref;
    }

    /** Fails this job if a required dependency of it has failed (DEP-3); at enqueue. */
    void failIfDoomed(Entry e) {
        Entry failed = e.edges().failedRequirement();
        if (failed != null) {
            end(e, JobState.FAILED, null, null, null, Cause.of(failed), null);
        }
    }

    /**
     * Fails all that required one of these jobs, directly or not. In enqueue order: a dependency is always older than its dependents, so each job is decided
     * when all that it depends on is.
     */
    void cascade(List<Entry> ended) {
        PriorityQueue<Entry> work = new PriorityQueue<>(Comparator.comparingLong(Entry::sequence));
        for (Entry e : ended) {
            addRequiring(e, work);
        }
        for (Entry e = work.poll(); e != null; e = work.poll()) {
            if (e.state() == JobState.BLOCKED) {
                failIfDoomed(e);
                addRequiring(e, work);
            }
        }
    }

    private void addRequiring(Entry ended, PriorityQueue<Entry> work) {
        if (ended.unsuccessful() && index.hasDependents(ended)) {
            index.dependents(ended, Long.MIN_VALUE, d -> {
                if (d.state() == JobState.BLOCKED && d.edges().requires(ended)) {
                    work.add(d);
                }
                return true;
            });
        }
    }

    /** The jobs that fail if this one does. */
    Set<Entry> doomedBy(Entry root) {
        if (!index.hasDependents(root)) {
            return Set.of();
        }
        Set<Entry> doomed = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Entry> work = new ArrayDeque<>(List.of(root));
        for (Entry e = work.poll(); e != null; e = work.poll()) {
            Entry failing = e;
            index.dependents(e, Long.MIN_VALUE, d -> {
                if (d.state() == JobState.BLOCKED && d.edges().requires(failing) && doomed.add(d)) {
                    work.add(d);
                }
                return true;
            });
        }
        return doomed;
    }

    /** The most bytes of events if this job and all that it dooms fail, without its own error, reason and result. */
    long endBound(Entry e) {
        long bound = endBoundAlone(e);
        for (Entry d : doomedBy(e)) {
            bound += endBoundAlone(d) + EventWriter.CAUSE;
        }
        return bound;
    }

    /** The most bytes of the event if this job ends, without its own error, reason and result. */
    static long endBoundAlone(Entry e) {
        if (e.finished()) {
            return 0;
        }
        return EventWriter.bound(e.open());
    }
}
