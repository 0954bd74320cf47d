package dev.jobqueue.testkit.broken;

import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Stores that are careless with cancels and heartbeats. */
final class BrokenCancel {
    private BrokenCancel() {}

    /** CAN-1: a blocked job is not canceled, though the store says so (F2). */
    @Breaks(
            value = Rules.CAN_1,
            also = {Rules.DEP_4, Rules.CAN_4, Rules.DEP_10, Rules.CAN_5, Rules.DEQ_7})
    static final class ForgetsBlockedJobs extends DelegatingJobStore {
        ForgetsBlockedJobs(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            CancelRequest first = requests.get(0);
            boolean skip = !first.graph() && Tweaks.is(delegate(), first.id(), JobState.BLOCKED);
            return skip ? new Receipt<>(List.of(Answer.accepted(1)), Changes.NONE) : super.cancel(requests);
        }
    }

    /** CAN-2: canceling twice is refused. */
    @Breaks(value = Rules.CAN_2, also = Rules.FIN_4)
    static final class CancelsOnce extends DelegatingJobStore {
        CancelsOnce(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            JobId id = requests.get(0).id();
            return Tweaks.items(
                    super.cancel(requests),
                    a -> a.equals(Answer.accepted(0))
                            ? Answer.refused(Answer.Reason.ALREADY_FINISHED, id, JobState.CANCELED)
                            : a);
        }
    }

    /** CAN-3: a report after the cancel is just LOST. */
    @Breaks(Rules.CAN_3)
    static final class ReportIsLost extends DelegatingJobStore {
        ReportIsLost(JobStore store) {
            super(store);
        }

        @Override
        public List<TokenAnswer> report(List<ProgressReport> reports) {
            return super.report(reports).stream()
                    .map(a -> a.verdict() == TokenAnswer.Verdict.CANCELED ? TokenAnswer.LOST : a)
                    .toList();
        }
    }

    /** CAN-4: the cancel of a running job cancels its dependents too. */
    @Breaks(
            value = Rules.CAN_4,
            also = {Rules.DEP_4, Rules.DEP_10})
    static final class CancelsDependents extends DelegatingJobStore {
        CancelsDependents(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            CancelRequest first = requests.get(0);
            boolean running = Tweaks.is(delegate(), first.id(), JobState.RUNNING);
            Receipt<Answer<Integer>> receipt = super.cancel(requests);
            if (running
                    && dependents(first.id(), Page.Request.first(100)) instanceof Answer.Accepted<Page<JobId>> page) {
                page.value().items().forEach(id -> super.cancel(List.of(new CancelRequest(id, "", false))));
            }
            return receipt;
        }
    }

    /** CAN-5: cancelGraph cancels the job alone. */
    @Breaks(value = Rules.CAN_5, also = Rules.DEP_9)
    static final class CancelsOne extends DelegatingJobStore {
        CancelsOne(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            return super.cancel(requests.stream()
                    .map(r -> new CancelRequest(r.id(), r.reason(), false))
                    .toList());
        }
    }

    /** HB-1: refreshes the first ten tokens of a call. */
    @Breaks(Rules.HB_1)
    static final class RefreshesTen extends DelegatingJobStore {
        RefreshesTen(JobStore store) {
            super(store);
        }

        @Override
        public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
            if (tokens.size() <= 10) {
                return super.heartbeat(tokens);
            }
            List<TokenAnswer> answers = new ArrayList<>(super.heartbeat(tokens.subList(0, 10)));
            answers.addAll(Collections.nCopies(tokens.size() - 10, TokenAnswer.CONTINUE));
            return answers;
        }
    }

    /** HB-2: gives up a job at the limit, not after it. */
    @Breaks(
            value = Rules.HB_2,
            also = {Rules.HB_1, Rules.FIN_9})
    static final class ExpiresAtTheLimit extends DelegatingJobStore {
        ExpiresAtTheLimit(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            return super.expire(new ExpireRequest(request.limit().minusNanos(1), request.max(), request.jitter()));
        }
    }

    /** HB-3: measures silence with the wall clock. */
    @Breaks(value = Rules.HB_3, also = Rules.FIN_9)
    static final class WallClockAges extends DelegatingJobStore {
        WallClockAges(StoreClock clock) {
            super(new InMemoryJobStore(new StoreClock() {
                @Override
                public Instant now() {
                    return clock.now();
                }

                @Override
                public long nanoTime() {
                    return Duration.between(Instant.EPOCH, clock.now()).toNanos();
                }
            }));
        }
    }

    /** HB-4: shows canceled jobs as silent for ever (W2). */
    @Breaks(Rules.HB_4)
    static final class CanceledIsStale extends DelegatingJobStore {
        private final List<StaleJob> canceled = Collections.synchronizedList(new ArrayList<>());

        CanceledIsStale(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            for (CancelRequest request : requests) {
                if (Tweaks.is(delegate(), request.id(), JobState.RUNNING)) {
                    canceled.add(new StaleJob(request.id(), TypeName.parse("build"), "worker", Duration.ofDays(1)));
                }
            }
            return super.cancel(requests);
        }

        @Override
        public List<StaleJob> stale(Duration olderThan, int max) {
            List<StaleJob> all = new ArrayList<>(canceled);
            all.addAll(super.stale(olderThan, max));
            return all;
        }
    }

    /** HB-6: a sweep that was cut short expires its last job again. */
    @Breaks(value = Rules.HB_6, also = Rules.FIN_9)
    static final class ExpiresTwice extends DelegatingJobStore {
        private final AtomicReference<List<JobId>> last = new AtomicReference<>(List.of());

        ExpiresTwice(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<JobId> expire(ExpireRequest request) {
            List<JobId> again = last.getAndSet(List.of());
            Receipt<JobId> receipt = super.expire(request);
            List<JobId> ids = receipt.items();
            if (ids.size() == request.max()) {
                last.set(ids.subList(ids.size() - 1, ids.size()));
            }
            List<JobId> all = new ArrayList<>(again);
            all.addAll(ids);
            return new Receipt<>(all, receipt.changes());
        }
    }

    /** HB-7: lists the shortest silence first. */
    @Breaks(value = Rules.HB_7, also = Rules.HB_1)
    static final class YoungestFirst extends DelegatingJobStore {
        YoungestFirst(JobStore store) {
            super(store);
        }

        @Override
        public List<StaleJob> stale(Duration olderThan, int max) {
            List<StaleJob> stale = new ArrayList<>(super.stale(olderThan, max));
            Collections.reverse(stale);
            return stale;
        }
    }
}
