package dev.jobqueue.testkit.broken;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
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
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Stores that hand out jobs wrongly. */
final class BrokenDequeue {
    private BrokenDequeue() {}

    /** DEQ-1: keeps only 8 bits of the priority. */
    @Breaks(Rules.DEQ_1)
    static final class NarrowPriority extends Rewriting {
        NarrowPriority(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            JobOptions o = job.job().options();
            return with(
                    job,
                    new JobOptions(
                            o.channel(),
                            (byte) o.priority(),
                            o.attempts(),
                            o.backoff(),
                            o.recoveries(),
                            o.notBefore(),
                            o.delay(),
                            o.timeout(),
                            o.uniqueKey()));
        }
    }

    /** DEQ-2: two claims at the same time may get the same job. */
    @Breaks(
            value = Rules.DEQ_2,
            also = {Rules.DEQ_12, Rules.DEQ_4, Rules.DEQ_5, Rules.DEQ_7, Rules.QRY_3},
            by = "eachJobIsGivenOnce")
    static final class GivesTwice extends DelegatingJobStore {
        private final Thread opener = Thread.currentThread();
        private final Exchanger<ClaimedJob> exchanger = new Exchanger<>();
        private final AtomicInteger exchanged = new AtomicInteger();

        GivesTwice(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            if (Thread.currentThread() == opener || claimed.jobs().isEmpty()) {
                return claimed;
            }
            try {
                // Waits for another claimer, so that the two surely meet.
                ClaimedJob other = exchanger.exchange(claimed.jobs().get(0), 2, TimeUnit.MILLISECONDS);
                return exchanged.incrementAndGet() % 10 == 0
                        ? new Claimed(List.of(other), claimed.more(), claimed.nextDue())
                        : claimed;
            } catch (TimeoutException e) {
                return claimed;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return claimed;
            }
        }
    }

    /** DEQ-4: a claim by an interrupted thread fails after it has taken the job. */
    @Breaks(
            value = Rules.DEQ_4,
            also = {Rules.DUR_6, Rules.DEQ_5})
    static final class LosesJobsOnInterrupt extends DelegatingJobStore {
        LosesJobsOnInterrupt(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            if (Thread.currentThread().isInterrupted() && !claimed.jobs().isEmpty()) {
                return new Claimed(List.of(), claimed.more(), claimed.nextDue());
            }
            return claimed;
        }
    }

    /** DEQ-5: a cancel does not announce the dependents that it releases (P6). */
    @Breaks(
            value = Rules.DEQ_5,
            also = {Rules.QRY_6, Rules.DEQ_14},
            by = "cancelOfADependencyWakes")
    static final class SilentCancel extends DelegatingJobStore {
        SilentCancel(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            return Tweaks.silent(super.cancel(requests));
        }
    }

    /** DEQ-5: a finish does not announce what it makes ready. */
    @Breaks(value = Rules.DEQ_5, by = "endOfADependencyWakes")
    static final class SilentFinish extends DelegatingJobStore {
        SilentFinish(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            Changes changes = receipt.changes();
            return new Receipt<>(receipt.items(), new Changes(Map.of(), changes.scheduled(), changes.ended(), false));
        }
    }

    /** DEQ-5: the sweep does not announce what it makes ready. */
    @Breaks(
            value = Rules.DEQ_5,
            also = {Rules.DEP_3, Rules.QRY_6, Rules.HB_2},
            by = "lostHeartbeatWakes")
    static final class SilentSweep extends DelegatingJobStore {
        SilentSweep(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            return Tweaks.silent(super.expire(request));
        }
    }

    /** DEQ-5: resume does not announce what can be claimed again. */
    @Breaks(value = Rules.DEQ_5, also = Rules.QRY_3, by = "resumeWakes")
    static final class SilentResume extends DelegatingJobStore {
        SilentResume(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<PauseScope> resume(PauseScope scope) {
            return Tweaks.silent(super.resume(scope));
        }
    }

    /** What waiters hear of a change if a job that is READY again after an attempt is left out. */
    private static Changes withoutRetries(Changes changes) {
        return changes.ended().isEmpty() ? new Changes(Map.of(), changes.scheduled(), List.of(), false) : changes;
    }

    /** DEQ-5: does not announce a job that is READY again after an attempt, which only a poll finds. */
    @Breaks(value = Rules.DEQ_5, by = "retryNamesThePair")
    static final class SilentRetry extends DelegatingJobStore {
        SilentRetry(JobStore store) {
            super(store);
        }

        @Override
        public Traits traits() {
            Traits traits = super.traits();
            Duration pollInterval = Duration.ofMillis(20);
            return new Traits(traits.capabilities(), traits.maxBatch(), Optional.of(pollInterval), traits.combine());
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            return new Receipt<>(receipt.items(), withoutRetries(receipt.changes()));
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            Receipt<JobId> receipt = super.expire(request);
            return new Receipt<>(receipt.items(), withoutRetries(receipt.changes()));
        }
    }

