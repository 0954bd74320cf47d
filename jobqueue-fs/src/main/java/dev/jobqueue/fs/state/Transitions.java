package dev.jobqueue.fs.state;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.fs.journal.Ref;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What each event does to the index, live and in recovery alike. An event says what was decided; here follows only what has no choice: a dependent whose
 * last dependency ends becomes READY or SCHEDULED, a key becomes free, a dependency without dependents can be pruned.
 */
public final class Transitions {
    private final JobIndex index;
    private final ChangeLog changes;

    /** Sees each job before it is changed: a checkpoint captures it as it was. */
    private Consumer<Entry> beforeChange = e -> {};

    /** New jobs are marked with this: the checkpoint that is being captured need not have them. */
    private int epoch;

    public Transitions(JobIndex index, ChangeLog changes) {
        this.index = index;
        this.changes = changes;
    }

    /** From now on tells this consumer of each job that changes and is not marked with this epoch. */
    public void observe(int newEpoch, Consumer<Entry> observer) {
        epoch = newEpoch;
        beforeChange = observer;
    }

    private void touch(Entry e) {
        if (e.captured != epoch) {
            beforeChange.accept(e);
        }
    }

    /**
     * A new job. It is BLOCKED if a dependency is unfinished, or if a required one has failed: then the event that ends it follows.
     *
     * @param wait the least time until it may run, in milliseconds
     */
    public void insert(Entry e, long sequence, Edges edges, JobOptions options, long at, long wait, Ref definition) {
        e.captured = epoch;
        e.sequence = sequence;
        e.edges = edges;
        e.definition(definition);
        index.live.add(definition);
        OpenJob open = new OpenJob(options, at);
        e.open = open;
        open.due = at + wait;
        index.addJob(e);
        index.holdKey(e, options);
        boolean doomed = false;
        for (int i = 0; i < edges.size(); i++) {
            Entry target = edges.target(i);
            if (index.addDependent(target, e) && !target.finished()) {
                open.unfinished++;
            }
            doomed |= target.unsuccessful() && edges.required(i);
        }
        if (open.unfinished > 0 || doomed) {
            index.enter(e, JobState.BLOCKED);
        } else {
            unblock(e, open, at);
        }
    }

    private void unblock(Entry e, OpenJob open, long at) {
        open.unblocked = at;
        settle(e, open, at);
    }

    /** SCHEDULED if the due time is ahead, else READY. */
    private void settle(Entry e, OpenJob open, long at) {
        if (open.due > at) {
            open.scheduled = true;
            index.enter(e, JobState.SCHEDULED);
            changes.scheduled(e.pair);
        } else {
            open.ready = at;
            index.enter(e, JobState.READY);
            changes.ready(e.pair);
        }
    }

    /** Makes SCHEDULED jobs READY whose time has come (DEQ-14). This has no event: whoever reads the journal later can see it. */
    public void promote(long now) {
        for (Entry e = index.due.first(); e != null && e.open().due <= now; e = index.due.first()) {
            touch(e);
            promote(e);
        }
    }

    private void promote(Entry e) {
        index.leave(e);
        e.open().ready = e.open().due;
        index.enter(e, JobState.READY);
    }

    /** An attempt begins. */
    public void start(
            Entry e, long tokenHigh, long tokenLow, String worker, long at, long startedNanos, long heartbeatNanos) {
        touch(e);
        if (e.state() == JobState.SCHEDULED) {
            promote(e);
        }
        index.leave(e);
        index.replaceToken(e, tokenHigh, tokenLow);
        e.lastEnd(null);
        OpenJob open = e.open();
        open.attempts++;
        open.running = new Running(worker, at, startedNanos, heartbeatNanos);
        index.enter(e, JobState.RUNNING);
    }

    /** Progress of the running attempt. */
    public void progress(Entry e, Ref ref) {
        touch(e);
        Running running = e.open().running;
        if (running != null) {
            forgetProgress(running);
            running.progress = ref;
            index.live.add(ref);
        }
    }

    /** For repair: the progress of the running attempt cannot be read. */
    public void loseProgress(Entry e) {
        touch(e);
        Running running = e.open().running;
        if (running != null) {
            forgetProgress(running);
        }
    }

    private void forgetProgress(Running running) {
        Ref old = running.progress;
        if (old != null) {
            index.live.remove(old);
            running.progress = null;
        }
    }

    /**
     * The running attempt ended and the job goes on.
     *
     * @param due when it may run again, or {@link OpenJob#NEVER} for at once
     */
    public void requeue(Entry e, Attempt.End how, long at, long due, @Nullable JobError error) {
        touch(e);
        index.leave(e);
        OpenJob open = e.open();
        endAttempt(e, open, how, at, error);
        if (due != OpenJob.NEVER) {
            open.due = due;
            open.scheduled = true;
            index.enter(e, JobState.SCHEDULED);
            changes.scheduled(e.pair);
        } else {
            open.ready = at;
            index.enter(e, JobState.READY);
            changes.ready(e.pair);
        }
    }

