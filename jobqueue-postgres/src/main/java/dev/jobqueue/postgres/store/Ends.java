package dev.jobqueue.postgres.store;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.Receipt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Ends jobs from outside, by id. */
final class Ends {
    private final boolean own;

    Ends(boolean own) {
        this.own = own;
    }

    /** In list order; those of a whole graph one by one, the others in parts as long as possible. */
    Receipt<Answer<Integer>> cancel(Handle handle, List<CancelRequest> requests) {
        lockAll(handle, requests);
        ChangeLog changes = new ChangeLog();
        List<Answer<Integer>> answers = new ArrayList<>(requests.size());
        List<CancelRequest> part = new ArrayList<>();
        for (CancelRequest request : requests) {
            if (request.graph()) {
                cancelPart(handle, part, answers, changes);
                part.clear();
                cancelGraph(handle, request, answers, changes);
            } else {
                part.add(request);
            }
        }
        cancelPart(handle, part, answers, changes);
        return new Receipt<>(answers, changes.changes());
    }

    /** What several requests, or one for a graph, will lock step by step is locked in order first, so that batches that cross do not meet head-on. */
    private static void lockAll(Handle handle, List<CancelRequest> requests) {
        if (requests.size() > 1 || requests.get(0).graph()) {
            Set<JobId> all = new LinkedHashSet<>();
            for (CancelRequest request : requests) {
                all.add(request.id());
                if (request.graph()) {
                    all.addAll(Closures.neededOnlyBy(handle, request.id()));
                }
            }
            all.addAll(Dependents.above(handle, all));
            Locks.lock(handle, all);
        }
    }

    private void cancelPart(Handle handle, List<CancelRequest> part, List<Answer<Integer>> answers, ChangeLog changes) {
        if (part.isEmpty()) {
            return;
        }
        Locks.Locked locked = Locks.jobs(handle, ids(part, CancelRequest::id));
        Map<JobId, LiveJob> jobs = locked.jobs();
        Instant now = locked.now();
        List<LiveJob> unfinished = unfinished(jobs.values());
        Step step = new Step(now, Dependents.lock(handle, unfinished, unfinished, jobs, now));
        for (CancelRequest request : part) {
            LiveJob job = jobs.get(request.id());
            answers.add(cancelable(request.id(), job, () -> {
                step.cancel(List.of(job), request.reason());
                return 1;
            }));
        }
        StepWriter.write(handle, step, own);
        changes.add(step.changes());
    }

    private interface Effect {
        int run();
    }

    private static Answer<Integer> cancelable(JobId id, @Nullable LiveJob job, Effect effect) {
        if (job == null) {
            return Answer.refused(Reason.NOT_FOUND, id);
        }
        if (job.state == JobState.CANCELED) {
            return Answer.accepted(0);
        }
        if (job.finished()) {
            return Answer.refused(Reason.ALREADY_FINISHED, id, job.state);
        }
        return Answer.accepted(effect.run());
    }

    private void cancelGraph(Handle handle, CancelRequest request, List<Answer<Integer>> answers, ChangeLog changes) {
        LiveJob root = Locks.jobs(handle, List.of(request.id())).jobs().get(request.id());
        answers.add(cancelable(request.id(), root, () -> {
            Locks.Locked locked = lockNeededOnlyBy(handle, request.id());
            Map<JobId, LiveJob> all = new LinkedHashMap<>(locked.jobs());
            List<LiveJob> needed = List.copyOf(all.values());
            Step step = new Step(locked.now(), Dependents.lock(handle, needed, needed, all, locked.now()));
            step.cancel(needed, request.reason());
            StepWriter.write(handle, step, own);
            changes.add(step.changes());
            return needed.size();
        }));
    }

    /** The job and what only it needs, locked: found, locked in order, and looked at again until that is all. */
    private static Locks.Locked lockNeededOnlyBy(Handle handle, JobId root) {
        Set<JobId> locked = new HashSet<>();
        while (true) {
            List<JobId> needed = Closures.neededOnlyBy(handle, root);
            if (locked.containsAll(needed)) {
                return Locks.read(handle, needed);
            }
            Locks.lock(handle, needed);
            locked.addAll(needed);
        }
    }

    Receipt<Answer<JobState>> finishPending(Handle handle, List<PendingFinish> requests) {
        List<JobId> ids = ids(requests, PendingFinish::id);
        if (ids.size() > 1) {
            Set<JobId> all = new LinkedHashSet<>(ids);
            all.addAll(Dependents.above(handle, all));
            Locks.lock(handle, all);
        }
        Locks.Locked locked = Locks.jobs(handle, ids);
        Map<JobId, LiveJob> jobs = locked.jobs();
        Instant now = locked.now();
        List<LiveJob> mayEnd = new ArrayList<>();
        List<LiveJob> mayFail = new ArrayList<>();
        for (PendingFinish request : requests) {
            LiveJob job = jobs.get(request.id());
            if (job != null && job.state.pending()) {
                mayEnd.add(job);
                if (request.outcome() instanceof JobOutcome.Failed) {
                    mayFail.add(job);
                }
            }
        }
        Step step = new Step(now, Dependents.lock(handle, mayEnd, mayFail, jobs, now));
        List<Answer<JobState>> answers = new ArrayList<>(requests.size());
        for (PendingFinish request : requests) {
            answers.add(finishPending(step, jobs.get(request.id()), request));
        }
        StepWriter.write(handle, step, own);
        return new Receipt<>(answers, step.changes());
    }

    private static Answer<JobState> finishPending(Step step, @Nullable LiveJob job, PendingFinish request) {
        if (job == null) {
            return Answer.refused(Reason.NOT_FOUND, request.id());
        }
        if (job.state == JobState.RUNNING) {
            return Answer.refused(Reason.NOT_PENDING, request.id(), job.state);
        }
        if (job.finished()) {
            return Answer.refused(Reason.ALREADY_FINISHED, request.id(), job.state);
        }
        if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
            step.end(job, JobState.SUCCEEDED, succeeded.result(), null);
        } else if (request.outcome() instanceof JobOutcome.Failed failed) {
            step.end(job, JobState.FAILED, failed.result().orElse(null), failed.error());
        } else {
            throw new IllegalArgumentException("a pending job cannot be released: " + request.id());
        }
        return Answer.accepted(job.state);
    }

    private static <T> List<JobId> ids(List<T> requests, Function<T, JobId> id) {
        return requests.stream().map(id).distinct().toList();
    }

    private static List<LiveJob> unfinished(Collection<LiveJob> jobs) {
        return jobs.stream().filter(job -> !job.finished()).toList();
    }
}
