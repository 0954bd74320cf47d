package dev.jobqueue.worker;

import dev.jobqueue.JobOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The ends of attempts until the store has acknowledged them, and how many share a call. Guarded by {@link CoreLock}. */
final class Outbox {
    /** The most ends in one call. */
    private static final int MOST = 2_000;

    /** The most that are not acknowledged before no more jobs are taken: some calls, so that claims go on meanwhile. */
    private static final int MOST_LEFT = 3 * MOST;

    private static final long MOST_WEIGHT = 4 << 20;

    private final CoreLock lock;
    private final Deque<Run<?, ?>> runs = new ArrayDeque<>();
    private int inFlight;

    Outbox(CoreLock lock) {
        this.lock = lock;
    }

    /** Decides how the attempt ends. */
    void post(Run<?, ?> run, JobOutcome outcome) {
        run.outcome = outcome;
        runs.addLast(run);
        lock.wake(Lane.FINISH);
    }

    /** The end is sent again, before all others. */
    void postAgain(Run<?, ?> run) {
        runs.addFirst(run);
    }

    /** What goes into the next call; empty if nothing waits, or a call is under way. */
    List<Run<?, ?>> takeBatch() {
        if (inFlight > 0 || runs.isEmpty()) {
            return List.of();
        }
        List<Run<?, ?>> batch = new ArrayList<>(Math.min(MOST, runs.size()));
        long weight = 0;
        while (!runs.isEmpty() && batch.size() < MOST) {
            Run<?, ?> run = runs.getFirst();
            if (run.over) {
                runs.removeFirst();
                continue;
            }
            long more = run.weight();
            if (!batch.isEmpty() && (run.alone || weight + more > MOST_WEIGHT)) {
                break;
            }
            runs.removeFirst();
            batch.add(run);
            weight += more;
            run.sent = true;
            if (run.alone) {
                break;
            }
        }
        inFlight = batch.size();
        return batch;
    }

    /** The call with the last batch has ended. */
    void callEnded() {
        inFlight = 0;
        lock.wake(Lane.FINISH);
    }

    /** Whether so many ends wait that no more jobs shall be taken. */
    boolean full() {
        return runs.size() + inFlight >= MOST_LEFT;
    }

    /** How many ends are not acknowledged. */
    int left() {
        runs.removeIf(run -> run.over);
        return runs.size() + inFlight;
    }

    /** Nothing can be sent any more; a call that is under way comes back by itself. */
    void clear() {
        runs.forEach(run -> run.sent = false);
        runs.clear();
    }
}
