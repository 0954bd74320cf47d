package dev.jobqueue.worker;

import dev.jobqueue.JobOutcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that run handlers, one after the other, and which job starts next. Guarded by {@link CoreLock}. */
final class Slots {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final Settings settings;
    private final CoreLock lock;
    private final Runnable launcher;
    private final Attempts attempts;
    private final Waiting waiting;
    private final Stops stops;
    private final Shutdown shutdown;
    private final Claims claims;
    /** How many threads run handlers or were asked for. */
    private int count;

    /** @param launcher gets a thread that runs handlers; called without the lock */
    Slots(
            Settings settings,
            CoreLock lock,
            Runnable launcher,
            Attempts attempts,
            Waiting waiting,
            Stops stops,
            Shutdown shutdown,
            Claims claims) {
        this.settings = settings;
        this.lock = lock;
        this.launcher = launcher;
        this.attempts = attempts;
        this.waiting = waiting;
        this.stops = stops;
        this.shutdown = shutdown;
        this.claims = claims;
    }

    /** Asks for threads for what waits. */
    void launch() {
        int wanted = Math.min(waiting.size(), settings.concurrency() - count);
        for (int i = 0; i < wanted; i++) {
            count++;
            lock.later(launcher);
        }
    }

    /** A thread that was asked for will not come: the executor is full or shut down. */
    void refused(Throwable failure) {
        count--;
        lock.later(() -> LOG.warn("The executor of the worker refused a handler: {}", failure.toString()));
        if (count == 0) {
            // Nobody is left to start what waits; do not ask for more at once either.
            claims.postpone();
            waiting.release();
        }
    }

    /** The next job for a thread that was asked for; without one the thread is done. */
    @Nullable
    Run<?, ?> nextOrDone() {
        @Nullable Run<?, ?> run = next();
        if (run == null) {
            count--;
        }
        return run;
    }

    /** The next job whose handler may start, if there is one; it counts as running. */
    @Nullable
    Run<?, ?> next() {
        if (shutdown.begun() || attempts.runningCount() >= settings.concurrency()) {
            return null;
        }
        long now = settings.now();
        while (true) {
            Run<?, ?> run = waiting.take(each -> stops.fencePassed(each, now) || each.load.mayRun());
            if (run == null) {
                return null;
            }
            if (stops.fencePassed(run, now)) {
                stops.over(run, StopReason.LOST);
            } else {
                attempts.started(run, now);
                stops.watch(run, now);
                return run;
            }
        }
    }

    /** The handler has returned. */
    void returned(Run<?, ?> run, JobOutcome outcome) {
        long now = settings.now();
        attempts.returned(run, now);
        stops.returned(run, outcome, now);
    }
}
