package dev.jobqueue.examples.sqlite;

import static dev.jobqueue.JobState.CANCELED;
import static dev.jobqueue.JobState.FAILED;
import static dev.jobqueue.JobState.READY;
import static dev.jobqueue.JobState.RUNNING;
import static dev.jobqueue.JobState.SCHEDULED;
import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one item of a call does to the jobs: every arrow of the state diagram, and what waiters have to be told of it. */
final class Step {
    final Instant now;
    private final Jobs jobs;
    private final Map<TypeChannel, Integer> ready = new HashMap<>();
    private final Set<TypeChannel> scheduled = new HashSet<>();
    private final Set<JobId> ended = new LinkedHashSet<>();
    private final Set<JobToken> over = new HashSet<>();

    Step(Jobs jobs, Instant now) {
        this.jobs = jobs;
        this.now = now;
    }

    /** What this step and a later one changed, together. */
    void merge(Step later) {
        later.ready.forEach((pair, count) -> ready.merge(pair, count, Integer::sum));
        scheduled.addAll(later.scheduled);
        ended.addAll(later.ended);
        over.addAll(later.over);
    }

    Changes changes() {
        return new Changes(ready, scheduled, List.copyOf(ended), false);
    }

    /** The tokens whose attempt has ended. */
    Set<JobToken> over() {
        return over;
    }

    Row add(NewJob item, List<Dependency> edges) {
        Row job = new Row(jobs.nextSeq(), item.job(), now, now.plus(item.delay()));
        jobs.insert(job, edges);
        if (jobs.failedDependency(job).isPresent()) {
            failByDependency(job);
        } else if (job.waitingFor == 0) {
            unblock(job);
        }
        return job;
    }

    void start(Row job, ClaimSlot slot) {
        job.state = RUNNING;
        job.attempts++;
        job.token = slot.token();
        jobs.save(job);
        jobs.insertAttempt(
                job,
                slot.token(),
                new Attempt(job.attempts, slot.worker(), now, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** Ends the running attempt; the job needs its next state right after that. */
    void endAttempt(Row job, Attempt.End end, @Nullable JobError error) {
        JobToken token = requireNonNull(job.token, "token");
        Attempt running = jobs.attempt(token).orElseThrow().attempt();
        jobs.endAttempt(
                job,
                new Attempt(
                        running.number(),
                        running.worker(),
                        running.started(),
                        Optional.of(now),
                        Optional.of(end),
                        Optional.ofNullable(error)));
        over.add(token);
        job.token = null;
        job.progress = null;
        job.failures += end == Attempt.End.FAILED || end == Attempt.End.TIMED_OUT ? 1 : 0;
        job.recoveries += end == Attempt.End.HEARTBEAT_LOST ? 1 : 0;
    }

    /** What follows a failure that is counted already (FIN-3). */
    void retryOrFail(Row job, JobError error, @Nullable RawJson result, double jitter) {
        Optional<Duration> wait = StoreRules.retryAfter(job.options(), job.failures, error, jitter);
        if (wait.isPresent()) {
            putBack(job, wait.get());
        } else {
            end(job, FAILED, result, error);
        }
    }

    /** READY again, after the wait if there is one. */
    void putBack(Row job, Duration wait) {
        if (wait.isZero()) {
            makeReady(job);
        } else {
            schedule(job, now.plus(wait));
        }
    }

    void end(Row job, JobState state, @Nullable RawJson result, @Nullable JobError error) {
        makeFinal(job, state, result, error, null);
        follow(List.of(job));
    }

    /** Cancels all of these; then their dependents follow. */
    void cancel(Collection<Row> canceled, String reason) {
        for (Row job : canceled) {
            if (job.state == RUNNING) {
                endAttempt(job, Attempt.End.CANCELED, null);
            }
            makeFinal(job, CANCELED, null, null, reason);
        }
        follow(canceled);
    }

    // guide: begin follow
    /** DEP-1 to DEP-4: what the end of these jobs does to those above them, in the same transaction. */
    private void follow(Collection<Row> roots) {
        NavigableMap<Long, Row> doomed = new TreeMap<>();
        Deque<Row> work = new ArrayDeque<>(roots);
        while (!work.isEmpty()) {
            Row ended = work.remove();
            if (ended.failedOrCanceled() || doomed.containsKey(ended.seq)) {
                for (Row dependent : jobs.requiring(ended)) {
                    if (doomed.put(dependent.seq, dependent) == null) {
                        work.add(dependent);
                    }
                }
            }
        }
        // In enqueue order: each finds its own dependencies decided, and names the first that failed.
        doomed.values().forEach(this::failByDependency);
        List<Row> finished = new ArrayList<>(roots);
        finished.addAll(doomed.values());
        finished.forEach(jobs::countDown);
        jobs.free().forEach(this::unblock);
    }
    // guide: end follow

    private void failByDependency(Row job) {
        Row cause = jobs.failedDependency(job).orElseThrow();
        makeFinal(
                job,
                FAILED,
                null,
                StoreRules.dependencyFailed(cause.id, cause.state, cause.error, cause.cancelReason),
                null);
    }

    private void unblock(Row job) {
        job.unblocked = now;
        if (job.earliest.isAfter(now)) {
            schedule(job, job.earliest);
        } else {
            makeReady(job);
        }
    }

    private void makeReady(Row job) {
        job.state = READY;
        job.ready = now;
        jobs.save(job);
        ready.merge(job.pair, 1, Integer::sum);
    }

    private void schedule(Row job, Instant due) {
        job.state = SCHEDULED;
        job.due = due;
        jobs.save(job);
        scheduled.add(job.pair);
    }

    private void makeFinal(
            Row job,
            JobState state,
            @Nullable RawJson result,
            @Nullable JobError error,
            @Nullable String cancelReason) {
        job.state = state;
        job.finished = now;
        job.result = result;
        job.error = error;
        job.cancelReason = cancelReason;
        jobs.save(job);
        ended.add(job.id);
    }
}
