package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.LibraryError;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides what to ask the queue for, one claim at a time, and what becomes of the jobs. Guarded by {@link CoreLock}. */
final class Claims {
    private static final int MOST_JOBS = 10_000;

    /**
     * What to ask for.
     *
     * @param types full names
     * @param most the most jobs
     * @param all whether no type with a handler is left out
     */
    record Plan(Set<TypeName> types, int most, boolean all) {}

    private final Settings settings;
    private final CoreLock lock;
    private final Attempts attempts;
    private final Waiting waiting;
    private final Outbox outbox;
    private final Heartbeats heartbeats;
    private final Shutdown shutdown;
    private final Map<TypeName, TypeLoad> types = new LinkedHashMap<>();
    private final Retry retry;
    private boolean underWay;
    /** What is asked for by a claim that waits for jobs, in this thread. */
    private @Nullable Plan waitsFor;

    private @Nullable Thread waiter;

    Claims(
            Settings settings,
            CoreLock lock,
            Attempts attempts,
            Waiting waiting,
            Outbox outbox,
            Heartbeats heartbeats,
            Shutdown shutdown) {
        this.settings = settings;
        this.lock = lock;
        this.attempts = attempts;
        this.waiting = waiting;
        this.outbox = outbox;
        this.heartbeats = heartbeats;
        this.shutdown = shutdown;
        settings.handlers().forEach((name, registration) -> types.put(name, new TypeLoad(registration)));
        retry = new Retry(settings, lock, "Jobs could not be taken");
    }

    /** All types with room if something can start at once, else those of short jobs, to be there when something can. */
    private @Nullable Plan plan() {
        if (shutdown.begun() || retry.mustWait() || outbox.full()) {
            return null;
        }
        if (types.values().stream().anyMatch(type -> type.inAdvance() > 0)) {
            attempts.findLong(settings.now());
        }
        int free = settings.concurrency() - attempts.runningCount() - waiting.size();
        Set<TypeName> names = new LinkedHashSet<>();
        int room = MOST_JOBS;
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

    /** What to ask for now, if nothing is asked for yet; {@link #end} must follow. */
    @Nullable
    Plan begin() {
        @Nullable Plan plan = underWay ? null : plan();
        underWay |= plan != null;
        return plan;
    }

    boolean underWay() {
        return underWay;
    }

    Optional<Long> wakeAt() {
        return retry.at();
    }

    private void end() {
        underWay = false;
    }

    /** The counts of a type; a job may be of one that nobody asked for. */
    TypeLoad load(TypeName type) {
        TypeLoad load = types.get(type);
        return load == null ? TypeLoad.unknown(type) : load;
    }

    void taken(Plan plan, List<Run<?, ?>> jobs, long now) {
        end();
        retry.succeeded();
        if (attempts.isEmpty() && !jobs.isEmpty()) {
            heartbeats.begin(now);
        }
        attempts.add(jobs);
        if (jobs.size() >= plan.most()) {
            plan.types()
                    .forEach(name ->
                            requireNonNull(types.get(name)).foundMore(settings.concurrency(), settings.prefetch()));
        }
        for (Run<?, ?> run : jobs) {
            if (!run.load.known()) {
                run.stage = Run.Stage.RETURNED;
                outbox.post(run, noHandler(run));
            } else if (shutdown.begun()) {
                run.stage = Run.Stage.RETURNED;
                outbox.post(run, new JobOutcome.Released(Duration.ZERO));
            } else {
                waiting.add(run);
            }
        }
    }

    private static JobOutcome noHandler(Run<?, ?> run) {
        return new JobOutcome.Failed(
                JobError.of(LibraryError.NO_HANDLER, "this worker has no handler for job type " + run.job.type()));
    }

    void failed(RuntimeException failure) {
        end();
        if (failure instanceof JobQueueException.Closed) {
            shutdown.queueClosed();
        } else {
            retry.failed(failure);
            // Whoever drives the lane waits for the time of the retry.
            lock.wake(Lane.CLAIM);
        }
    }

    /** Nothing is asked for soon: there is nobody to run it. */
    void postpone() {
        retry.postpone();
    }

    // ---- claims that wait

    /** This thread begins to wait for jobs; false if it shall not. */
    boolean beginWait(Plan plan) {
        if (shutdown.begun() || better(plan)) {
            return false;
        }
        waitsFor = plan;
        waiter = Thread.currentThread();
        return true;
    }

    void endWait() {
        waitsFor = null;
        waiter = null;
    }

    /** Ends a wait that leaves out something that could run by now. */
    void look() {
        if (waitsFor != null && (shutdown.begun() || better(waitsFor))) {
            requireNonNull(waiter).interrupt();
        }
    }

    /** Whether more types could be asked for than this plan does. */
    private boolean better(Plan asked) {
        if (asked.all()) {
            return false;
        }
        Plan now = plan();
        return now != null && !asked.types().containsAll(now.types());
    }
}
