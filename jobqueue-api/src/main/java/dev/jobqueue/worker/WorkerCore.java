package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.FinishAnswer;
import dev.jobqueue.JobError;
import dev.jobqueue.JobFinish;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All decisions of a worker: what to ask for, which job starts next, when a handler must stop, what is sent.
 *
 * <p>A state machine without threads. It never calls the store and never waits: {@link #take} gives the next call of a lane, whoever drives it sends it and
 * brings the answer back, and {@link #tick} lets time work. So the same code runs under threads ({@link WorkerThreads}), in one thread
 * ({@link JobWorker#runUntilIdle}) and in a simulation.
 *
 * <p>One lock for everything; listeners, callbacks and interrupts run after it was given up ({@link #leave}). Of the stages of an attempt ({@link Run.Stage})
 * and what the store knows of it: an attempt that is <em>over</em> sends nothing any more (WRK-2); one whose finish was <em>sent</em> gets no heartbeat, since
 * the store would call a token lost that it has just accepted.
 */
final class WorkerCore {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    /** The most jobs in one finish, and the most that wait for one before no more are taken. */
    static final int MAX_FINISHES = 2_000;

    private static final long MAX_FINISH_WEIGHT = 4 << 20;
    private static final int MAX_TOKENS = 10_000;
    private static final int MAX_CLAIM = 10_000;
    private static final long WAITING_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REPORT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** How long after everything else a stop waits for finishes that the store does not answer. */
    private static final long LAST_FINISH_NANOS = TimeUnit.SECONDS.toNanos(5);

    enum Phase {
        RUNNING,
        /** Nothing new; waits for what runs. */
        STOPPING,
        STOPPED
    }

    private final Settings settings;
    private final Listeners listeners;
    private final Runnable launcher;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Lane, Condition> lanes = new EnumMap<>(Lane.class);
    private final Condition stopped = lock.newCondition();
    private List<Runnable> effects = new ArrayList<>();

    private volatile Phase phase = Phase.RUNNING;
    private long stopAt;

    private final Map<TypeName, TypeLoad> types = new LinkedHashMap<>();
    /** Every attempt that is not over, and every handler that runs. */
    private final Set<Run<?, ?>> runs = new LinkedHashSet<>();

    private final Deque<Run<?, ?>> waiting = new ArrayDeque<>();
    private final Deque<Run<?, ?>> outbox = new ArrayDeque<>();
    private int running;
    private int slots;

    private boolean claiming;
    private @Nullable ClaimCall blocked;
    private @Nullable Thread claimer;
    private final Retry claimRetry = new Retry(FIRST_RETRY_NANOS, LAST_RETRY_NANOS);

    private boolean finishing;
    private int inFlight;
    private final Retry finishRetry = new Retry(FIRST_RETRY_NANOS, LAST_RETRY_NANOS);

    private boolean beating;
    private long beatAt;
    private int beatFailures;

    private final Deque<Run<?, ?>> reports = new ArrayDeque<>();
    private boolean reporting;
    private final Retry reportRetry = new Retry(FIRST_RETRY_NANOS, LAST_RETRY_NANOS);

    /** When the clock lane shall look again, if {@link #clockSet}. */
    private long clockAt;

    private boolean clockSet;

    /** @param launcher makes somebody call {@link #slot}, in a thread for one handler */
    WorkerCore(Settings settings, Listeners listeners, Runnable launcher) {
        this.settings = settings;
        this.listeners = listeners;
        this.launcher = launcher;
        settings.handlers().forEach((name, registration) -> types.put(name, new TypeLoad(registration)));
        for (Lane lane : Lane.values()) {
            lanes.put(lane, lock.newCondition());
        }
    }

    /** When to try again after failures: the first wait doubled each time, a fifth of it left to chance. */
    private final class Retry {
        private final long first;
        private final long last;
        private int failures;
        private long at;

        Retry(long first, long last) {
            this.first = first;
            this.last = last;
        }

        void failed() {
            long wait = Math.min(last, first << Math.min(20, failures++));
            at = now() + (long) (wait * (1 - 0.2 * settings.jitter().getAsDouble()));
        }

        void succeeded() {
            failures = 0;
        }

        boolean mustWait() {
            return failures > 0 && now() - at < 0;
        }
    }

    private long now() {
        return settings.clock().getAsLong();
    }

    Listeners listeners() {
        return listeners;
    }

    boolean stopping() {
        return phase != Phase.RUNNING;
    }

    /** Gives up the lock, then does what must not be done with it. */
    private void leave() {
        if (effects.isEmpty()) {
            // Not to be looked at again without the lock: others use the same list.
            lock.unlock();
            return;
        }
        List<Runnable> mine = effects;
        effects = new ArrayList<>();
        lock.unlock();
        mine.forEach(Runnable::run);
    }

    private void logLater(String what, RuntimeException failure) {
        effects.add(() -> {
            LOG.warn("{}, trying again: {}", what, failure.toString());
            LOG.debug("Cause", failure);
        });
    }

    private void wake(Lane lane) {
        requireNonNull(lanes.get(lane)).signal();
    }

    private void wakeAll() {
        lanes.values().forEach(Condition::signalAll);
    }

    // ---- lanes

    /** The next call of this lane, if there is something to do now. */
    @Nullable
    Call<?> take(Lane lane) {
        lock.lock();
        try {
            return next(lane);
        } finally {
            leave();
        }
    }

    private @Nullable Call<?> next(Lane lane) {
        return switch (lane) {
            case CLAIM -> nextClaim();
            case HEARTBEAT -> nextHeartbeat();
            case FINISH -> nextFinish();
            case REPORT -> nextReport();
            case CLOCK -> null;
        };
    }

    /** Waits for something to do in this lane; null when the worker has stopped. For the lanes that call the store. */
    @Nullable
    Call<?> await(Lane lane) {
        lock.lock();
        try {
            while (!laneEnds(lane)) {
                Call<?> call = next(lane);
                if (call != null) {
                    return call;
                }
                await(lane, wakeAt(lane));
            }
            return null;
        } finally {
            leave();
        }
    }

    /** Nobody takes jobs in a worker that stops; the rest goes on to the end. */
    private boolean laneEnds(Lane lane) {
        return phase == Phase.STOPPED || (lane == Lane.CLAIM && phase != Phase.RUNNING);
    }

    private Optional<Long> wakeAt(Lane lane) {
        return switch (lane) {
            case CLAIM -> claimRetry.mustWait() ? Optional.of(claimRetry.at) : Optional.empty();
            case HEARTBEAT -> beating || runs.isEmpty() ? Optional.empty() : Optional.of(beatAt);
            case FINISH -> finishRetry.mustWait() ? Optional.of(finishRetry.at) : Optional.empty();
            case REPORT -> reportAt();
            case CLOCK -> clockSet ? Optional.of(clockAt) : Optional.empty();
        };
    }

    @SuppressWarnings("WaitNotInLoop") // the callers look again, whatever has woken them
    private void await(Lane lane, Optional<Long> until) {
        Condition condition = requireNonNull(lanes.get(lane));
        try {
            if (until.isEmpty()) {
                condition.awaitUninterruptibly();
            } else {
                long unused = condition.awaitNanos(until.get() - now());
            }
        } catch (InterruptedException e) {
            LOG.debug("A thread of the worker was interrupted; only a stop ends it");
        }
    }

    /** Lets time work until the worker has stopped. */
    void runClock() {
        lock.lock();
        try {
            while (phase != Phase.STOPPED) {
                if (clockSet && now() - clockAt >= 0) {
                    work();
                    leave();
                    lock.lock();
                } else {
                    await(Lane.CLOCK, wakeAt(Lane.CLOCK));
                }
            }
        } finally {
            leave();
        }
    }

    // ---- claims

    /** What to ask for: full names, and the most jobs. */
    private record Plan(Set<TypeName> types, int most, boolean all) {}

    /** All types with room if something can start at once, else those of short jobs, to be there when something can. */
    private @Nullable Plan plan() {
        if (phase != Phase.RUNNING || claimRetry.mustWait() || outbox.size() + inFlight >= MAX_FINISHES) {
            return null;
        }
        findLong();
        int free = settings.concurrency() - running - waiting.size();
        Set<TypeName> names = new LinkedHashSet<>();
        int room = MAX_CLAIM;
        int inAdvance = Integer.MAX_VALUE;
        for (TypeLoad type : types.values()) {
            if (type.room() > 0 && (free > 0 || type.inAdvance() > 0)) {
                names.add(type.name());
                room = Math.min(room, type.room());
                inAdvance = Math.min(inAdvance, type.inAdvance());
            }
        }
        if (names.isEmpty()) {
            return null;
        }
        // Half empty before it is filled again, else every job would be a claim of its own.
        if (free <= 0 && waiting.size() > inAdvance / 2) {
            return null;
        }
        int most = Math.min(room, free + inAdvance);
        return most <= 0 ? null : new Plan(names, most, names.size() == types.size());
    }

    /** A job that runs for long already proves its type long, before it ends. */
    private void findLong() {
        boolean any = false;
        for (TypeLoad type : types.values()) {
            any |= type.inAdvance() > 0;
        }
        if (any) {
            for (Run<?, ?> run : runs) {
                if (run.stage == Run.Stage.RUNNING && now() - run.startedAt >= TypeLoad.LONG_NANOS) {
                    run.load.foundLong();
                }
            }
        }
    }

    private @Nullable ClaimCall nextClaim() {
        if (claiming) {
            return null;
        }
        Plan plan = plan();
        if (plan == null) {
            return null;
        }
        claiming = true;
        return new ClaimCall(plan);
    }

    /** Takes jobs: at once in the lane of a driver, or waiting for the first one in a thread of its own. */
    final class ClaimCall extends Call<List<RunningJob<RawJson, RawJson>>> {
        private final Plan plan;
        private final DequeueRequest request;
        private final long sentAt = now();
        private boolean waited;

        ClaimCall(Plan plan) {
            this.plan = plan;
            DequeueRequest wanted = DequeueRequest.of(new Selector(plan.types(), settings.channels()))
                    .max(plan.most());
            request = settings.name().map(wanted::worker).orElse(wanted);
        }

        int most() {
            return plan.most();
        }

        @Override
        List<RunningJob<RawJson, RawJson>> send() throws InterruptedException {
            return settings.queue().dequeueBatch(request.timeout(Duration.ZERO));
        }

        /**
         * Waits for jobs. A wait for some of the types is interrupted when a better one is possible; it starts with an attempt that cannot be interrupted, so
         * that a job is hardly ever taken only to be given back.
         */
        List<RunningJob<RawJson, RawJson>> sendAndWait() throws InterruptedException {
            if (!plan.all()) {
                List<RunningJob<RawJson, RawJson>> jobs = timed(StoreCall.DEQUEUE, plan.most(), this::sendNow);
                if (!jobs.isEmpty()) {
                    return jobs;
                }
            }
            if (!block(this)) {
                return List.of();
            }
            try {
                waited = true;
                return settings.queue().dequeueBatch(request);
            } finally {
                unblock();
            }
        }

        private List<RunningJob<RawJson, RawJson>> sendNow() {
            try {
                return send();
            } catch (InterruptedException e) {
                // Only a wait is interrupted by us, and it has not begun.
                return List.of();
            }
        }

        @Override
        void answered(List<RunningJob<RawJson, RawJson>> jobs) {
            claimed(this, jobs);
        }

        @Override
        void withdrawn() {
            claimed(this, List.of());
        }

        @Override
        void failed(RuntimeException failure) {
            lock.lock();
            try {
                claiming = false;
                if (failure instanceof JobQueueException.Closed) {
                    queueClosed();
                } else {
                    claimRetry.failed();
                    logLater("Jobs could not be taken", failure);
                    // Whoever drives the lane waits for the time of the retry.
                    wake(Lane.CLAIM);
                    checkStopped();
                }
            } finally {
                leave();
            }
        }

        /** When the claim was sent, or, if it waited, by what the job itself knows. */
        private long confirmedAt(RunningJob<RawJson, RawJson> job, long now) {
            return waited ? now - job.sinceDequeue().orElse(Duration.ZERO).toNanos() : sentAt;
        }
    }

    private boolean block(ClaimCall call) {
        lock.lock();
        try {
            if (phase != Phase.RUNNING || better(call.plan)) {
                return false;
            }
            blocked = call;
            claimer = Thread.currentThread();
            return true;
        } finally {
            leave();
        }
    }

    private void unblock() {
        lock.lock();
        try {
            blocked = null;
            claimer = null;
        } finally {
            leave();
        }
        // One that came too late.
        Thread.interrupted();
    }

    /** Whether more types could be asked for than this plan does. */
    private boolean better(Plan asked) {
        if (asked.all()) {
            return false;
        }
        Plan now = plan();
        return now != null && !asked.types().containsAll(now.types());
    }

    /** Something became free: a wait that leaves it out is ended. */
    private void roomChanged() {
        if (blocked == null) {
            wake(Lane.CLAIM);
        } else if (phase != Phase.RUNNING || better(blocked.plan)) {
            requireNonNull(claimer).interrupt();
        }
    }

    private void claimed(ClaimCall call, List<RunningJob<RawJson, RawJson>> jobs) {
        long now = now();
        List<Run<?, ?>> taken = new ArrayList<>(jobs.size());
        @Nullable TypeLoad load = null;
        for (RunningJob<RawJson, RawJson> job : jobs) {
            if (load == null || !load.name().equals(job.type())) {
                load = types.get(job.type());
                if (load == null) {
                    load = TypeLoad.unknown(job.type());
                }
            }
            taken.add(run(load.registration, load, job, now, call.confirmedAt(job, now)));
        }
        if (!listeners.none()) {
            taken.forEach(run -> {
                AttemptInfo info = run.info();
                listeners.tell(listener -> listener.claimed(info));
            });
        }
        lock.lock();
        try {
            claiming = false;
            claimRetry.succeeded();
            if (runs.isEmpty() && !taken.isEmpty()) {
                beatAt = now + settings.heartbeatNanos();
                wake(Lane.HEARTBEAT);
            }
            runs.addAll(taken);
            if (jobs.size() >= call.most()) {
                call.plan
                        .types()
                        .forEach(name ->
                                requireNonNull(types.get(name)).foundMore(settings.concurrency(), settings.prefetch()));
            }
            for (Run<?, ?> run : taken) {
                if (!run.load.known()) {
                    run.stage = Run.Stage.RETURNED;
                    post(
                            run,
                            new JobOutcome.Failed(JobError.of(
                                    LibraryError.NO_HANDLER,
                                    "this worker has no handler for job type " + run.job.type())));
                } else if (phase != Phase.RUNNING) {
                    run.stage = Run.Stage.RETURNED;
                    post(run, new JobOutcome.Released(Duration.ZERO));
                } else {
                    run.load.waiting++;
                    waiting.addLast(run);
                }
            }
            if (!waiting.isEmpty()) {
                setClock(now + WAITING_NANOS);
            }
            launch();
            checkStopped();
        } finally {
            leave();
        }
    }

    private <A, R> Run<A, R> run(
            Registration<A, R> registration,
            TypeLoad load,
            RunningJob<RawJson, RawJson> job,
            long now,
            long confirmedAt) {
        return new Run<>(this, registration, load, job, now, confirmedAt);
    }

    // ---- slots

    private void launch() {
        int wanted = Math.min(waiting.size(), settings.concurrency() - slots);
        for (int i = 0; i < wanted; i++) {
            slots++;
            effects.add(launcher);
        }
    }

    /** Runs handlers in this thread, one after the other, until there is none to start. */
    void slot() {
        Run<?, ?> run = start(true);
        while (run != null) {
            JobOutcome outcome = run.execute();
            run = returnedAndNext(run, outcome);
        }
    }

    /** Nobody will call {@link #slot}: the executor is full or shut down. */
    void slotRefused(Throwable failure) {
        lock.lock();
        try {
            slots--;
            effects.add(() -> LOG.warn("The executor of the worker refused a handler: {}", failure.toString()));
            if (slots == 0) {
                // Nobody is left to start what waits; do not ask for more at once either.
                claimRetry.failed();
                releaseWaiting(run -> true);
            }
        } finally {
            leave();
        }
    }

    /** The next job to run, if one may: for drivers that count no slots. */
    @Nullable
    Run<?, ?> start() {
        return start(false);
    }

    private @Nullable Run<?, ?> start(boolean slot) {
        lock.lock();
        try {
            Run<?, ?> run = pick();
            if (run == null && slot) {
                slots--;
            }
            return run;
        } finally {
            leave();
        }
    }

    private @Nullable Run<?, ?> returnedAndNext(Run<?, ?> done, JobOutcome outcome) {
        lock.lock();
        try {
            end(done, outcome);
            Run<?, ?> run = pick();
            if (run == null) {
                slots--;
            }
            return run;
        } finally {
            leave();
        }
    }

    /** The handler has returned: for drivers that count no slots. */
    void returned(Run<?, ?> run, JobOutcome outcome) {
        lock.lock();
        try {
            end(run, outcome);
        } finally {
            leave();
        }
    }

    private @Nullable Run<?, ?> pick() {
        if (phase != Phase.RUNNING || running >= settings.concurrency()) {
            return null;
        }
        long now = now();
        for (Iterator<Run<?, ?>> each = waiting.iterator(); each.hasNext(); ) {
            Run<?, ?> run = each.next();
            TypeLoad load = run.load;
            if (fencePassed(run, now)) {
                each.remove();
                load.waiting--;
                lose(run);
            } else if (load.mayRun()) {
                each.remove();
                load.waiting--;
                load.running++;
                running++;
                run.stage = Run.Stage.RUNNING;
                run.startedAt = now;
                run.job.job().options().timeout().ifPresent(timeout -> {
                    run.timeoutAt = now + timeout.toNanos();
                    run.hasTimeout = true;
                    setClock(run.timeoutAt);
                });
                setFence(run);
                roomChanged();
                return run;
            }
        }
        return null;
    }

    private void end(Run<?, ?> run, JobOutcome outcome) {
        long now = now();
        run.stage = Run.Stage.RETURNED;
        run.ranNanos = now - run.startedAt;
        TypeLoad load = run.load;
        load.running--;
        load.ran(run.ranNanos);
        running--;
        roomChanged();
        if (run.detached) {
            forget(run);
            return;
        }
        if (run.over) {
            tellOver(run);
            forget(run);
            return;
        }
        lookAt(run, now);
        StopReason stop = run.stop;
        if (run.over) {
            return;
        }
        if (stop == StopReason.TIMED_OUT) {
            post(run, timedOut(run));
        } else if (stop == StopReason.WORKER_STOPPED && !(outcome instanceof JobOutcome.Succeeded)) {
            post(run, new JobOutcome.Released(Duration.ZERO));
        } else {
            post(run, outcome);
        }
        checkStopped();
    }

    private static JobOutcome timedOut(Run<?, ?> run) {
        Duration timeout = run.job.job().options().timeout().orElseThrow();
        return new JobOutcome.Failed(
                JobError.of(LibraryError.TIMED_OUT, "the attempt took longer than its timeout of " + timeout));
    }

    /** The attempt is of no more concern. */
    private void forget(Run<?, ?> run) {
        if (run.stage != Run.Stage.RUNNING) {
            runs.remove(run);
        }
        checkStopped();
    }

    // ---- stops of single handlers

    private boolean fencePassed(Run<?, ?> run, long now) {
        return now - run.confirmedAt > settings.fenceNanos();
    }

    /** A handler asks whether it may go on; what the clock says holds at once, however late its lane is (WRK-1). */
    void look(Run<?, ?> run) {
        long now = now();
        if (fencePassed(run, now) || (run.hasTimeout && now - run.timeoutAt >= 0)) {
            lock.lock();
            try {
                lookAt(run, now());
            } finally {
                leave();
            }
        }
    }

    private void lookAt(Run<?, ?> run, long now) {
        if (run.over || run.outcome != null) {
            return;
        }
        if (fencePassed(run, now)) {
            long silent = TimeUnit.NANOSECONDS.toMillis(now - run.confirmedAt);
            effects.add(() -> LOG.warn(
                    "Job {} ({}), attempt {} is given up: no heartbeat was confirmed for {} ms",
                    run.job.id(),
                    run.job.type(),
                    run.job.attempt(),
                    silent));
            lose(run);
        } else if (run.hasTimeout && now - run.timeoutAt >= 0) {
            stop(run, StopReason.TIMED_OUT);
        }
    }

    private void lose(Run<?, ?> run) {
        over(run, StopReason.LOST);
    }

    /** Nothing more is sent for the attempt; its handler, if it runs, must stop. */
    private void over(Run<?, ?> run, StopReason reason) {
        run.over = true;
        run.progress = null;
        if (run.stage == Run.Stage.RUNNING) {
            stop(run, reason);
            // A handler that was told to stop before learns that its attempt is over as well.
            run.stop = reason;
            if (run.detached) {
                tellOver(run);
            }
            return;
        }
        if (run.stage == Run.Stage.WAITING) {
            run.stage = Run.Stage.RETURNED;
            if (waiting.remove(run)) {
                run.load.waiting--;
                roomChanged();
            }
        }
        run.stop = reason;
        tellOver(run);
        forget(run);
        // It may stand in the outbox, and somebody may wait for that to be empty.
        wake(Lane.FINISH);
    }

    private void stop(Run<?, ?> run, StopReason reason) {
        if (run.stop != null) {
            return;
        }
        run.stop = reason;
        if (reason == StopReason.TIMED_OUT || reason == StopReason.WORKER_STOPPED) {
            returnUntil(run, now() + settings.graceNanos());
        }
        run.signaling = true;
        AttemptInfo info = run.info();
        effects.add(() -> {
            LOG.debug("Job {} ({}) must stop: {}", run.job.id(), run.job.type(), reason);
            listeners.tell(listener -> listener.stopRequested(info, reason));
            run.signal(settings.interrupt());
            lock.lock();
            try {
                run.signaling = false;
                if (run.afterSignal != null) {
                    effects.add(run.afterSignal);
                    run.afterSignal = null;
                }
            } finally {
                leave();
            }
        });
    }

    private void returnUntil(Run<?, ?> run, long at) {
        run.hasDeadlineToReturn = true;
        run.abandonAt = at;
        setClock(at);
    }

    private void tellOver(Run<?, ?> run) {
        AttemptInfo info = run.info();
        String reason = run.cancelReason;
        if (reason != null) {
            tellLast(run, () -> {
                LOG.debug("Job {} ({}) was canceled: {}", info.id(), info.type(), reason);
                listeners.tell(listener -> listener.canceled(info, reason));
            });
        } else {
            tellLast(run, () -> {
                LOG.warn("Attempt {} of job {} ({}) was lost", info.attempt(), info.id(), info.type());
                listeners.tell(listener -> listener.lost(info));
            });
        }
    }

    /** The end of an attempt is told behind everything else. */
    private void tellLast(Run<?, ?> run, Runnable tell) {
        if (run.signaling) {
            run.afterSignal = tell;
        } else {
            effects.add(tell);
        }
    }

    // ---- the clock

    private void setFence(Run<?, ?> run) {
        if (settings.fenceNanos() != Settings.NO_FENCE) {
            setClock(run.confirmedAt + settings.fenceNanos() + 1);
        }
    }

    private void setClock(long at) {
        if (!clockSet || at - clockAt < 0) {
            clockAt = at;
            clockSet = true;
            wake(Lane.CLOCK);
        }
    }

    /** Does what the clock asks for; gives when some lane has something to do at the latest, as far as only time decides it. */
    Optional<Long> tick() {
        lock.lock();
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
            leave();
        }
    }

    /** Whether a stop has come to its end. */
    boolean hasStopped() {
        return phase == Phase.STOPPED;
    }

    private void work() {
        long now = now();
        clockSet = false;
        for (Run<?, ?> run : List.copyOf(runs)) {
            if (run.stage == Run.Stage.RUNNING) {
                workOn(run, now);
            }
        }
        if (phase == Phase.RUNNING) {
            releaseWaiting(run -> {
                boolean late = now - run.claimedAt >= WAITING_NANOS;
                if (late) {
                    run.load.foundLong();
                }
                return late;
            });
            if (!waiting.isEmpty()) {
                setClock(waiting.getFirst().claimedAt + WAITING_NANOS);
            }
        } else if (phase == Phase.STOPPING) {
            long lastAt = stopAt + settings.graceNanos() + LAST_FINISH_NANOS;
            if (now - lastAt >= 0) {
                giveUp();
            } else {
                setClock(now - stopAt < 0 ? stopAt : lastAt);
            }
        }
    }

    private void workOn(Run<?, ?> run, long now) {
        lookAt(run, now);
        if (phase == Phase.STOPPING && now - stopAt >= 0 && !run.hasDeadlineToReturn) {
            stop(run, StopReason.WORKER_STOPPED);
            if (!run.hasDeadlineToReturn) {
                returnUntil(run, stopAt + settings.graceNanos());
            }
        }
        if (run.hasDeadlineToReturn && !run.detached) {
            if (now - run.abandonAt >= 0) {
                abandon(run);
            } else {
                setClock(run.abandonAt);
            }
        }
        if (!run.over && !run.detached) {
            setFence(run);
            if (run.hasTimeout && run.stop == null) {
                setClock(run.timeoutAt);
            }
        }
    }

    /** Ends the attempt without its handler, which keeps its slot until it returns. */
    private void abandon(Run<?, ?> run) {
        run.detached = true;
        effects.add(() -> LOG.warn("The handler of job {} ({}) does not stop", run.job.id(), run.job.type()));
        if (run.over) {
            tellOver(run);
        } else {
            post(run, run.stop == StopReason.TIMED_OUT ? timedOut(run) : new JobOutcome.Released(Duration.ZERO));
        }
        checkStopped();
    }

    private void releaseWaiting(Predicate<Run<?, ?>> which) {
        waiting.removeIf(run -> {
            if (!which.test(run)) {
                return false;
            }
            run.load.waiting--;
            run.stage = Run.Stage.RETURNED;
            post(run, new JobOutcome.Released(Duration.ZERO));
            return true;
        });
        roomChanged();
    }

    // ---- heartbeats

    private @Nullable Call<?> nextHeartbeat() {
        if (beating || runs.isEmpty() || now() - beatAt < 0) {
            return null;
        }
        List<Run<?, ?>> alive = new ArrayList<>(runs.size());
        for (Run<?, ?> run : runs) {
            if (!run.over && !run.sent) {
                alive.add(run);
            }
        }
        beatAt = now() + settings.heartbeatNanos();
        if (alive.isEmpty()) {
            return null;
        }
        beating = true;
        return new HeartbeatCall(alive);
    }

    private final class HeartbeatCall extends Call<List<TokenAnswer>> {
        private final List<Run<?, ?>> alive;
        private final long sentAt = now();

        HeartbeatCall(List<Run<?, ?>> alive) {
            this.alive = alive;
        }

        @Override
        List<TokenAnswer> send() {
            return timed(StoreCall.HEARTBEAT, alive.size(), () -> {
                List<TokenAnswer> answers = new ArrayList<>(alive.size());
                for (int from = 0; from < alive.size(); from += MAX_TOKENS) {
                    List<JobToken> tokens = alive.subList(from, Math.min(alive.size(), from + MAX_TOKENS)).stream()
                            .map(run -> run.job.token())
                            .toList();
                    answers.addAll(settings.queue().heartbeat(tokens));
                }
                return answers;
            });
        }

        @Override
        void answered(List<TokenAnswer> answers) {
            lock.lock();
            try {
                beating = false;
                beatFailures = 0;
                for (int i = 0; i < alive.size(); i++) {
                    heard(alive.get(i), answers.get(i), sentAt);
                }
                wake(Lane.HEARTBEAT);
            } finally {
                leave();
            }
        }

        @Override
        void failed(RuntimeException failure) {
            lock.lock();
            try {
                beating = false;
                if (failure instanceof JobQueueException.Closed) {
                    queueClosed();
                    return;
                }
                long second = TimeUnit.SECONDS.toNanos(1);
                long wait = Math.min(settings.heartbeatNanos(), second << Math.min(10, beatFailures++));
                beatAt = now() + wait;
                logLater("Heartbeats failed", failure);
                wake(Lane.HEARTBEAT);
            } finally {
                leave();
            }
        }
    }

    /** What the store says to a heartbeat or report. While a finish is under way, its own answer comes first: it may be why the token is lost. */
    private void heard(Run<?, ?> run, TokenAnswer answer, long sentAt) {
        if (run.over) {
            return;
        }
        if (answer.verdict() == Verdict.CONTINUE) {
            if (sentAt - run.confirmedAt > 0) {
                run.confirmedAt = sentAt;
            }
        } else if (run.sent) {
            run.heardWhileSent = answer;
        } else {
            answer.cancelReason().ifPresent(reason -> run.cancelReason = reason);
            over(run, answer.verdict() == Verdict.CANCELED ? StopReason.CANCELED : StopReason.LOST);
        }
    }

    /** A heartbeat of one attempt, in the thread of its handler. */
    void confirm(Run<?, ?> run) {
        long sentAt = now();
        List<TokenAnswer> answers =
                timed(StoreCall.HEARTBEAT, 1, () -> settings.queue().heartbeat(List.of(run.job.token())));
        lock.lock();
        try {
            heard(run, answers.get(0), sentAt);
        } finally {
            leave();
        }
    }

    // ---- progress

    void report(Run<?, ?> run, RawJson progress) {
        lock.lock();
        try {
            if (run.over || run.stop != null || run.stage != Run.Stage.RUNNING) {
                return;
            }
            if (run.progress == null && !run.reporting) {
                reports.addLast(run);
            }
            run.progress = progress;
            wake(Lane.REPORT);
        } finally {
            leave();
        }
    }

    private @Nullable Call<?> nextReport() {
        if (reporting || reportRetry.mustWait()) {
            return null;
        }
        reports.removeIf(run -> run.over || run.outcome != null || run.stage != Run.Stage.RUNNING);
        long now = now();
        for (Run<?, ?> run : reports) {
            if (now - run.reportAt >= 0) {
                reports.remove(run);
                RawJson progress = requireNonNull(run.progress);
                run.progress = null;
                run.reporting = true;
                reporting = true;
                return new ReportCall(run, progress);
            }
        }
        return null;
    }

    private Optional<Long> reportAt() {
        if (reportRetry.mustWait()) {
            return Optional.of(reportRetry.at);
        }
        long now = now();
        return reports.stream()
                .map(run -> run.reportAt - now)
                .min(Long::compare)
                .map(wait -> now + wait);
    }

    private final class ReportCall extends Call<TokenAnswer> {
        private final Run<?, ?> run;
        private final RawJson progress;
        private final long sentAt = now();

        ReportCall(Run<?, ?> run, RawJson progress) {
            this.run = run;
            this.progress = progress;
        }

        @Override
        TokenAnswer send() {
            return timed(StoreCall.REPORT, 1, () -> settings.queue().report(run.job.token(), progress));
        }

        @Override
        void answered(TokenAnswer answer) {
            lock.lock();
            try {
                reportRetry.succeeded();
                heard(run, answer, sentAt);
                goOn();
            } finally {
                leave();
            }
        }

        @Override
        void failed(RuntimeException failure) {
            lock.lock();
            try {
                logLater("Progress could not be stored", failure);
                reportRetry.failed();
                if (run.progress == null && !run.over) {
                    run.progress = progress;
                }
                goOn();
            } finally {
                leave();
            }
        }

        private void goOn() {
            reporting = false;
            run.reporting = false;
            run.reportAt = now() + REPORT_NANOS;
            if (run.progress != null && !run.over) {
                reports.addLast(run);
            }
            wake(Lane.REPORT);
        }
    }

    // ---- finishes

    /** Hands the end of an attempt over to the lane that sends it. */
    private void post(Run<?, ?> run, JobOutcome outcome) {
        run.outcome = outcome;
        outbox.addLast(run);
        wake(Lane.FINISH);
    }

    private @Nullable Call<?> nextFinish() {
        if (finishing || finishRetry.mustWait()) {
            return null;
        }
        List<Run<?, ?>> batch = new ArrayList<>();
        long weight = 0;
        while (!outbox.isEmpty() && batch.size() < MAX_FINISHES) {
            Run<?, ?> run = outbox.getFirst();
            if (run.over) {
                outbox.removeFirst();
                continue;
            }
            long more = run.weight();
            if (!batch.isEmpty() && (run.alone || weight + more > MAX_FINISH_WEIGHT)) {
                break;
            }
            outbox.removeFirst();
            batch.add(run);
            weight += more;
            run.sent = true;
            if (run.alone) {
                break;
            }
        }
        if (batch.isEmpty()) {
            checkStopped();
            return null;
        }
        finishing = true;
        inFlight = batch.size();
        return new FinishCall(batch);
    }

    private final class FinishCall extends Call<List<FinishAnswer>> {
        private final List<Run<?, ?>> batch;

        FinishCall(List<Run<?, ?>> batch) {
            this.batch = batch;
        }

        @Override
        List<FinishAnswer> send() {
            return timed(StoreCall.FINISH, batch.size(), () -> {
                List<JobFinish> finishes = new ArrayList<>(batch.size());
                for (Run<?, ?> run : batch) {
                    finishes.add(new JobFinish(run.job.token(), requireNonNull(run.outcome), run.followUps()));
                }
                return settings.queue().finishAll(finishes);
            });
        }

        @Override
        void answered(List<FinishAnswer> answers) {
            lock.lock();
            try {
                finishRetry.succeeded();
                for (int i = batch.size() - 1; i >= 0; i--) {
                    settle(batch.get(i), answers.get(i));
                }
                done();
            } finally {
                leave();
            }
        }

        private void settle(Run<?, ?> run, FinishAnswer answer) {
            if (answer.refusal().isPresent()) {
                sendInstead(run, answer.refusal().get());
                return;
            }
            TokenAnswer given = answer.answer().orElseThrow();
            run.over = true;
            if (given.verdict() == Verdict.DONE) {
                tellEnd(run);
            } else {
                given.cancelReason().ifPresent(reason -> run.cancelReason = reason);
                tellOver(run);
            }
            forget(run);
        }

        @Override
        void failed(RuntimeException failure) {
            lock.lock();
            try {
                if (failure instanceof JobQueueException.Closed) {
                    finishing = false;
                    inFlight = 0;
                    queueClosed();
                    return;
                }
                boolean mistake =
                        failure instanceof IllegalArgumentException || failure instanceof JobQueueException.Refused;
                boolean nothingHappened = mistake || failure instanceof JobQueueException.StoreUnavailable;
                boolean outage = failure instanceof JobQueueException.StoreUnavailable
                        || failure instanceof JobQueueException.OutcomeUnknown
                        || failure instanceof JobQueueException.Corrupt;
                for (int i = batch.size() - 1; i >= 0; i--) {
                    Run<?, ?> run = batch.get(i);
                    run.uncertain |= !nothingHappened;
                    run.sent = run.uncertain;
                    TokenAnswer heard = run.heardWhileSent;
                    if (!run.sent && heard != null) {
                        // The finish never took effect, so what was heard meanwhile holds (WRK-2).
                        heard(run, heard, run.confirmedAt);
                    } else if (mistake && batch.size() == 1) {
                        sendInstead(run, failure);
                    } else {
                        run.alone |= !outage;
                        outbox.addFirst(run);
                    }
                }
                if (!mistake) {
                    finishRetry.failed();
                    logLater("Jobs could not be ended", failure);
                }
                done();
            } finally {
                leave();
            }
        }

        /** What the handler gave cannot be stored, and never will: too large, or follow-ups that are refused. */
        private void sendInstead(Run<?, ?> run, RuntimeException refusal) {
            boolean already = run.outcome instanceof JobOutcome.Failed failed
                    && failed.error().code() == LibraryError.HANDLER_FAILED.code();
            effects.add(() -> LOG.warn(
                    "The end of job {} ({}) was refused: {}", run.job.id(), run.job.type(), refusal.getMessage()));
            if (already) {
                run.over = true;
                tellOver(run);
                forget(run);
            } else {
                run.outcome = new JobOutcome.Failed(HandlerErrors.of(refusal));
                outbox.addFirst(run);
            }
        }

        private void done() {
            finishing = false;
            inFlight = 0;
            wake(Lane.FINISH);
            roomChanged();
            checkStopped();
        }
    }

    /** The store has acknowledged the end, so it may be told. */
    private void tellEnd(Run<?, ?> run) {
        JobOutcome outcome = requireNonNull(run.outcome);
        if (listeners.none()) {
            return;
        }
        AttemptInfo info = run.info();
        tellLast(
                run,
                () -> listeners.tell(listener -> {
                    if (outcome instanceof JobOutcome.Succeeded) {
                        listener.succeeded(info);
                    } else if (outcome instanceof JobOutcome.Failed failed) {
                        listener.failed(info, failed.error());
                    } else if (outcome instanceof JobOutcome.Released released) {
                        listener.released(info, released.delay());
                    }
                }));
    }

    private interface StoreWork<T> {
        T call();
    }

    private <T> T timed(StoreCall call, int jobs, StoreWork<T> work) {
        if (listeners.none()) {
            return work.call();
        }
        long start = System.nanoTime();
        @Nullable RuntimeException failure = null;
        try {
            return work.call();
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            Optional<RuntimeException> thrown = Optional.ofNullable(failure);
            listeners.tell(listener -> listener.storeCalled(call, jobs, took, thrown));
        }
    }

    // ---- the end

    /** No new claim; what waits is given back at once, what runs has until then (WRK-3). */
    void stop(Duration limit) {
        lock.lock();
        try {
            // A limit of centuries must not turn around.
            long at = now() + Math.min(limit.toNanos(), Long.MAX_VALUE / 4);
            if (phase == Phase.RUNNING) {
                phase = Phase.STOPPING;
                stopAt = at;
                releaseWaiting(run -> true);
            } else if (phase == Phase.STOPPING && at - stopAt < 0) {
                stopAt = at;
            }
            setClock(stopAt);
            roomChanged();
            wakeAll();
            checkStopped();
        } finally {
            leave();
        }
    }

    private void checkStopped() {
        if (phase == Phase.STOPPING && !claiming && outbox.isEmpty() && !finishing && nobodyRuns()) {
            end();
        }
    }

    private boolean nobodyRuns() {
        for (Run<?, ?> run : runs) {
            if (run.stage == Run.Stage.RUNNING && !run.detached) {
                return false;
            }
        }
        return true;
    }

    private void end() {
        phase = Phase.STOPPED;
        wakeAll();
        stopped.signalAll();
    }

    /** The store does not answer: the heartbeats will end what is left. */
    private void giveUp() {
        if (!outbox.isEmpty() || finishing) {
            int left = outbox.size() + inFlight;
            effects.add(() -> LOG.warn("{} jobs could not be ended before the worker stopped", left));
        }
        end();
    }

    /** Without a queue nothing can be kept: all handlers must stop. */
    private void queueClosed() {
        effects.add(() -> LOG.info("The queue was closed under the worker"));
        outbox.clear();
        waiting.clear();
        for (Run<?, ?> run : List.copyOf(runs)) {
            if (!run.over && !run.sent) {
                over(run, StopReason.LOST);
            } else if (run.sent) {
                run.over = true;
                tellOver(run);
                forget(run);
            }
        }
        if (phase == Phase.RUNNING) {
            phase = Phase.STOPPING;
            stopAt = now();
        }
        setClock(stopAt);
        wakeAll();
        roomChanged();
        checkStopped();
    }

    /** Waits for the end of a stop; the interrupts of the caller hasten it and are kept. */
    void awaitStopped() {
        boolean interrupted = false;
        lock.lock();
        try {
            while (phase != Phase.STOPPED) {
                try {
                    stopped.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    if (phase == Phase.STOPPING && now() - stopAt < 0) {
                        stopAt = now();
                        setClock(stopAt);
                    }
                }
            }
        } finally {
            leave();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
