package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction does to jobs that it has locked: decided here, in memory, and then written by {@link StepWriter} in a few statements however many
 * jobs there are. The state machine of this store for all that {@code claim} and {@code finish_succeeded} do not do in the database.
 */
final class Step {
    /** An attempt that ended while its job did not. */
    record PastAttempt(
            JobId job,
            int number,
            JobToken token,
            String worker,
            Instant started,
            Attempt.End end,
            @Nullable JobError error) {}

    final Instant now;
    final Set<LiveJob> changed = new LinkedHashSet<>();
    final List<PastAttempt> past = new ArrayList<>();
    final List<JobToken> endedTokens = new ArrayList<>();
    private final Dependents dependents;
    private final Map<TypeChannel, Integer> ready = new LinkedHashMap<>();
    private final Set<TypeChannel> scheduled = new LinkedHashSet<>();
    private final Set<JobId> ended = new LinkedHashSet<>();

    Step(Instant now, Dependents dependents) {
        this.now = now;
        this.dependents = dependents;
    }

    Changes changes() {
        return new Changes(ready, scheduled, List.copyOf(ended), false);
    }

    /** Ends the running attempt with this outcome; the job may be tried again (FIN-3). */
    void fail(LiveJob job, Attempt.End end, JobError error, @Nullable RawJson result, double jitter) {
        job.failures++;
        Optional<Duration> wait = StoreRules.retryAfter(job.options(), job.failures, error, jitter);
        if (wait.isPresent()) {
            putBack(job, end, error, wait.get());
        } else {
            endWithAttempt(job, end, JobState.FAILED, result, error);
        }
    }

    /** Gives the job up after a silence (HB-2). */
    void loseHeartbeat(LiveJob job, Duration limit) {
        JobError error = StoreRules.heartbeatLost(requireNonNull(job.worker), limit);
        boolean recovers = StoreRules.recovers(job.options(), job.recoveries);
        job.recoveries++;
        if (recovers) {
            putBack(job, Attempt.End.HEARTBEAT_LOST, error, Duration.ZERO);
        } else {
            endWithAttempt(job, Attempt.End.HEARTBEAT_LOST, JobState.FAILED, null, error);
        }
    }

    /** Ends the attempt because it took too long (FIN-9). */
    void timeOut(LiveJob job, double jitter) {
        JobOptions options = job.options();
        fail(job, Attempt.End.TIMED_OUT, StoreRules.timedOut(options.timeout().orElseThrow()), null, jitter);
    }

    /** Ends the running attempt but not the job, which is READY after this wait. */
    void putBack(LiveJob job, Attempt.End end, @Nullable JobError error, Duration wait) {
        JobToken token = requireNonNull(job.token);
        past.add(new PastAttempt(
                job.id, job.attempt, token, requireNonNull(job.worker), requireNonNull(job.started), end, error));
        endedTokens.add(token);
        job.token = null;
        if (wait.isZero()) {
            makeReady(job);
        } else {
            schedule(job, now.plus(wait));
        }
    }

    /** Ends the running attempt and the job with it; its dependents follow. */
    void endWithAttempt(
            LiveJob job, Attempt.End end, JobState state, @Nullable RawJson result, @Nullable JobError error) {
        job.ending = end;
        endedTokens.add(requireNonNull(job.token));
        end(job, state, result, error);
    }

    /** Ends a job for good; its dependents follow. */
    void end(LiveJob job, JobState state, @Nullable RawJson result, @Nullable JobError error) {
        makeFinal(job, state, result, error, null);
        follow(List.of(job));
    }

    /** Cancels all of these at once; then their dependents follow. */
    void cancel(Collection<LiveJob> canceled, String reason) {
        for (LiveJob job : canceled) {
            if (job.state == JobState.RUNNING) {
                job.ending = Attempt.End.CANCELED;
                endedTokens.add(requireNonNull(job.token));
            }
            makeFinal(job, JobState.CANCELED, null, null, reason);
        }
        follow(canceled);
    }

    /** DEP-1 to DEP-4: what the end of these jobs does to those above them. */
    private void follow(Collection<LiveJob> roots) {
        Set<LiveJob> doomed = new TreeSet<>(Comparator.comparingLong((LiveJob job) -> job.seq));
        Deque<LiveJob> work = new ArrayDeque<>();
        roots.stream().filter(LiveJob::failedOrCanceled).forEach(work::add);
        while (!work.isEmpty()) {
            for (Dependents.Edge edge : dependents.of(work.remove())) {
                LiveJob dependent = edge.dependent();
                if (edge.required() && dependent.state == JobState.BLOCKED && doomed.add(dependent)) {
                    work.add(dependent);
                }
            }
        }
        // In enqueue order, so that each finds all failed dependencies failed and names the first of them.
        for (LiveJob job : doomed) {
            LiveJob cause = dependents.failedDependency(job);
            makeFinal(
                    job,
                    JobState.FAILED,
                    null,
                    StoreRules.dependencyFailed(cause.id, cause.state, cause.error, cause.cancelReason),
                    null);
        }
        List<LiveJob> finished = new ArrayList<>(roots);
        finished.addAll(doomed);
        Set<LiveJob> free = new TreeSet<>(Comparator.comparingLong((LiveJob job) -> job.seq));
        for (LiveJob job : finished) {
            for (Dependents.Edge edge : dependents.of(job)) {
                LiveJob dependent = edge.dependent();
                if (dependent.state == JobState.BLOCKED) {
                    changed.add(dependent);
                    dependent.waitingFor--;
                    if (dependent.waitingFor == 0) {
                        free.add(dependent);
                    }
                }
            }
        }
        free.forEach(this::unblock);
    }

    private void unblock(LiveJob job) {
        job.unblocked = now;
        if (job.earliest.isAfter(now)) {
            schedule(job, job.earliest);
        } else {
            makeReady(job);
        }
    }

    private void makeReady(LiveJob job) {
        changed.add(job);
        job.state = JobState.READY;
        job.ready = now;
        ready.merge(job.pair, 1, Integer::sum);
    }

    private void schedule(LiveJob job, Instant due) {
        changed.add(job);
        job.state = JobState.SCHEDULED;
        job.due = due;
        scheduled.add(job.pair);
    }

    private void makeFinal(
            LiveJob job,
            JobState state,
            @Nullable RawJson result,
            @Nullable JobError error,
            @Nullable String cancelReason) {
        changed.add(job);
        job.state = state;
        job.finished = now;
        job.waitingFor = 0;
        job.result = result;
        job.error = error;
        job.cancelReason = cancelReason;
        ended.add(job.id);
    }
}
