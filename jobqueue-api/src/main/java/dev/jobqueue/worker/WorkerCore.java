package dev.jobqueue.worker;

import dev.jobqueue.JobOutcome;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All decisions of a worker: what to ask for, which job starts next, when a handler must stop, what is sent.
 *
 * <p>A state machine without threads. It never calls the store and never waits: {@link #take} gives the next call of a lane, whoever drives it sends it and
 * brings the answer back, and {@link #tick} lets time work. So the same code runs under threads ({@link WorkerThreads}), in one thread
 * ({@link JobWorker#runUntilIdle}) and in a simulation.
 *
 * <p>In here is only what drivers and handlers call: it takes the one lock ({@link CoreLock}) and leaves the decisions to its parts, each of which owns one piece
 * of state. They know each other in the order of the constructor, and none knows a later one.
 */
final class WorkerCore {
    private final Settings settings;
    private final Listeners listeners;
    private final CoreLock lock;
    private final Alarm alarm;
    private final Attempts attempts;
    private final Waiting waiting;
    private final Stops stops;
    private final Shutdown shutdown;
    private final Heartbeats heartbeats;
    private final Reports reports;
    private final Finishes finishes;
    private final Claims claims;
    private final Slots slots;

    /** @param launcher makes somebody call {@link #slot}, in a thread for one handler */
    WorkerCore(Settings settings, Listeners listeners, Runnable launcher) {
        this.settings = settings;
        this.listeners = listeners;
        lock = new CoreLock(settings);
        alarm = new Alarm(lock);
        attempts = new Attempts();
        Outbox outbox = new Outbox(lock);
        waiting = new Waiting(alarm, outbox);
        Announcer announcer = new Announcer(lock, listeners);
        stops = new Stops(settings, lock, alarm, attempts, waiting, outbox, announcer);
        shutdown = new Shutdown(settings, lock, alarm, attempts, waiting, outbox, stops);
        heartbeats = new Heartbeats(settings, lock, listeners, attempts, stops, shutdown);
        reports = new Reports(settings, lock, listeners, stops);
        finishes = new Finishes(settings, lock, listeners, attempts, outbox, stops, announcer, shutdown);
        claims = new Claims(settings, lock, attempts, waiting, outbox, heartbeats, shutdown);
        slots = new Slots(settings, lock, launcher, attempts, waiting, stops, shutdown, claims);
        lock.lastLook(() -> {
            claims.look();
            shutdown.look(claims.underWay());
        });
    }

    // ---- for drivers: calls

    /** The next call of this lane, if there is something to do now. */
    @Nullable
    Call<?> take(Lane lane) {
        lock.enter();
        try {
            return next(lane);
        } finally {
            lock.leave();
        }
    }

    private @Nullable Call<?> next(Lane lane) {
        return switch (lane) {
            case CLAIM, AHEAD -> nextClaim(lane);
            case HEARTBEAT -> heartbeats.next();
            case FINISH -> finishes.next();
            case REPORT -> reports.next();
            case CLOCK -> null;
        };
    }

    private @Nullable Call<?> nextClaim(Lane lane) {
        Claims.Plan plan = claims.begin(lane);
        return plan == null ? null : new ClaimCall(this, settings, lock, listeners, claims, slots, plan);
    }

    /** Waits for something to do in this lane; null when the worker has stopped. For the lanes that call the store. */
    @Nullable
    Call<?> await(Lane lane) {
        lock.enter();
        try {
            while (!ends(lane)) {
                Call<?> call = next(lane);
                if (call != null) {
                    return call;
                }
                lock.await(lane, wakeAt(lane));
            }
            return null;
        } finally {
            lock.leave();
        }
    }

    /** Nobody takes jobs in a worker that stops; the rest goes on to the end. */
    private boolean ends(Lane lane) {
        return lane.takesJobs() ? shutdown.begun() : shutdown.over();
    }

    private Optional<Long> wakeAt(Lane lane) {
        return switch (lane) {
            case CLAIM, AHEAD -> claims.wakeAt();
            case HEARTBEAT -> heartbeats.wakeAt();
            case FINISH -> finishes.wakeAt();
            case REPORT -> reports.wakeAt();
            case CLOCK -> alarm.at();
        };
    }

    // ---- for drivers: time

    /** Lets time work until the worker has stopped. */
    void runClock() {
        lock.enter();
        try {
            while (!shutdown.over()) {
                if (alarm.due(settings.now())) {
                    work();
                    lock.leave();
                    lock.enter();
                } else {
                    lock.await(Lane.CLOCK, alarm.at());
                }
            }
        } finally {
            lock.leave();
        }
    }

    /** Does what the clock asks for; gives when some lane has something to do at the latest, as far as only time decides it. */
    Optional<Long> tick() {
        lock.enter();
        try {
            work();
            Optional<Long> next = Optional.empty();
            for (Lane lane : Lane.values()) {
                Optional<Long> at = wakeAt(lane);
                if (next.isEmpty() || (at.isPresent() && at.get() - next.get() < 0)) {
                    next = at;
                }
            }
            return next;
        } finally {
            lock.leave();
        }
    }

    private void work() {
        long now = settings.now();
        alarm.clear();
        for (Run<?, ?> run : attempts.running()) {
            stops.look(run, now);
            shutdown.work(run, now);
            stops.work(run, now);
        }
        waiting.work(now);
        shutdown.work(now);
    }

    // ---- for drivers: handlers

    /** Runs handlers in this thread, one after the other, until there is none to start. */
    void slot() {
        Run<?, ?> run = firstOfSlot();
        while (run != null) {
            JobOutcome outcome = HandlerCall.run(run, listeners);
            run = nextOfSlot(run, outcome);
        }
    }

    private @Nullable Run<?, ?> firstOfSlot() {
        lock.enter();
        try {
            return slots.nextOrDone();
        } finally {
            lock.leave();
        }
    }

    private @Nullable Run<?, ?> nextOfSlot(Run<?, ?> done, JobOutcome outcome) {
        lock.enter();
        try {
            slots.returned(done, outcome);
            return slots.nextOrDone();
        } finally {
            lock.leave();
        }
    }

    /** Nobody will call {@link #slot}: the executor is full or shut down. */
    void slotRefused(Throwable failure) {
        lock.enter();
        try {
            slots.refused(failure);
        } finally {
            lock.leave();
        }
    }

    /** The next job to run, if one may: for drivers that count no slots. */
    @Nullable
    Run<?, ?> start() {
        lock.enter();
        try {
            return slots.next();
        } finally {
            lock.leave();
        }
    }

    /** The handler has returned: for drivers that count no slots. */
    void returned(Run<?, ?> run, JobOutcome outcome) {
        lock.enter();
        try {
            slots.returned(run, outcome);
        } finally {
            lock.leave();
        }
    }

    // ---- for drivers: the end

    /** No new claim; what waits is given back at once, what runs has until then (WRK-3). */
    void stop(Duration limit) {
        lock.enter();
        try {
            shutdown.stop(limit);
        } finally {
            lock.leave();
        }
    }

    /** Whether a stop has come to its end. */
    boolean hasStopped() {
        return shutdown.over();
    }

    /** Waits for the end of a stop; the interrupts of the caller hasten it and are kept. */
    void awaitStopped() {
        boolean interrupted = false;
        lock.enter();
        try {
            while (!shutdown.over()) {
                try {
                    shutdown.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    shutdown.hasten();
                }
            }
        } finally {
            lock.leave();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- for handlers

    boolean stopping() {
        return shutdown.begun();
    }

    /** A handler asks whether it may go on; costs no more than a look at the clock while it may. */
    void look(Run<?, ?> run) {
        if (stops.mustLook(run, settings.now())) {
            lock.enter();
            try {
                stops.look(run, settings.now());
            } finally {
                lock.leave();
            }
        }
    }

    /** Sends a heartbeat of this attempt, in the thread of its handler. */
    void confirm(Run<?, ?> run) {
        heartbeats.confirm(run);
    }

    void report(Run<?, ?> run, RawJson progress) {
        lock.enter();
        try {
            reports.report(run, progress);
        } finally {
            lock.leave();
        }
    }
}
