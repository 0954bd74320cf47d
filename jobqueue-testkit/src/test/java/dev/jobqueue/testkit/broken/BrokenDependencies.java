package dev.jobqueue.testkit.broken;

import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreRules;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Stores that mistreat dependents. */
final class BrokenDependencies {
    private BrokenDependencies() {}

    /** DEP-1: waits for the first two dependencies only, if the third one is required. */
    @Breaks(
            value = Rules.DEP_1,
            also = {Rules.DEP_6, Rules.DEP_8, Rules.FIN_6, Rules.CAN_5, Rules.DEQ_10})
    static final class WaitsForTwo extends Rewriting {
        WaitsForTwo(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            List<Dependency> all = job.job().dependencies();
            return all.size() > 2 && all.get(2).required() ? with(job, all.subList(0, 2)) : job;
        }
    }

    /** DEP-2: a lost heartbeat fails also those who only depend on the job. */
    @Breaks(
            value = Rules.DEP_2,
            also = {Rules.DEQ_5, Rules.DEP_3})
    static final class LostFailsDependsOn extends DelegatingJobStore {
        LostFailsDependsOn(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            Receipt<JobId> receipt = super.expire(request);
            for (JobId id : receipt.items()) {
                if (Tweaks.is(delegate(), id, JobState.FAILED)) {
                    failDependents(id);
                }
            }
            return receipt;
        }

        private void failDependents(JobId id) {
            JobError error = StoreRules.dependencyFailed(id, JobState.FAILED, null, null);
            if (dependents(id, Page.Request.first(100)) instanceof Answer.Accepted<Page<JobId>> page) {
                page.value()
                        .items()
                        .forEach(d -> finishPending(List.of(new PendingFinish(d, new JobOutcome.Failed(error)))));
            }
        }
    }

    /** DEP-3: does not see that a required dependency had failed before the enqueue. */
    @Breaks(
            value = Rules.DEP_3,
            also = {Rules.ERR_3, Rules.ENQ_5, Rules.DEP_5},
            by = "failureBeforeTheEnqueue")
    static final class OverlooksEarlierFailures extends Rewriting {
        OverlooksEarlierFailures(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            List<Dependency> all = job.job().dependencies();
            if (all.isEmpty() || all.size() > 5) {
                return job;
            }
            return with(
                    job,
                    all.stream()
                            .map(d -> Tweaks.is(delegate(), d.id(), JobState.FAILED)
                                            || Tweaks.is(delegate(), d.id(), JobState.CANCELED)
                                    ? new Dependency(d.id(), false)
                                    : d)
                            .toList());
        }
    }

    /** DEP-4: the dependents of a job that was canceled while it waited for its time wait for ever (S-a). */
    @Breaks(value = Rules.DEP_4, also = Rules.CAN_4)
    static final class CancelReleasesNobody extends Forgetting {
        CancelReleasesNobody(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            for (CancelRequest request : requests) {
                if (Tweaks.is(delegate(), request.id(), JobState.SCHEDULED)) {
                    forgetDependents(request.id());
                }
            }
            return super.cancel(requests);
        }
    }

    /** DEP-5: looks at the dependencies first and stores the job then, in two steps. */
    @Breaks(value = Rules.DEP_5, by = "endDuringEnqueueIsNotMissed")
    static final class ChecksDependenciesFirst extends Forgetting {
        ChecksDependenciesFirst(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            Job<RawJson> job = graphs.get(0).get(0).job();
            if (job.dependencies().size() != 1) {
                return super.insert(graphs);
            }
            JobId dependency = job.dependencies().get(0).id();
            boolean before = Tweaks.is(delegate(), dependency, JobState.RUNNING);
            if (before) {
                LockSupport.parkNanos(50_000);
            }
            Receipt<Answer<List<Enqueued>>> receipt = super.insert(graphs);
            if (before && receipt.items().get(0) instanceof Answer.Accepted<List<Enqueued>> accepted) {
                Enqueued enqueued = accepted.value().get(0);
                if (enqueued.state() != JobState.BLOCKED && enqueued.created()) {
                    forget(job.id());
                    List<Enqueued> changed = List.of(new Enqueued(job.id(), true, JobState.BLOCKED));
                    return new Receipt<>(List.of(Answer.accepted(changed)), receipt.changes());
                }
            }
            return receipt;
        }
    }

    /** DEP-6: outcomes come in the order of the ids (P1). */
    @Breaks(value = Rules.DEP_6, also = Rules.RET_1)
    static final class OutcomesByName extends DelegatingJobStore {
        OutcomesByName(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            return new Claimed(
                    claimed.jobs().stream().map(OutcomesByName::change).toList(), claimed.more(), claimed.nextDue());
        }

        private static ClaimedJob change(ClaimedJob job) {
            List<DependencyOutcome<RawJson>> sorted = job.dependencies().stream()
                    .sorted(Comparator.comparing(DependencyOutcome::id))
                    .toList();
            return new ClaimedJob(job.job(), job.token(), job.attempt(), sorted, job.resultsIncluded());
        }
    }

    /** DEP-7: the graph of a job ends at its direct dependencies. */
    @Breaks(value = Rules.DEP_7, also = Rules.DEP_9)
    static final class ShallowGraph extends DelegatingJobStore {
        ShallowGraph(JobStore store) {
            super(store);
        }

        @Override
        public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
            return Tweaks.map(super.closure(id, max), nodes -> {
                HashSet<JobId> near = new HashSet<>(List.of(id));
                nodes.stream()
                        .filter(n -> n.id().equals(id))
                        .forEach(n -> n.dependencies().forEach(d -> near.add(d.id())));
                return nodes.stream().filter(n -> near.contains(n.id())).toList();
            });
        }
    }

    /** DEP-8: a dependency that is named twice is waited for twice. */
    @Breaks(Rules.DEP_8)
    static final class CountsDuplicates extends Forgetting {
        CountsDuplicates(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            for (NewJob job : graphs.get(0)) {
                List<Dependency> all = job.job().dependencies();
                if (all.size() == 2 && all.get(0).equals(all.get(1))) {
                    forget(job.job().id());
                }
            }
            return super.insert(graphs);
        }
    }

    /** DEP-9: follows a graph by recursion, and can go 1,000 levels deep. */
    @Breaks(value = Rules.DEP_9, also = Rules.CAN_5, by = "chain")
    static final class Recursive extends DelegatingJobStore {
        Recursive(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            for (List<NewJob> graph : graphs) {
                Map<JobId, Integer> depths = new HashMap<>();
                for (NewJob job : graph) {
                    int depth = 0;
                    for (Dependency dependency : job.job().dependencies()) {
                        depth = Math.max(depth, 1 + depths.getOrDefault(dependency.id(), 0));
                    }
                    if (depth > 1_000) {
                        throw new JobQueueException.StoreUnavailable("stack overflow", null);
                    }
                    depths.put(job.job().id(), depth);
                }
            }
            return super.insert(graphs);
        }
    }

    /** DEP-10: the dependents of a job that failed early wait until its other dependencies are finished. */
    @Breaks(Rules.DEP_10)
    static final class WaitsForTheWholeGraph extends Forgetting {
        WaitsForTheWholeGraph(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            if (receipt.changes().ended().size() < 10) {
                for (JobId ended : new ArrayList<>(receipt.changes().ended())) {
                    boolean early = Tweaks.status(delegate(), ended).orElseThrow().dependencies().stream()
                            .anyMatch(d -> !d.state().finished());
                    if (early) {
                        forgetDependents(ended);
                    }
                }
            }
            return receipt;
        }
    }
}
