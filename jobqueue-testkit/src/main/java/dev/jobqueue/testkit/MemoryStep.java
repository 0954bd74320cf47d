package dev.jobqueue.testkit;

import static dev.jobqueue.JobState.BLOCKED;
import static dev.jobqueue.JobState.CANCELED;
import static dev.jobqueue.JobState.FAILED;
import static dev.jobqueue.JobState.READY;
import static dev.jobqueue.JobState.RUNNING;
import static dev.jobqueue.JobState.SCHEDULED;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one item of a call does to the jobs: all of it, or after {@link #undo} nothing.
 *
 * <p>The state machine of the reference store: every change of a job's life is here.
 */
final class MemoryStep {
    final Instant now;
    private final long nanos;
    private final MemoryJobs jobs;

    private final Map<TypeChannel, Integer> ready = new LinkedHashMap<>();
    private final Set<TypeChannel> scheduled = new LinkedHashSet<>();
    private final Set<JobId> ended = new LinkedHashSet<>();

    private final Deque<MemoryJob> added = new ArrayDeque<>();
    private final Map<MemoryJob, MemoryJob.Life> before = new LinkedHashMap<>();

    MemoryStep(MemoryJobs jobs, Instant now, long nanos) {
        this.jobs = jobs;
        this.now = now;
        this.nanos = nanos;
    }

    /** Takes everything back. */
    void undo() {
        jobs.undoAdd(added);
        added.forEach(before::remove);
        before.forEach((job, life) -> {
            jobs.takeOutOfOrders(job);
            job.life = life;
            jobs.putIntoOrders(job);
        });
        added.clear();
        before.clear();
        ready.clear();
        scheduled.clear();
        ended.clear();
    }

    /** What this step and a later one changed, together. */
    void merge(MemoryStep later) {
        later.ready.forEach((pair, count) -> ready.merge(pair, count, Integer::sum));
        scheduled.addAll(later.scheduled);
        ended.addAll(later.ended);
    }

    Changes changes() {
        return new Changes(ready, scheduled, List.copyOf(ended), false);
    }

    /** Creates a job whose dependencies exist. */
    MemoryJob add(NewJob given, List<Dependency> edges) {
        MemoryJob job = new MemoryJob(jobs.nextSeq(), given.job(), edges, now, now.plus(given.delay()));
        for (MemoryJob dependency : jobs.dependencies(job)) {
            if (!dependency.finished()) {
                job.life.unfinishedDependencies++;
            }
        }
        jobs.add(job);
        added.addFirst(job);
        if (failedDependency(job).isPresent()) {
            failByDependency(job);
        } else if (job.life.unfinishedDependencies == 0) {
            unblock(job);
        }
        return job;
    }

    /** Makes a SCHEDULED job READY whose time has come; no change for waiters, who know the time. */
    void promote(MemoryJob job) {
        change(job, life -> {
            life.state = READY;
            life.ready = life.due;
        });
    }

    void start(MemoryJob job, ClaimSlot slot) {
        change(job, life -> {
            life.state = RUNNING;
            life.attempts++;
            life.run = new MemoryJob.Run(slot.token(), slot.worker(), now, nanos);
        });
    }

    /** Turns the running attempt into one of the past. The job needs its next state right after that. */
    void endAttempt(MemoryJob job, Attempt.End end, @Nullable JobError error) {
        change(job, life -> {
            MemoryJob.Run run = life.run;
            if (run == null) {
                throw new IllegalStateException(job + " does not run");
            }
            List<MemoryJob.Past> past = new ArrayList<>(life.past);
            past.add(new MemoryJob.Past(
                    run.token,
                    new Attempt(
                            life.attempts,
                            run.worker,
                            run.started,
                            Optional.of(now),
                            Optional.of(end),
                            Optional.ofNullable(error))));
            life.past = List.copyOf(past.subList(Math.max(0, past.size() - Attempt.KEPT), past.size()));
            life.run = null;
            life.failures += end == Attempt.End.FAILED || end == Attempt.End.TIMED_OUT ? 1 : 0;
            life.recoveries += end == Attempt.End.HEARTBEAT_LOST ? 1 : 0;
        });
    }

    /** Makes the job READY, after the wait if there is one. */
    void putBack(MemoryJob job, Duration wait) {
        if (wait.isZero()) {
            makeReady(job);
        } else {
            schedule(job, now.plus(wait));
        }
    }

    /** Ends a job for good; its dependents follow. */
    void end(MemoryJob job, JobState state, @Nullable RawJson result, @Nullable JobError error) {
        makeFinal(job, state, result, error, null);
        follow(List.of(job));
    }

    /** Cancels all of these at once; then their dependents follow. */
    void cancel(Collection<MemoryJob> canceled, String reason) {
        for (MemoryJob job : canceled) {
            if (job.state() == RUNNING) {
                endAttempt(job, Attempt.End.CANCELED, null);
            }
            makeFinal(job, CANCELED, null, null, reason);
        }
        follow(canceled);
    }

    /** DEP-1 to DEP-4: what the end of these jobs does to those above them. */
    private void follow(Collection<MemoryJob> roots) {
        NavigableMap<Position, MemoryJob> doomed = new TreeMap<>();
        Deque<MemoryJob> work = new ArrayDeque<>();
        roots.stream().filter(MemoryJob::failedOrCanceled).forEach(work::add);
        while (!work.isEmpty()) {
            MemoryJob failed = work.remove();
            for (MemoryJob dependent : failed.dependents.values()) {
                if (dependent.state() == BLOCKED
                        && dependent.required.contains(failed.id())
                        && doomed.put(dependent.bySeq(), dependent) == null) {
                    work.add(dependent);
                }
            }
        }
        // In enqueue order, so that each finds all failed dependencies failed and names the first of them.
        doomed.values().forEach(this::failByDependency);

        List<MemoryJob> finished = new ArrayList<>(roots);
        finished.addAll(doomed.values());
        NavigableMap<Position, MemoryJob> free = new TreeMap<>();
        for (MemoryJob job : finished) {
            for (MemoryJob dependent : job.dependents.values()) {
                if (dependent.state() == BLOCKED) {
                    change(dependent, life -> life.unfinishedDependencies--);
                    if (dependent.life.unfinishedDependencies == 0) {
                        free.put(dependent.bySeq(), dependent);
                    }
                }
            }
        }
        free.values().forEach(this::unblock);
    }

    private void failByDependency(MemoryJob job) {
        MemoryJob cause = failedDependency(job).orElseThrow();
        JobError error =
                StoreRules.dependencyFailed(cause.id(), cause.state(), cause.life.error, cause.life.cancelReason);
        makeFinal(job, FAILED, null, error, null);
    }

    /** The required dependency at the lowest position that has failed or was canceled. */
    private Optional<MemoryJob> failedDependency(MemoryJob job) {
        return job.edges.stream()
                .filter(Dependency::required)
                .map(edge -> jobs.existing(edge.id()))
                .filter(MemoryJob::failedOrCanceled)
                .findFirst();
    }

    private void unblock(MemoryJob job) {
        change(job, life -> life.unblocked = now);
        if (job.earliest.isAfter(now)) {
            schedule(job, job.earliest);
        } else {
            makeReady(job);
        }
    }

    private void makeReady(MemoryJob job) {
        change(job, life -> {
            life.state = READY;
            life.ready = now;
        });
        ready.merge(job.pair, 1, Integer::sum);
    }

    private void schedule(MemoryJob job, Instant due) {
        change(job, life -> {
            life.state = SCHEDULED;
            life.due = due;
        });
        scheduled.add(job.pair);
    }

    private void makeFinal(
            MemoryJob job,
            JobState state,
            @Nullable RawJson result,
            @Nullable JobError error,
            @Nullable String cancelReason) {
        change(job, life -> {
            life.state = state;
            life.finished = now;
            life.result = result;
            life.error = error;
            life.cancelReason = cancelReason;
        });
        ended.add(job.id());
    }

    private void change(MemoryJob job, Consumer<MemoryJob.Life> change) {
        jobs.takeOutOfOrders(job);
        before.putIfAbsent(job, job.life.copy());
        change.accept(job.life);
        jobs.putIntoOrders(job);
    }
}
