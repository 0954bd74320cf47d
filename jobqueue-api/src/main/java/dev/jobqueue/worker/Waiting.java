package dev.jobqueue.worker;

import dev.jobqueue.JobOutcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Jobs that were taken and whose handlers have not started; those that wait for too long are given back. Guarded by {@link CoreLock}. */
final class Waiting {
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Alarm alarm;
    private final Outbox outbox;
    private final Deque<Run<?, ?>> runs = new ArrayDeque<>();

    Waiting(Alarm alarm, Outbox outbox) {
        this.alarm = alarm;
        this.outbox = outbox;
    }

    int size() {
        return runs.size();
    }

    void add(Run<?, ?> run) {
        if (runs.isEmpty()) {
            alarm.set(run.claimedAt + MOST_NANOS);
        }
        run.load.waiting++;
        runs.addLast(run);
    }

    /** Takes out the first of these. */
    @Nullable
    Run<?, ?> take(Predicate<Run<?, ?>> which) {
        for (Iterator<Run<?, ?>> each = runs.iterator(); each.hasNext(); ) {
            Run<?, ?> run = each.next();
            if (which.test(run)) {
                each.remove();
                run.load.waiting--;
                return run;
            }
        }
        return null;
    }

    void remove(Run<?, ?> run) {
        if (runs.remove(run)) {
            run.load.waiting--;
        }
    }

    /** All of them are given back. */
    void release() {
        release(run -> true);
    }

    /** What could not start for long is given back, and proves its type long. */
    void work(long now) {
        release(run -> {
            boolean late = now - run.claimedAt >= MOST_NANOS;
            if (late) {
                run.load.foundLong();
            }
            return late;
        });
        if (!runs.isEmpty()) {
            alarm.set(runs.getFirst().claimedAt + MOST_NANOS);
        }
    }

    private void release(Predicate<Run<?, ?>> which) {
        runs.removeIf(run -> {
            if (!which.test(run)) {
                return false;
            }
            run.load.waiting--;
            run.stage = Run.Stage.RETURNED;
            outbox.post(run, new JobOutcome.Released(Duration.ZERO));
            return true;
        });
    }
}