    private void endAttempt(Entry e, OpenJob open, Attempt.End how, long at, @Nullable JobError error) {
        Running running = open.running;
        if (running == null) {
            throw new IllegalStateException("job " + e.id() + " does not run");
        }
        forgetProgress(running);
        open.ended(attempt(open.attempts, running, how, at, error));
        count(open, how);
        e.lastEnd(how);
        open.running = null;
    }

    /** The record of an attempt that ends. */
    public static Attempt attempt(int number, Running running, Attempt.End how, long at, @Nullable JobError error) {
        return new Attempt(
                number,
                running.worker,
                Instant.ofEpochMilli(running.started),
                Optional.of(Instant.ofEpochMilli(at)),
                Optional.of(how),
                Optional.ofNullable(error));
    }

    private static void count(OpenJob open, Attempt.End how) {
        if (how == Attempt.End.FAILED || how == Attempt.End.TIMED_OUT) {
            open.failures++;
        } else if (how == Attempt.End.HEARTBEAT_LOST) {
            open.recoveries++;
        }
    }

    /**
     * The job is finished. Dependents that required more than it gave are left to events of their own.
     *
     * @param how how the running attempt ended; null if none ran
     * @param resultBytes -1 for no result
     */
    public void end(
            Entry e,
            JobState state,
            long at,
            Attempt.@Nullable End how,
            @Nullable Cause cause,
            int resultBytes,
            Ref event) {
        touch(e);
        index.leave(e);
        OpenJob open = e.open();
        if (open.running != null) {
            forgetProgress(open.running);
        }
        if (how != null) {
            e.lastEnd(how);
        }
        index.freeKey(e, open.options);
        e.open = null;
        e.cause = cause;
        e.finished = at;
        e.resultBytes = resultBytes;
        e.end(event);
        index.live.add(event);
        index.enterFinished(e, state);
        changes.ended(e);
        if (e.dependents != null) {
            index.dependents(e, Long.MIN_VALUE, d -> {
                release(d, e, at);
                return true;
            });
        }
    }

    private void release(Entry dependent, Entry ended, long at) {
        if (dependent.state() != JobState.BLOCKED || (ended.unsuccessful() && dependent.edges.requires(ended))) {
            return;
        }
        touch(dependent);
        OpenJob open = dependent.open();
        if (--open.unfinished == 0) {
            index.leave(dependent);
            unblock(dependent, open, at);
        }
    }

    /** The job is removed with all that is known of it. */
    public void drop(Entry e) {
        touch(e);
        e.dropped = true;
        index.leaveFinished(e);
        index.live.remove(e.definition());
        index.live.remove(e.end());
        Edges edges = e.edges;
        if (edges.size() == 1) {
            index.removeDependent(edges.target(0));
        } else if (edges.size() > 1) {
            Set<Entry> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
            for (int i = 0; i < edges.size(); i++) {
                if (distinct.add(edges.target(i)) && !edges.target(i).dropped) {
                    index.removeDependent(edges.target(i));
                }
            }
        }
        index.removeJob(e);
    }

    public void pause(PauseScope scope) {
        index.paused.add(scope);
    }

    public void resume(PauseScope scope) {
        index.paused.remove(scope);
    }

    /** For repair: takes away the edges to jobs that are lost; a job that waited for nothing else may run. */
    public void loseEdges(Entry e, Set<Entry> lost, long at) {
        Edges old = e.edges;
        List<Entry> targets = new ArrayList<>();
        List<Boolean> required = new ArrayList<>();
        boolean waits = false;
        for (int i = 0; i < old.size(); i++) {
            if (!lost.contains(old.target(i))) {
                targets.add(old.target(i));
                required.add(old.required(i));
                waits |= !old.target(i).finished();
            }
        }
        boolean[] flags = new boolean[targets.size()];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = required.get(i);
        }
        e.edges = Edges.of(targets.toArray(new Entry[0]), flags);
        if (e.cause != null && (lost.contains(e.cause.root()) || lost.contains(e.cause.dependency()))) {
            e.cause = null;
        }
        if (e.state() == JobState.BLOCKED && !waits && e.edges.failedRequirement() == null) {
            index.leave(e);
            unblock(e, e.open(), at);
        }
    }

    /** Compaction has copied the definition. */
    public void movedDefinition(Entry e, Ref to) {
        touch(e);
        index.live.remove(e.definition());
        e.definition(to);
        index.live.add(to);
    }

    /** Compaction has copied the event that ended the job. */
    public void movedEnd(Entry e, Ref to) {
        touch(e);
        index.live.remove(e.end());
        e.end(to);
        index.live.add(to);
    }

    /** Compaction has copied the progress. */
    public void movedProgress(Entry e, Ref to) {
        progress(e, to);
    }
}
