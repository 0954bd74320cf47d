package dev.jobqueue.worker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stop of the whole worker (WRK-3): by its owner, or because the queue was closed under it. Guarded by {@link CoreLock}. */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);
    /** How long after everything else a stop waits for finishes that the store does not answer. */
    private static final long LAST_FINISH_NANOS = TimeUnit.SECONDS.toNanos(5);

    private enum Phase {
        RUNNING,
        /** Nothing new; waits for what runs. */
        STOPPING,
        STOPPED
    }

    private final Settings settings;
    private final CoreLock lock;
    private final Alarm alarm;
    private final Attempts attempts;
    private final Waiting waiting;
    private final Outbox outbox;
    private final Stops stops;
    private volatile Phase phase = Phase.RUNNING;
    private long stopAt;
    private boolean queueClosed;

    Shutdown(
            Settings settings,
            CoreLock lock,
            Alarm alarm,
            Attempts attempts,
            Waiting waiting,
            Outbox outbox,
            Stops stops) {
        this.settings = settings;
        this.lock = lock;
        this.alarm = alarm;
        this.attempts = attempts;
        this.waiting = waiting;
        this.outbox = outbox;
        this.stops = stops;
    }

    /** Whether no job may be taken or started any more. May be asked without the lock, as {@link #over}. */
    boolean begun() {
        return phase != Phase.RUNNING;
    }

    /** Whether the worker has stopped. */
    boolean over() {
        return phase == Phase.STOPPED;
    }

    /** No new claim; what waits is given back at once, what runs has until then. */
    void stop(Duration limit) {
        // A limit of centuries must not turn around.
        long at = settings.now() + Math.min(limit.toNanos(), Long.MAX_VALUE / 4);
        if (phase == Phase.RUNNING) {
            phase = Phase.STOPPING;
            stopAt = at;
            waiting.release();
        } else if (phase == Phase.STOPPING && at - stopAt < 0) {
            stopAt = at;
        }
        alarm.set(stopAt);
        lock.wakeAll();
    }

    /** The limit ends now. */
    void hasten() {
        if (phase == Phase.STOPPING && settings.now() - stopAt < 0) {
            stopAt = settings.now();
            alarm.set(stopAt);
        }
    }

    /** Without a queue nothing can be kept: all handlers must stop. */
    void queueClosed() {
        if (!queueClosed) {
            queueClosed = true;
            lock.later(() -> LOG.info("The queue was closed under the worker"));
        }
        outbox.clear();
        for (Run<?, ?> run : attempts.all()) {
            // A finish that is under way tells itself how it went.
            if (!run.over && !run.sent) {
                stops.over(run, StopReason.LOST);
            }
        }
        if (phase == Phase.RUNNING) {
            phase = Phase.STOPPING;
            stopAt = settings.now();
        }
        alarm.set(stopAt);
        lock.wakeAll();
    }

    /** What a stop means for an attempt whose handler runs. */
    void work(Run<?, ?> run, long now) {
        if (phase == Phase.STOPPING && now - stopAt >= 0) {
            stops.workerStopped(run, stopAt);
        }
    }

    /** What the clock says of a stop. */
    void work(long now) {
        if (phase != Phase.STOPPING) {
            return;
        }
        long lastAt = stopAt + settings.graceNanos() + LAST_FINISH_NANOS;
        if (now - lastAt >= 0) {
            giveUp();
        } else {
            alarm.set(now - stopAt < 0 ? stopAt : lastAt);
        }
    }

    /** The store does not answer: the heartbeats will end what is left. */
    private void giveUp() {
        int left = outbox.left();
        if (left > 0) {
            lock.later(() -> LOG.warn("{} jobs could not be ended before the worker stopped", left));
        }
        end();
    }

    /** The stop is over when no claim is under way, no handler runs and every end is acknowledged. */
    void look(boolean claiming) {
        if (phase == Phase.STOPPING && !claiming && attempts.nobodyRuns() && outbox.left() == 0) {
            end();
        }
    }

    private void end() {
        phase = Phase.STOPPED;
        lock.wakeAll();
    }

    /** Waits for the end of a stop. */
    void await() throws InterruptedException {
        while (phase != Phase.STOPPED) {
            lock.awaitPhase();
        }
    }
}
