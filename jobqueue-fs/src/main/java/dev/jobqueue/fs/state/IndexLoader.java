package dev.jobqueue.fs.state;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.journal.Ref;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Builds an index out of the jobs of a checkpoint, which come in no order: first all jobs with {@link #add}, then {@link #finish} ties edges and fills the
 * orders.
 */
public final class IndexLoader {
    private final JobIndex index;
    private int count;

    public IndexLoader(JobIndex index) {
        this.index = index;
    }

    /** The ids that a job names, until all jobs are there; kept in the place of its dependents. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Ids(long[] targets, boolean[] required, long[] cause, int causeLength) {}

    /** What a line says of any job. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Job(
            UUID id,
            long sequence,
            TypeChannel pair,
            JobState state,
            @Nullable UUID token,
            Attempt.@Nullable End lastEnd,
            List<Past> past,
            Ref definition,
            List<UUID> targets,
            boolean[] required) {}

    /** A token before the last one. */
    public record Past(UUID token, Attempt.End end) {}

    /** What a line says of a finished job. */
    public record Finished(
            long at,
            int resultBytes,
            Ref end,
            @Nullable UUID cause,
            @Nullable UUID root,
            int causeLength) {}

    /** What a line says of an unfinished job. */
    public record Unfinished(
            JobOptions options,
            long enqueued,
            long unblocked,
            long due,
            boolean scheduled,
            long ready,
            int failures,
            int recoveries,
            int attempts,
            List<Attempt> ended,
            @Nullable String worker,
            long started,
            @Nullable Ref progress) {}

    /** A job that is finished. */
    public void add(Job job, Finished finished) {
        Entry e = entry(job, finished);
        e.finished = finished.at();
        e.resultBytes = finished.resultBytes();
        e.end(finished.end());
        index.live.add(finished.end());
    }

    /** A job that is not. */
    public void add(Job job, Unfinished unfinished, long nowMillis, long nanos) {
        Entry e = entry(job, null);
        OpenJob open = new OpenJob(unfinished.options(), unfinished.enqueued());
        e.open = open;
        open.unblocked = unfinished.unblocked();
        open.due = unfinished.due();
        open.scheduled = unfinished.scheduled();
        open.ready = unfinished.ready();
        open.failures = unfinished.failures();
        open.recoveries = unfinished.recoveries();
        open.attempts = unfinished.attempts();
        unfinished.ended().forEach(open::ended);
        index.holdKey(e, unfinished.options());
        if (unfinished.worker() != null) {
            Running running = new Running(
                    unfinished.worker(),
                    unfinished.started(),
                    Running.startedNanos(unfinished.started(), nowMillis, nanos),
                    nanos);
            running.progress = unfinished.progress();
            if (running.progress != null) {
                index.live.add(running.progress);
            }
            open.running = running;
        }
    }

    private Entry entry(Job job, @Nullable Finished finished) {
        Entry e = new Entry(
                job.id().getMostSignificantBits(), job.id().getLeastSignificantBits(), index.pairOrNew(job.pair()));
        if (index.job(e.idHigh, e.idLow) != null) {
            throw new IllegalArgumentException("job " + job.id() + " stands there twice");
        }
        e.sequence = job.sequence();
        e.state(job.state());
        e.definition(job.definition());
        index.live.add(job.definition());
        index.addJob(e);
        if (job.token() != null) {
            e.token(job.token().getMostSignificantBits(), job.token().getLeastSignificantBits());
            if (job.state() != JobState.RUNNING) {
                index.addEndedToken(e);
            }
        }
        e.lastEnd(job.lastEnd());
        for (Past p : job.past()) {
            index.addPast(
                    e,
                    new PastToken(p.token().getMostSignificantBits(), p.token().getLeastSignificantBits(), p.end(), e));
        }
        if (!job.targets().isEmpty()) {
            UUID cause = finished == null ? null : finished.cause();
            UUID root = finished == null ? null : finished.root();
            e.dependents = new Ids(
                    longs(job.targets()),
                    job.required(),
                    cause != null && root != null ? longs(List.of(cause, root)) : new long[0],
                    finished == null ? 0 : finished.causeLength());
        }
        count++;
        return e;
    }

    private static long[] longs(List<UUID> ids) {
        long[] all = new long[2 * ids.size()];
        for (int i = 0; i < ids.size(); i++) {
            all[2 * i] = ids.get(i).getMostSignificantBits();
            all[2 * i + 1] = ids.get(i).getLeastSignificantBits();
        }
        return all;
    }

    public void pause(PauseScope scope) {
        index.paused.add(scope);
    }

    /**
     * Ties all together.
     *
     * @throws IllegalArgumentException if a job names one that is not there
     */
    public void finish(long nextSequence) {
        Entry[] all = inEnqueueOrder();
        for (Entry e : all) {
            if (e.dependents instanceof Ids ids) {
                e.dependents = null;
                tie(e, ids);
            }
        }
        for (Entry e : all) {
            if (e.finished()) {
                index.enterFinished(e, e.state());
            } else {
                index.enter(e, e.state());
            }
        }
        index.nextSequence = Math.max(index.nextSequence, nextSequence);
    }

    private Entry[] inEnqueueOrder() {
        long[] range = {Long.MAX_VALUE, 0};
        index.forEach(e -> {
            range[0] = Math.min(range[0], e.sequence);
            range[1] = Math.max(range[1], e.sequence);
        });
        Entry[] all = new Entry[count];
        int[] next = {0};
        if (count > 0 && range[1] - range[0] < 4L * count) {
            // Nearly dense, as it mostly is: each has a place of its own, which is far quicker than to sort.
            @Nullable Entry[] places = new Entry[(int) (range[1] - range[0]) + 1];
            index.forEach(e -> places[(int) (e.sequence - range[0])] = e);
            for (Entry e : places) {
                if (e != null) {
                    all[next[0]++] = e;
                }
            }
            if (next[0] != count) {
                throw new IllegalArgumentException("two jobs have the same sequence number");
            }
        } else {
            index.forEach(e -> all[next[0]++] = e);
            Arrays.sort(all, Comparator.comparingLong(e -> e.sequence));
        }
        return all;
    }

    private void tie(Entry e, Ids ids) {
        Entry[] targets = new Entry[ids.required().length];
        int unfinished = 0;
        for (int i = 0; i < targets.length; i++) {
            targets[i] = find(ids.targets(), i, e);
            if (index.addDependent(targets[i], e) && !targets[i].finished()) {
                unfinished++;
            }
        }
        e.edges = Edges.of(targets, ids.required());
        if (e.open != null) {
            e.open.unfinished = unfinished;
        }
        if (ids.cause().length > 0) {
            e.cause = new Cause(find(ids.cause(), 0, e), find(ids.cause(), 1, e), ids.causeLength());
        }
    }

    private Entry find(long[] ids, int i, Entry by) {
        Entry e = index.job(ids[2 * i], ids[2 * i + 1]);
        if (e == null) {
            throw new IllegalArgumentException(
                    "job " + by.id() + " names job " + new UUID(ids[2 * i], ids[2 * i + 1]) + ", which is not there");
        }
        return e;
    }
}
