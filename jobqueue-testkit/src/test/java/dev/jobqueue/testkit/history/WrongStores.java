package dev.jobqueue.testkit.history;

import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Stores that are wrong now and then. */
final class WrongStores {
    private WrongStores() {}

    /** A finish goes by the job, whoever's token it is. */
    static final class NoFence extends DelegatingJobStore {
        private final Map<JobToken, JobId> jobs = new ConcurrentHashMap<>();
        private final Map<JobId, JobToken> current = new ConcurrentHashMap<>();

        NoFence(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            for (ClaimedJob job : claimed.jobs()) {
                jobs.put(job.token(), job.job().id());
                current.put(job.job().id(), job.token());
            }
            return claimed;
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            return super.finish(requests.stream()
                    .map(r -> new FinishRequest(inForce(r.token()), r.outcome(), r.jitter(), r.followUps()))
                    .toList());
        }

        private JobToken inForce(JobToken token) {
            JobId id = jobs.get(token);
            return id == null ? token : current.getOrDefault(id, token);
        }
    }

    /** A claim that finds nothing gives, at times, the job that was given last. */
    static final class GivesTwice extends DelegatingJobStore {
        private final AtomicReference<@Nullable ClaimedJob> last = new AtomicReference<>();
        private final AtomicInteger empty = new AtomicInteger();

        GivesTwice(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            if (!claimed.jobs().isEmpty()) {
                last.set(claimed.jobs().get(0));
                return claimed;
            }
            ClaimedJob job = last.getAndSet(null);
            if (job == null
                    || !request.selector().types().contains(job.job().type())
                    || empty.incrementAndGet() % 2 != 0) {
                return claimed;
            }
            JobToken token = request.slots().get(0).token();
            ClaimedJob again = new ClaimedJob(job.job(), token, job.attempt(), job.dependencies(), true);
            return new Claimed(List.of(again), true, claimed.nextDue());
        }
    }

    /** Of enqueues at the same time, one is lost at times. */
    static final class LosesEnqueues extends DelegatingJobStore {
        private final AtomicInteger underWay = new AtomicInteger();
        private final AtomicInteger together = new AtomicInteger();

        LosesEnqueues(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            boolean alone = underWay.incrementAndGet() == 1;
            try {
                LockSupport.parkNanos(200_000);
                List<NewJob> graph = graphs.get(0);
                boolean lose = !alone && graphs.size() == 1 && graph.size() == 1 && together.incrementAndGet() % 4 == 0;
                if (lose) {
                    Enqueued enqueued = new Enqueued(graph.get(0).job().id(), true, JobState.READY);
                    return new Receipt<>(List.of(Answer.accepted(List.of(enqueued))), Changes.NONE);
                }
                return super.insert(graphs);
            } finally {
                underWay.decrementAndGet();
            }
        }
    }

    /** Every job has another priority than it was given, by chance. */
    static final class OrderByChance extends DelegatingJobStore {
        private final Random random = new Random(1);

        OrderByChance(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return super.insert(graphs.stream()
                    .map(graph -> graph.stream().map(this::change).toList())
                    .toList());
        }

        private NewJob change(NewJob job) {
            Job<RawJson> old = job.job();
            JobOptions o = old.options();
            JobOptions options = new JobOptions(
                    o.channel(),
                    random.nextInt(100),
                    o.attempts(),
                    o.backoff(),
                    o.recoveries(),
                    o.notBefore(),
                    o.delay(),
                    o.timeout(),
                    o.uniqueKey());
            return new NewJob(new Job<>(old.id(), old.type(), old.args(), old.dependencies(), options), job.delay());
        }
    }

    /** A job waits for the first of its dependencies only. */
    static final class ReleasesEarly extends DelegatingJobStore {
        ReleasesEarly(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return super.insert(graphs.stream()
                    .map(graph -> graph.stream().map(ReleasesEarly::change).toList())
                    .toList());
        }

        private static NewJob change(NewJob job) {
            Job<RawJson> old = job.job();
            int kept = Math.min(1, old.dependencies().size());
            return new NewJob(
                    new Job<>(
                            old.id(), old.type(), old.args(), old.dependencies().subList(0, kept), old.options()),
                    job.delay());
        }
    }

    /** Who waits for the end of a job is not told of it, at times. */
    static final class DropsEnds extends DelegatingJobStore {
        private final AtomicInteger finishes = new AtomicInteger();

        DropsEnds(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            Changes changes = receipt.changes();
            Changes less = new Changes(changes.ready(), changes.scheduled(), List.of(), false);
            return finishes.incrementAndGet() % 5 == 0 ? new Receipt<>(receipt.items(), less) : receipt;
        }
    }

    /** Who waits for a job is not told, at times, of one that became ready by the end of another. */
    static final class DropsWakeUps extends DelegatingJobStore {
        private final AtomicInteger finishes = new AtomicInteger();

        DropsWakeUps(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            Changes changes = receipt.changes();
            Changes less = new Changes(Map.of(), changes.scheduled(), changes.ended(), false);
            return finishes.incrementAndGet() % 5 == 0 ? new Receipt<>(receipt.items(), less) : receipt;
        }
    }

    /** A heartbeat is always welcome. */
    static final class BeatsForEver extends DelegatingJobStore {
        BeatsForEver(JobStore store) {
            super(store);
        }

        @Override
        public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
            super.heartbeat(tokens);
            return tokens.stream().map(t -> TokenAnswer.CONTINUE).toList();
        }
    }
}