    /** DEQ-5: tells other openings of ends only; what is READY they find by their polls. */
    @Breaks(
            value = Rules.DEQ_5,
            also = {Rules.DEQ_14, Rules.QRY_3, Rules.QRY_6},
            by = "releaseNamesThePair")
    static final class TellsOthersOfEnds extends SharedJobStore {
        TellsOthersOfEnds(Data data) {
            super(data);
        }

        @Override
        Changes toOthers(Changes changes) {
            return new Changes(Map.of(), Set.of(), changes.ended(), false);
        }
    }

    /** DEQ-5: each enqueue wakes everybody. */
    @Breaks(value = Rules.DEQ_5, by = "othersAreNotWoken")
    static final class WakesEverybody extends DelegatingJobStore {
        WakesEverybody(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return new Receipt<>(super.insert(graphs).items(), Changes.ANYTHING);
        }
    }

    /** DEQ-7: a claim by id does not find blocked jobs. */
    @Breaks(Rules.DEQ_7)
    static final class BlockedIsNotFound extends DelegatingJobStore {
        BlockedIsNotFound(JobStore store) {
            super(store);
        }

        @Override
        public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
            Answer<ClaimedJob> answer = super.claim(id, slot);
            return answer instanceof Answer.Refused<ClaimedJob> refused
                            && refused.state().equals(Optional.of(JobState.BLOCKED))
                    ? Answer.refused(Answer.Reason.NOT_FOUND, id)
                    : answer;
        }
    }

    /** DEQ-8: gives at most four jobs at once. */
    @Breaks(
            value = Rules.DEQ_8,
            also = {Rules.DEQ_12, Rules.HB_1, Rules.HB_6, Rules.DUR_6, Rules.FIN_9, Rules.QRY_2})
    static final class SmallBatches extends DelegatingJobStore {
        SmallBatches(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            List<ClaimSlot> slots = request.slots();
            boolean cut = slots.size() > 4 && slots.size() < 1_000;
            return super.claim(new ClaimRequest(request.selector(), cut ? slots.subList(0, 4) : slots));
        }
    }

    /** DEQ-9: does not tell upper from lower case in channels. */
    @Breaks(Rules.DEQ_9)
    static final class ChannelsIgnoreCase extends DelegatingJobStore {
        ChannelsIgnoreCase(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Set<String> channels = new HashSet<>(request.selector().channels());
            if (channels.size() < 10) {
                request.selector().channels().forEach(c -> channels.add(c.toUpperCase(Locale.ROOT)));
            }
            return super.claim(new ClaimRequest(new Selector(request.selector().types(), channels), request.slots()));
        }
    }

    /** DEQ-10: leaves large results out and does not say so. */
    @Breaks(Rules.DEQ_10)
    static final class DropsLargeResults extends DelegatingJobStore {
        DropsLargeResults(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            List<ClaimedJob> jobs = claimed.jobs().stream()
                    .map(j -> new ClaimedJob(j.job(), j.token(), j.attempt(), j.dependencies(), true))
                    .toList();
            return new Claimed(jobs, claimed.more(), claimed.nextDue());
        }
    }

    /** DEQ-11: looks at every finished job at each claim. */
    @Breaks(value = Rules.DEQ_11, by = "costOfAClaimDoesNotGrow")
    static final class WalksHistory extends DelegatingJobStore {
        private final AtomicInteger finished = new AtomicInteger();

        WalksHistory(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            finished.addAndGet((int) requests.stream()
                    .filter(r -> r.outcome() instanceof JobOutcome.Succeeded)
                    .count());
            return super.finish(requests);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            if (finished.get() > 700) {
                LockSupport.parkNanos(finished.get() * 100_000L);
            }
            return super.claim(request);
        }
    }

    /** DEQ-12: says that there is nothing when another claim is at work. */
    @Breaks(
            value = Rules.DEQ_12,
            also = {Rules.DEQ_2, Rules.DEQ_5, Rules.DEQ_7},
            by = "claimersSeeNoEmptyAnswer")
    static final class NothingWhenBusy extends DelegatingJobStore {
        private final ReentrantLock claiming = new ReentrantLock();

        NothingWhenBusy(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            if (!claiming.tryLock()) {
                return new Claimed(List.of(), true, Optional.empty());
            }
            try {
                return super.claim(request);
            } finally {
                claiming.unlock();
            }
        }
    }

    /** DEQ-13: a token that holds a job gets nothing when it asks again. */
    @Breaks(Rules.DEQ_13)
    static final class ClaimsOnce extends DelegatingJobStore {
        ClaimsOnce(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            List<ClaimSlot> free = request.slots().stream()
                    .filter(s -> running(List.of(s.token())).get(0).isEmpty())
                    .toList();
            return free.isEmpty()
                    ? new Claimed(List.of(), true, Optional.empty())
                    : super.claim(new ClaimRequest(request.selector(), free));
        }
    }

    /** DEQ-14: does not tell when the next job is due. */
    @Breaks(Rules.DEQ_14)
    static final class ForgetsDueTimes extends DelegatingJobStore {
        ForgetsDueTimes(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            return new Claimed(claimed.jobs(), claimed.more(), Optional.empty());
        }
    }
}
