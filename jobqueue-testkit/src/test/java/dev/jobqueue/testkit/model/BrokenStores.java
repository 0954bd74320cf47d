package dev.jobqueue.testkit.model;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
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
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Stores with one mistake each. */
final class BrokenStores {
    private BrokenStores() {}

    static JobStore withoutPriority(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Claimed claim(ClaimRequest request) {
                for (ClaimSlot slot : request.slots()) {
                    Samples.PAIRS.stream()
                            .filter(request.selector()::matches)
                            .map(pair -> JobQuery.unfinished(pair.type(), pair.channel(), JobState.READY))
                            .flatMap(query -> list(query, Page.Request.first(1)).items().stream())
                            .min(Comparator.naturalOrder())
                            .ifPresent(oldest -> claim(oldest, slot));
                }
                return super.claim(request);
            }
        };
    }

    static JobStore withoutCascade(StoreClock clock) {
        return new NothingRequired(new InMemoryJobStore(clock));
    }

    static JobStore withoutAtomicGraphs(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
                Receipt<Answer<List<Enqueued>>> receipt = super.insert(graphs);
                for (int i = 0; i < graphs.size(); i++) {
                    if (receipt.items().get(i) instanceof Answer.Refused) {
                        super.insert(graphs.get(i).stream().map(List::of).toList());
                    }
                }
                return receipt;
            }
        };
    }

    static JobStore withStaleTokens(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            private final Map<JobToken, JobId> jobs = new HashMap<>();
            private final Map<JobId, JobToken> current = new HashMap<>();

            @Override
            public Claimed claim(ClaimRequest request) {
                Claimed claimed = super.claim(request);
                claimed.jobs().forEach(job -> {
                    jobs.put(job.token(), job.job().id());
                    current.put(job.job().id(), job.token());
                });
                return claimed;
            }

            @Override
            public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
                return super.finish(requests.stream()
                        .map(request -> new FinishRequest(
                                Optional.ofNullable(jobs.get(request.token()))
                                        .map(current::get)
                                        .orElse(request.token()),
                                request.outcome(),
                                request.jitter(),
                                request.followUps()))
                        .toList());
            }
        };
    }

    static JobStore withoutRepeatedClaims(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Claimed claim(ClaimRequest request) {
                List<ClaimSlot> fresh = request.slots().stream()
                        .filter(slot -> running(List.of(slot.token())).get(0).isEmpty())
                        .toList();
                return super.claim(new ClaimRequest(request.selector(), fresh));
            }
        };
    }

    static JobStore withoutRepeatedFinishes(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
                List<Answer<TokenAnswer>> answers = new ArrayList<>();
                List<Boolean> running = running(
                                requests.stream().map(FinishRequest::token).toList())
                        .stream()
                        .map(Optional::isPresent)
                        .toList();
                Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
                for (int i = 0; i < requests.size(); i++) {
                    Answer<TokenAnswer> answer = receipt.items().get(i);
                    boolean repeated = !running.get(i) && answer.equals(Answer.accepted(TokenAnswer.DONE));
                    answers.add(repeated ? Answer.accepted(TokenAnswer.LOST) : answer);
                }
                return new Receipt<>(answers, receipt.changes());
            }
        };
    }

    static JobStore withoutFollowUps(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
                return super.finish(requests.stream()
                        .map(request ->
                                new FinishRequest(request.token(), request.outcome(), request.jitter(), List.of()))
                        .toList());
            }
        };
    }

    static JobStore withoutExpiry(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<JobId> expire(ExpireRequest request) {
                return new Receipt<>(List.of(), Changes.NONE);
            }
        };
    }

    static JobStore withoutHeartbeats(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
                return tokens.stream()
                        .map(token -> running(List.of(token)).get(0).isPresent()
                                ? TokenAnswer.CONTINUE
                                : super.heartbeat(List.of(token)).get(0))
                        .toList();
            }
        };
    }

    static JobStore withWallClockAges(StoreClock clock) {
        return new InMemoryJobStore(new StoreClock() {
            @Override
            public Instant now() {
                return clock.now();
            }

            @Override
            public long nanoTime() {
                return Duration.between(Instant.EPOCH, clock.now()).toNanos();
            }
        });
    }

    static JobStore withoutGraphCancel(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
                return super.cancel(requests.stream()
                        .map(request -> new CancelRequest(request.id(), request.reason(), false))
                        .toList());
            }
        };
    }

    static JobStore withoutPausedIds(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
                Set<PauseScope> paused = paused();
                paused.forEach(this::resume);
                Answer<ClaimedJob> answer = super.claim(id, slot);
                paused.forEach(this::pause);
                return answer;
            }
        };
    }

    static JobStore withOneResumeForAll(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<PauseScope> resume(PauseScope scope) {
                Receipt<PauseScope> receipt = super.resume(scope);
                paused().forEach(super::resume);
                return receipt;
            }
        };
    }

    static JobStore withoutChanges(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
                return new Receipt<>(super.insert(graphs).items(), Changes.NONE);
            }
        };
    }

    static JobStore withLossyPages(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public Page<JobId> list(JobQuery query, Page.Request request) {
                Page<JobId> page = super.list(query, request);
                return request.after().isEmpty()
                        ? page
                        : new Page<>(page.items().subList(1, page.items().size()), page.next());
            }
        };
    }

    static JobStore withEagerPrune(StoreClock clock) {
        return new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public int prune(Duration limit, int max) {
                return super.prune(Duration.ZERO, max);
            }
        };
    }
}
