package dev.jobqueue.testkit.broken;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A store that is durable as long as its {@link Journal} is: the smallest one that keeps the rules of a restart. */
class JournaledJobStore extends DelegatingJobStore {
    private final Journal journal;
    private final Journal.Clock clock;

    JournaledJobStore(Journal journal, Journal.Clock clock) {
        this(journal, clock, true);
    }

    /** With or without a new limit of grace for running jobs. */
    JournaledJobStore(Journal journal, Journal.Clock clock, boolean grace) {
        this(journal, clock, entries -> entries, grace);
    }

    /** Reads the journal by way of {@code change}. */
    JournaledJobStore(Journal journal, Journal.Clock clock, UnaryOperator<List<Journal.Entry>> change, boolean grace) {
        super(journal.replay(clock, change, grace));
        this.journal = journal;
        this.clock = clock;
    }

    private <T> T noted(String name, Function<JobStore, T> call) {
        synchronized (journal) {
            Journal.Entry entry = new Journal.Entry(name, clock.now(), clock.nanoTime(), call);
            clock.stop(entry.now(), entry.nanos());
            try {
                T answer = call.apply(delegate());
                journal.add(entry);
                return answer;
            } finally {
                clock.go();
            }
        }
    }

    @Override
    public Traits traits() {
        Traits traits = super.traits();
        return new Traits(Set.of(Capability.DURABLE), traits.maxBatch(), traits.pollInterval(), traits.combine());
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        return noted("insert", s -> s.insert(graphs));
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        journal.note(request.slots().stream().map(ClaimSlot::token).toList());
        return noted("claim", s -> s.claim(request));
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        journal.note(List.of(slot.token()));
        return noted("claim", s -> s.claim(id, slot));
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return noted("finish", s -> s.finish(requests));
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return noted("heartbeat", s -> s.heartbeat(tokens));
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        return noted("report", s -> s.report(reports));
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return noted("cancel", s -> s.cancel(requests));
    }

    @Override
    public Receipt<Answer<JobState>> finishPending(List<PendingFinish> requests) {
        return noted("finishPending", s -> s.finishPending(requests));
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return noted("expire", s -> s.expire(request));
    }

    @Override
    public void pause(PauseScope scope) {
        noted("pause", s -> {
            s.pause(scope);
            return scope;
        });
    }

    @Override
    public Receipt<PauseScope> resume(PauseScope scope) {
        return noted("resume", s -> s.resume(scope));
    }

    @Override
    public int prune(Duration limit, int max) {
        return noted("prune", s -> s.prune(limit, max));
    }

    @Override
    public Answer<Integer> delete(JobId id) {
        return noted("delete", s -> s.delete(id));
    }
}
