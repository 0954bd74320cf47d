package dev.jobqueue.testkit.broken;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Stores with weaknesses that other queues have or had; the row of their list is in brackets. */
final class BrokenAsOthers {
    private BrokenAsOthers() {}

    /** CAN-3: a heartbeat goes on to refresh an attempt that was canceled (W4). */
    @Breaks(
            value = Rules.CAN_3,
            also = {Rules.CAN_4, Rules.CAN_5, Rules.DEP_3, Rules.HB_4})
    static final class RefreshesCanceled extends DelegatingJobStore {
        RefreshesCanceled(JobStore store) {
            super(store);
        }

        @Override
        public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
            return super.heartbeat(tokens).stream()
                    .map(a -> a.verdict() == TokenAnswer.Verdict.CANCELED ? TokenAnswer.CONTINUE : a)
                    .toList();
        }
    }

    /** FIN-1: takes a heartbeat under a token that was never given to anybody (F11). */
    @Breaks(Rules.FIN_1)
    static final class HearsAnybody extends DelegatingJobStore {
        private final Set<JobToken> given = ConcurrentHashMap.newKeySet();

        HearsAnybody(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            request.slots().forEach(slot -> given.add(slot.token()));
            return super.claim(request);
        }

        @Override
        public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
            given.add(slot.token());
            return super.claim(id, slot);
        }

        @Override
        public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
            List<TokenAnswer> answers = new ArrayList<>(super.heartbeat(tokens));
            for (int i = 0; i < answers.size(); i++) {
                if (!given.contains(tokens.get(i))) {
                    answers.set(i, TokenAnswer.CONTINUE);
                }
            }
            return answers;
        }
    }

    /** CAN-3: a finish looks at the token first and writes then; a cancel in between is overwritten (P7). */
    @Breaks(value = Rules.CAN_3, also = Rules.FIN_8, by = "cancelRacesWithFinish")
    static final class LooksBeforeItFinishes extends DelegatingJobStore {
        LooksBeforeItFinishes(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            List<Boolean> inForce = running(
                            requests.stream().map(FinishRequest::token).toList())
                    .stream()
                    .map(Optional::isPresent)
                    .toList();
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            List<Answer<TokenAnswer>> answers = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                Answer<TokenAnswer> answer = receipt.items().get(i);
                answers.add(Tweaks.accepted(answer) && inForce.get(i) ? Answer.accepted(TokenAnswer.DONE) : answer);
            }
            return new Receipt<>(answers, receipt.changes());
        }
    }

    /**
     * DEQ-2: a claim starts no heartbeat, so that a job whose worker dies before its first one is never found (P8). Whatever else is tested with a worker
     * that never speaks falls with it.
     */
    @Breaks(
            value = Rules.DEQ_2,
            also = {
                Rules.HB_1,
                Rules.HB_2,
                Rules.HB_6,
                Rules.HB_7,
                Rules.FIN_1,
                Rules.FIN_9,
                Rules.FIN_10,
                Rules.CAN_3,
                Rules.DEP_2,
                Rules.DEP_3,
                Rules.DEQ_1,
                Rules.DEQ_5,
                Rules.ENQ_5,
                Rules.ERR_2,
                Rules.QRY_3,
                Rules.QRY_6
            },
            by = "claimStartsTheHeartbeat")
    static final class ClaimsWithoutHeartbeat extends DelegatingJobStore {
        private final Map<JobToken, JobId> unheard = new ConcurrentHashMap<>();

        ClaimsWithoutHeartbeat(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            claimed.jobs().forEach(job -> unheard.put(job.token(), job.job().id()));
            return claimed;
        }

        @Override
        public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
            unheard.put(slot.token(), id);
            return super.claim(id, slot);
        }

        @Override
        public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
            unheard.keySet().removeAll(tokens);
            return super.heartbeat(tokens);
        }

        @Override
        public List<TokenAnswer> report(List<ProgressReport> reports) {
            reports.forEach(report -> unheard.remove(report.token()));
            return super.report(reports);
        }

        @Override
        public List<StaleJob> stale(Duration olderThan, int max) {
            return super.stale(olderThan, max).stream()
                    .filter(job -> !unheard.containsValue(job.id()))
                    .toList();
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            var unused = super.heartbeat(List.copyOf(unheard.keySet()));
            return super.expire(request);
        }
    }

    /** FIN-6: a job that was failed before it ran stays among the ready ones, and cannot be finished once it is given (F4). */
    @Breaks(value = Rules.FIN_6, by = "finishPendingFailureIsFinal")
    static final class FailedStaysReady extends DelegatingJobStore {
        private final Queue<ClaimedJob> ready = new ConcurrentLinkedQueue<>();

        FailedStaysReady(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
            for (PendingFinish request : requests) {
                if (request.outcome() instanceof JobOutcome.Failed
                        && Tweaks.is(delegate(), request.id(), JobState.READY)) {
                    find(List.of(request.id()), EnumSet.allOf(Part.class)).stream()
                            .flatMap(Optional::stream)
                            .map(job -> new ClaimedJob(
                                    job.definition().orElseThrow(),
                                    JobToken.create(),
                                    1,
                                    job.status().dependencies(),
                                    true))
                            .forEach(ready::add);
                }
            }
            return super.finishPending(requests);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            if (!claimed.jobs().isEmpty() || request.slots().isEmpty()) {
                return claimed;
            }
            Optional<ClaimedJob> wrong = ready.stream()
                    .filter(job -> request.selector()
                            .matches(new TypeChannel(
                                    job.job().type(), job.job().options().channel())))
                    .findFirst();
            return wrong.filter(ready::remove)
                    .map(job -> new Claimed(List.of(job), claimed.more(), claimed.nextDue()))
                    .orElse(claimed);
        }
    }

    /** DEQ-1: orders by the time at which a job became ready, not by its place (P13). */
    @Breaks(
            value = Rules.DEQ_1,
            also = {Rules.ENQ_2, Rules.QRY_3})
    static final class OrdersByTime extends DelegatingJobStore {
        private static final int FEW = 100;
        private final Map<JobId, Integer> places = new ConcurrentHashMap<>();

        OrdersByTime(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            graphs.forEach(
                    graph -> graph.forEach(j -> places.putIfAbsent(j.job().id(), places.size())));
            return super.insert(graphs);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            List<JobStatus<RawJson>> ready = new ArrayList<>();
            for (JobCount count : counts()) {
                if (count.state() == JobState.READY && request.selector().matches(count.pair())) {
                    if (count.count() > FEW) {
                        // Too slow for the tests of other rules that bring thousands.
                        return super.claim(request);
                    }
                    list(new JobQuery(count.pair(), Optional.of(JobState.READY)), Page.Request.first(10_000))
                            .items()
                            .forEach(id -> Tweaks.status(delegate(), id).ifPresent(ready::add));
                }
            }
            ready.sort(Comparator.comparing((JobStatus<RawJson> job) ->
                            job.times().ready().orElse(job.times().enqueued()))
                    .thenComparing(job -> places.getOrDefault(job.id(), Integer.MAX_VALUE)));
            List<ClaimedJob> jobs = new ArrayList<>();
            for (ClaimSlot slot : request.slots()) {
                if (request.slots().size() > 1 || !sameRank(ready)) {
                    return super.claim(request);
                }
                for (JobStatus<RawJson> job : ready) {
                    if (claim(job.id(), slot) instanceof Answer.Accepted<ClaimedJob> claimed) {
                        jobs.add(claimed.value());
                        break;
                    }
                }
            }
            Claimed rest = super.claim(new ClaimRequest(request.selector(), List.of()));
            return jobs.isEmpty() ? super.claim(request) : new Claimed(jobs, rest.more(), rest.nextDue());
        }

        /** Priorities are kept. */
        private boolean sameRank(List<JobStatus<RawJson>> jobs) {
            return find(jobs.stream().map(JobStatus::id).toList(), Set.of(Part.DEFINITION)).stream()
                            .flatMap(Optional::stream)
                            .flatMap(job -> job.definition().stream())
                            .map(job -> job.options().priority())
                            .distinct()
                            .count()
                    == 1;
        }
    }

    /** DEP-8: an end counts once for each position that names it, so a duplicate releases a job too early (F12). */
    @Breaks(Rules.DEP_8)
    static final class ReleasesTwice extends Rewriting {
        ReleasesTwice(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            List<Dependency> all = job.job().dependencies();
            if (all.size() < 5 || !all.get(0).equals(all.get(1))) {
                return job;
            }
            return with(
                    job,
                    all.stream().filter(d -> d.id().equals(all.get(0).id())).toList());
        }
    }

    /** DEQ-14: takes the time that a caller has given for the store's, whatever clock the caller has. */
    @Breaks(Rules.DEQ_14)
    static final class TrustsTheCallersClock extends DelegatingJobStore {
        private final StoreClock clock;

        TrustsTheCallersClock(StoreClock clock) {
            super(new InMemoryJobStore(clock));
            this.clock = clock;
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return super.insert(graphs.stream()
                    .map(graph -> graph.stream().map(this::byClock).toList())
                    .toList());
        }

        private NewJob byClock(NewJob job) {
            Duration delay = job.job()
                    .options()
                    .notBefore()
                    .map(time -> Duration.between(clock.now(), time))
                    .orElse(job.delay());
            return new NewJob(job.job(), delay.isNegative() ? Duration.ZERO : delay);
        }
    }

    /** ENQ-2: a refused graph leaves its edges behind (F9). */
    @Breaks(value = Rules.ENQ_2, also = Rules.ENQ_3)
    static final class LeavesEdges extends DelegatingJobStore {
        private final Map<JobId, JobId> edges = new ConcurrentHashMap<>();

        LeavesEdges(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            Receipt<Answer<List<Enqueued>>> receipt = super.insert(graphs);
            for (int i = 0; i < graphs.size(); i++) {
                if (!Tweaks.accepted(receipt.items().get(i))) {
                    graphs.get(i)
                            .forEach(j -> j.job()
                                    .dependencies()
                                    .forEach(d -> edges.put(d.id(), j.job().id())));
                }
            }
            return receipt;
        }

        @Override
        public Answer<Page<JobId>> dependents(JobId id, Page.Request request) {
            return Tweaks.map(super.dependents(id, request), page -> {
                List<JobId> ids = new ArrayList<>(page.items());
                Optional.ofNullable(edges.get(id)).ifPresent(ids::add);
                return new Page<>(ids, page.next());
            });
        }
    }

    /** RET-1: prunes by age alone, also what others still need. */
    @Breaks(Rules.RET_1)
    static final class PrunesWhatIsNeeded extends DelegatingJobStore {
        private final Set<JobId> stored = ConcurrentHashMap.newKeySet();
        private final Set<JobId> pruned = ConcurrentHashMap.newKeySet();

        PrunesWhatIsNeeded(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            graphs.forEach(graph -> graph.forEach(j -> stored.add(j.job().id())));
            return super.insert(graphs);
        }

        @Override
        public int prune(Duration limit, int max) {
            int removed = super.prune(limit, max);
            for (JobId id : stored) {
                boolean old = limit.isZero()
                        && Tweaks.status(delegate(), id)
                                .filter(s -> s.state().finished())
                                .isPresent()
                        && dependents(id, Page.Request.first(1)) instanceof Answer.Accepted<Page<JobId>> page
                        && !page.value().items().isEmpty();
                if (old && removed < max && pruned.add(id)) {
                    removed++;
                }
            }
            return removed;
        }

        @Override
        public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
            return super.find(ids, parts).stream()
                    .map(job -> job.filter(j -> !pruned.contains(j.status().id())))
                    .toList();
        }
    }

    /** RET-2: deletes jobs in any state (P12, F13). */
    @Breaks(
            value = Rules.RET_2,
            also = {Rules.RET_1, Rules.CAN_1})
    static final class DeletesUnfinished extends DelegatingJobStore {
        DeletesUnfinished(JobStore store) {
            super(store);
        }

        @Override
        public Answer<Integer> delete(JobId id) {
            if (Tweaks.is(delegate(), id, JobState.READY)) {
                var unused = super.cancel(List.of(new CancelRequest(id, "", false)));
            }
            return super.delete(id);
        }
    }

    /** ENQ-7: has room for a hundred dependents of a job (F15). */
    @Breaks(value = Rules.ENQ_7, also = Rules.DEP_9)
    static final class HoldsAHundred extends DelegatingJobStore {
        HoldsAHundred(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            for (NewJob job : graphs.get(0)) {
                for (Dependency dependency : job.job().dependencies()) {
                    Answer<Page<JobId>> dependents = dependents(dependency.id(), Page.Request.first(101));
                    if (dependents instanceof Answer.Accepted<Page<JobId>> page
                            && page.value().items().size() > 100) {
                        Answer<List<Enqueued>> full =
                                Answer.refused(Answer.Reason.INVALID, job.job().id(), "too many dependents");
                        return new Receipt<>(List.of(full), Changes.NONE);
                    }
                }
            }
            return super.insert(graphs);
        }
    }

    /** DEQ-2: says that it is shared, but each opening keeps its own jobs. */
    @Breaks(
            value = Rules.DEQ_2,
            also = {
                Rules.FIN_1,
                Rules.CAN_3,
                Rules.HB_6,
                Rules.QRY_3,
                Rules.DEQ_5,
                Rules.DEQ_14,
                Rules.QRY_6,
                Rules.DUR_5
            },
            by = "openingsShareTheirJobs")
    static final class SharesNothing extends DelegatingJobStore implements BrokenFixture.SaysShared {
        private static final Traits TRAITS =
                new Traits(Set.of(Traits.Capability.SHARED), 10_000, Optional.of(Duration.ofMillis(20)), false);

        SharesNothing(JobStore store) {
            super(store);
        }

        @Override
        public Traits traits() {
            return TRAITS;
        }
    }
}
