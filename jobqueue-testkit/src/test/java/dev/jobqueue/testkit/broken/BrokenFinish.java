package dev.jobqueue.testkit.broken;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stores that end attempts wrongly. */
final class BrokenFinish {
    private BrokenFinish() {}

    /** Changes what comes to a finish. */
    private abstract static class Finishing extends DelegatingJobStore {
        Finishing(JobStore store) {
            super(store);
        }

        abstract FinishRequest change(FinishRequest request);

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            return super.finish(requests.stream().map(this::change).toList());
        }
    }

    /** FIN-1: goes from the token to the job and finishes that, whatever its token is by now (W3). */
    @Breaks(value = Rules.FIN_1, also = Rules.FIN_8)
    static final class NotFenced extends Finishing {
        private final Map<JobToken, JobId> jobs = new ConcurrentHashMap<>();
        private final Map<JobId, JobToken> tokens = new ConcurrentHashMap<>();

        NotFenced(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            claimed.jobs().forEach(j -> {
                jobs.put(j.token(), j.job().id());
                tokens.put(j.job().id(), j.token());
            });
            return claimed;
        }

        @Override
        FinishRequest change(FinishRequest request) {
            JobId id = jobs.get(request.token());
            return id == null || !Tweaks.is(delegate(), id, JobState.RUNNING)
                    ? request
                    : new FinishRequest(
                            tokens.getOrDefault(id, request.token()),
                            request.outcome(),
                            request.jitter(),
                            request.followUps());
        }
    }

    /** FIN-2: drops the result of a failure. */
    @Breaks(
            value = Rules.FIN_2,
            also = {Rules.DEP_6, Rules.DEQ_10})
    static final class DropsResultsOfFailures extends Finishing {
        DropsResultsOfFailures(JobStore store) {
            super(store);
        }

        @Override
        FinishRequest change(FinishRequest request) {
            return request.outcome() instanceof JobOutcome.Failed failed
                    ? new FinishRequest(
                            request.token(),
                            new JobOutcome.Failed(failed.error()),
                            request.jitter(),
                            request.followUps())
                    : request;
        }
    }

    /** FIN-2: gives all successes of a call the result of the first. */
    @Breaks(Rules.FIN_2)
    static final class MixesUpResults extends DelegatingJobStore {
        MixesUpResults(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Optional<JobOutcome> first = requests.stream()
                    .map(FinishRequest::outcome)
                    .filter(JobOutcome.Succeeded.class::isInstance)
                    .findFirst();
            return super.finish(requests.stream()
                    .map(request -> new FinishRequest(
                            request.token(),
                            request.outcome() instanceof JobOutcome.Succeeded ? first.orElseThrow() : request.outcome(),
                            request.jitter(),
                            request.followUps()))
                    .toList());
        }
    }

    /** FIN-3: takes no notice of the jitter. */
    @Breaks(Rules.FIN_3)
    static final class NoJitter extends Finishing {
        NoJitter(JobStore store) {
            super(store);
        }

        @Override
        FinishRequest change(FinishRequest request) {
            return new FinishRequest(request.token(), request.outcome(), 0, request.followUps());
        }
    }

    /** FIN-4: canceling a job that does not exist is fine (P13). */
    @Breaks(Rules.FIN_4)
    static final class CancelsNothing extends DelegatingJobStore {
        CancelsNothing(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
            return Tweaks.items(
                    super.cancel(requests), a -> Tweaks.refused(a, Answer.Reason.NOT_FOUND) ? Answer.accepted(0) : a);
        }
    }

    /** FIN-5: a released job keeps the progress of its last attempt (S-e). */
    @Breaks(Rules.FIN_5)
    static final class KeepsProgress extends Tweaks.Showing {
        private final Map<JobToken, RawJson> progress = new ConcurrentHashMap<>();
        private final Map<JobId, RawJson> kept = new ConcurrentHashMap<>();

        KeepsProgress(JobStore store) {
            super(store);
        }

        @Override
        public List<TokenAnswer> report(List<ProgressReport> reports) {
            reports.forEach(r -> progress.put(r.token(), r.progress()));
            return super.report(reports);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            for (FinishRequest request : requests) {
                RawJson last = progress.get(request.token());
                if (last != null && request.outcome() instanceof JobOutcome.Released) {
                    running(List.of(request.token()))
                            .get(0)
                            .ifPresent(j -> kept.put(j.job().id(), last));
                }
            }
            return super.finish(requests);
        }

        @Override
        StoredJob show(StoredJob job) {
            return job.status().state() == JobState.READY
                    ? new StoredJob(
                            Tweaks.progress(
                                    job.status(),
                                    Optional.ofNullable(kept.get(job.status().id()))),
                            job.definition())
                    : job;
        }
    }

    /** FIN-6: does not end jobs that wait for their time. */
    @Breaks(value = Rules.FIN_6, also = Rules.QRY_5)
    static final class ScheduledIsNotPending extends DelegatingJobStore {
        ScheduledIsNotPending(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
            JobId id = requests.get(0).id();
            return Tweaks.is(delegate(), id, JobState.SCHEDULED)
                    ? new Receipt<>(
                            List.of(Answer.refused(Answer.Reason.NOT_PENDING, id, JobState.SCHEDULED)), Changes.NONE)
                    : super.finishPending(requests);
        }
    }

    /** FIN-7: stores follow-ups first and finishes the job then, in two steps. */
    @Breaks(
            value = Rules.FIN_7,
            also = {Rules.FIN_1, Rules.FIN_8, Rules.ENQ_5})
    static final class FollowUpsFirst extends DelegatingJobStore {
        FollowUpsFirst(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            List<FinishRequest> bare = new ArrayList<>();
            for (FinishRequest request : requests) {
                if (!request.followUps().isEmpty()) {
                    Answer<?> answer =
                            insert(List.of(request.followUps())).items().get(0);
                    if (!Tweaks.accepted(answer)) {
                        return new Receipt<>(List.of(((Answer.Refused<?>) answer).cast()), Changes.NONE);
                    }
                }
                bare.add(new FinishRequest(request.token(), request.outcome(), request.jitter(), List.of()));
            }
            Receipt<Answer<TokenAnswer>> receipt = super.finish(bare);
            return requests.equals(bare) ? receipt : new Receipt<>(receipt.items(), Changes.ANYTHING);
        }
    }

    /** FIN-8: forgets a token when it has been used. */
    @Breaks(Rules.FIN_8)
    static final class ForgetsUsedTokens extends DelegatingJobStore {
        private final Set<JobToken> used = ConcurrentHashMap.newKeySet();

        ForgetsUsedTokens(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            List<Answer<TokenAnswer>> answers = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                Answer<TokenAnswer> answer = receipt.items().get(i);
                boolean done = Tweaks.accepted(answer)
                        && ((Answer.Accepted<TokenAnswer>) answer).value().equals(TokenAnswer.DONE);
                boolean again = done && !used.add(requests.get(i).token());
                answers.add(again ? Answer.accepted(TokenAnswer.LOST) : answer);
            }
            return new Receipt<>(answers, receipt.changes());
        }
    }

    /** FIN-8: tells the job of a token only while it is in force. */
    @Breaks(Rules.FIN_8)
    static final class KnowsTokensInForce extends DelegatingJobStore {
        KnowsTokensInForce(JobStore store) {
            super(store);
        }

        @Override
        public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
            return running(tokens).stream()
                    .map(running -> running.map(claimed -> claimed.job().id()))
                    .toList();
        }
    }

    /** FIN-9: does not know time-outs. */
    @Breaks(value = Rules.FIN_9, also = Rules.FIN_10)
    static final class IgnoresTimeouts extends Rewriting {
        IgnoresTimeouts(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            JobOptions o = job.job().options();
            return with(
                    job,
                    new JobOptions(
                            o.channel(),
                            o.priority(),
                            o.attempts(),
                            o.backoff(),
                            o.recoveries(),
                            o.notBefore(),
                            o.delay(),
                            Optional.empty(),
                            o.uniqueKey()));
        }
    }

    /** FIN-10: a release counts as a failure. */
    @Breaks(Rules.FIN_10)
    static final class CountsReleases extends Tweaks.Showing {
        CountsReleases(JobStore store) {
            super(store);
        }

        @Override
        StoredJob show(StoredJob job) {
            long released = job.status().attempts().stream()
                    .filter(a -> a.end().equals(Optional.of(Attempt.End.RELEASED)))
                    .count();
            return new StoredJob(
                    Tweaks.failures(job.status(), job.status().failures() + (int) released), job.definition());
        }
    }
}
