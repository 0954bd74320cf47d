package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Removes finished jobs that nobody needs, oldest finish first (RET-1). */
final class PruneOperation extends Operation {
    /** How many jobs one operation removes, so that other calls do not wait long. */
    private static final int CHUNK = 2_000;

    private static final long CANCELED_IS_TOLD = StoreRules.CANCELED_IS_TOLD.toMillis();

    private final long limitMillis;
    private final int max;
    private int removed;

    /** What became free behind the place where the search is. */
    private final PriorityQueue<Entry> freed =
            new PriorityQueue<>((a, b) -> JobIndex.finishedBefore(a, b) ? -1 : a == b ? 0 : 1);

    private PruneOperation(Duration limit, int max) {
        this.limitMillis = limit.toMillis();
        this.max = max;
    }

    /** Runs in the caller. */
    static int call(Writer writer, Duration limit, int max) {
        int removed = 0;
        while (removed < max) {
            PruneOperation operation = new PruneOperation(limit, Math.min(CHUNK, max - removed));
            writer.call(operation);
            removed += operation.removed;
            if (operation.removed < operation.max) {
                break;
            }
        }
        return removed;
    }

    @Override
    long bound(Core core) {
        return (long) max * (EventWriter.DROPPED_ID + 20);
    }

    @Override
    void execute(Core core) {
        Entry place = null;
        while (removed < max) {
            Entry e = freed.poll();
            if (e == null) {
                e = core.index.prunableAfter(place);
                if (e == null) {
                    return;
                }
                place = e;
            }
            if (core.now - e.finishedAt() < limitMillis) {
                if (e == place) {
                    return;
                }
            } else if (!e.canceledWhileRunning() || core.now - e.finishedAt() >= CANCELED_IS_TOLD) {
                drop(core, e, place);
            }
        }
    }

    private void drop(Core core, Entry e, @Nullable Entry place) {
        EventWriter.drop(core.journal.out(), List.of(e));
        core.transitions.drop(e);
        removed++;
        Edges edges = e.edges();
        for (int i = 0; i < edges.size(); i++) {
            Entry target = edges.target(i);
            if (target.finished()
                    && !target.dropped()
                    && !core.index.hasDependents(target)
                    && place != null
                    && JobIndex.finishedBefore(target, place)
                    && !freed.contains(target)) {
                freed.add(target);
            }
        }
    }
}
