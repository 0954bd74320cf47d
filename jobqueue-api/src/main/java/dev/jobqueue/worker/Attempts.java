package dev.jobqueue.worker;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Every attempt that is not over, and every handler that runs. Guarded by {@link CoreLock}. */
final class Attempts {
    private final Set<Run<?, ?>> all = new LinkedHashSet<>();
    private final Set<Run<?, ?>> running = new LinkedHashSet<>();

    boolean isEmpty() {
        return all.isEmpty();
    }

    void add(List<Run<?, ?>> taken) {
        all.addAll(taken);
    }

    /** The attempt is of no more concern, unless its handler still runs. */
    void forget(Run<?, ?> run) {
        if (run.stage != Run.Stage.RUNNING) {
            all.remove(run);
        }
    }

    List<Run<?, ?>> all() {
        return List.copyOf(all);
    }

    /** Those whose tokens are in force and for which no end was sent. */
    List<Run<?, ?>> alive() {
        List<Run<?, ?>> alive = new ArrayList<>(all.size());
        for (Run<?, ?> run : all) {
            if (!run.over && !run.sent) {
                alive.add(run);
            }
        }
        return alive;
    }

    void started(Run<?, ?> run, long now) {
        run.stage = Run.Stage.RUNNING;
        run.startedAt = now;
        run.load.running++;
        running.add(run);
    }

    void returned(Run<?, ?> run, long now) {
        run.stage = Run.Stage.RETURNED;
        run.ranNanos = now - run.startedAt;
        run.load.running--;
        run.load.ran(run.ranNanos);
        running.remove(run);
    }

    /** How many handlers run. */
    int runningCount() {
        return running.size();
    }

    List<Run<?, ?>> running() {
        return List.copyOf(running);
    }

    /** A handler that runs for long already proves its type long, before it returns. */
    void findLong(long now) {
        for (Run<?, ?> run : running) {
            if (now - run.startedAt >= TypeLoad.LONG_NANOS) {
                run.load.foundLong();
            }
        }
    }

    /** Whether no handler runs, but for those whose attempt was ended without them. */
    boolean nobodyRuns() {
        for (Run<?, ?> run : running) {
            if (!run.detached) {
                return false;
            }
        }
        return true;
    }
}
