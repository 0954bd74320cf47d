package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.LibraryError;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to ask the queue for, and what becomes of the jobs. Guarded by {@link CoreLock}.
 *
 * <p>One claim is under way at a time, and of short jobs a second one. What has been asked for counts as if it were there.
 */
final class Claims {
    private static final int MOST_JOBS = 10_000;
    /** The most in one claim, unless more can start at once: a batch comes sooner, and there is something left for the other lane. */
    private static final int MOST_AHEAD = 1_000;

    /**
     * What to ask for.
     *
     * @param lane CLAIM or AHEAD
     * @param types full names
     * @param most the most jobs
     * @param all whether no type with a handler is left out
     */
    record Plan(Lane lane, Set<TypeName> types, int most, boolean all) {}

    private final Settings settings;
    private final CoreLock lock;
    private final Attempts attempts;
    private final Waiting waiting;
    private final Outbox outbox;
    private final Heartbeats heartbeats;
    private final Shutdown shutdown;
    private final Map<TypeName, TypeLoad> types = new LinkedHashMap<>();
    private final Retry retry;
    private final Set<Lane> underWay = EnumSet.noneOf(Lane.class);
    /** How many jobs the claims under way may bring. */
    private int asked;
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

    /** Whether this lane has something to ask for; cheap, because it is asked behind every change. */
    private boolean wanted(Lane lane) {
        boolean itsTurn = lane == Lane.CLAIM
                ? !underWay.contains(Lane.CLAIM)
                : underWay.contains(Lane.CLAIM) && !underWay.contains(Lane.AHEAD) && waitsFor == null;
        return itsTurn && most(lane, asked) > 0 && !retry.mustWait();
    }

    /** What can start at once if so many jobs come; less than zero if more jobs wait than can. */
    private int free(Lane lane, int coming) {
        int free = settings.concurrency() - attempts.runningCount() - waiting.size() - coming;
        return lane == Lane.AHEAD ? Math.min(0, free) : free;
    }

    /** Of all types with room if something can start at once, else of those of short jobs, to be there when something can. */
    private static boolean wanted(TypeLoad type, int free, int coming) {
        return type.room() > coming && (free > 0 || type.inAdvance() > 0);
    }

    /** How many jobs to ask for. */
    private int most(Lane lane, int coming) {
        if (shutdown.begun() || outbox.full()) {
            return 0;
        }
        int free = free(lane, coming);
        int room = MOST_JOBS;
        int inAdvance = Integer.MAX_VALUE;
        for (TypeLoad type : types.values()) {
            if (wanted(type, free, coming)) {
                room = Math.min(room, type.room() - coming);
                inAdvance = Math.min(inAdvance, type.inAdvance());
            }
        }
        if (inAdvance == Integer.MAX_VALUE) {
            return 0;
        }
        // Half empty before it is filled again, else every job would be a claim of its own.
        if (free <= 0 && waiting.size() + coming > inAdvance / 2) {
            return 0;
        }
        return Math.min(Math.min(room, free + inAdvance), Math.max(free, MOST_AHEAD));
    }

    private Set<TypeName> names(Lane lane, int coming) {
        int free = free(lane, coming);
        Set<TypeName> names = new LinkedHashSet<>();
        for (TypeLoad type : types.values()) {
            if (wanted(type, free, coming)) {
                names.add(type.name());
            }
        }
        return names;
    }

    /** What this lane shall ask for now, if there is something; {@link #end} must follow. */
    @Nullable
    Plan begin(Lane lane) {
        attempts.findLong(settings.now());
        if (!wanted(lane)) {
            return null;
        }
        Set<TypeName> names = names(lane, asked);
        Plan plan = new Plan(lane, names, most(lane, asked), names.size() == types.size());
        underWay.add(lane);
        asked += plan.most();
        return plan;
    }

    private void end(Plan plan) {
        underWay.remove(plan.lane());
        asked -= plan.most();
    }

    boolean underWay() {
        return !underWay.isEmpty();
    }

    Optional<Long> wakeAt() {
        return retry.at();
    }

    /** The counts of a type; a job may be of one that nobody asked for. */
    TypeLoad load(TypeName type) {
        TypeLoad load = types.get(type);
        return load == null ? TypeLoad.unknown(type) : load;
    }

    void taken(Plan plan, List<Run<?, ?>> jobs, long now) {
        end(plan);
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

    void failed(Plan plan, RuntimeException failure) {
        end(plan);
        if (failure instanceof JobQueueException.Closed) {
            shutdown.queueClosed();
        } else {
            retry.failed(failure);
        }
    }

    /** Nothing is asked for soon: there is nobody to run it. */
    void postpone() {
        retry.postpone();
        // Whoever drives the lane waits for that time.
        lock.wake(Lane.CLAIM);
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

    /** Wakes whoever asks if there is something to ask for, and ends a wait that leaves it out. */
    void look() {
        if (waitsFor != null) {
            if (shutdown.begun() || better(waitsFor)) {
                requireNonNull(waiter).interrupt();
            }
        } else if (wanted(Lane.CLAIM)) {
            lock.wake(Lane.CLAIM);
        } else if (wanted(Lane.AHEAD)) {
            lock.wake(Lane.AHEAD);
        }
    }

    /** Whether more types could be asked for, in place of this plan. */
    private boolean better(Plan plan) {
        int others = asked - plan.most();
        return !plan.all() && most(plan.lane(), others) > 0 && !plan.types().containsAll(names(plan.lane(), others));
    }
}
