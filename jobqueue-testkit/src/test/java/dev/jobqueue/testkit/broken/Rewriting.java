package dev.jobqueue.testkit.broken;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Acts on other jobs than it was given, but shows the ones it was given. */
abstract class Rewriting extends DelegatingJobStore {
    private final Map<JobId, Job<RawJson>> given = new ConcurrentHashMap<>();

    Rewriting(JobStore store) {
        super(store);
    }

    /** What the store acts on instead. */
    abstract NewJob rewrite(NewJob job);

    /** The same job with other options. */
    static NewJob with(NewJob job, JobOptions options) {
        Job<RawJson> old = job.job();
        return new NewJob(new Job<>(old.id(), old.type(), old.args(), old.dependencies(), options), job.delay());
    }

    /** The same job with other dependencies. */
    static NewJob with(NewJob job, List<Dependency> dependencies) {
        Job<RawJson> old = job.job();
        return new NewJob(new Job<>(old.id(), old.type(), old.args(), dependencies, old.options()), job.delay());
    }

    private List<NewJob> rewrite(List<NewJob> graph) {
        return graph.stream().map(this::rewriteAndNote).toList();
    }

    private NewJob rewriteAndNote(NewJob job) {
        Job<RawJson> before = given.putIfAbsent(job.job().id(), job.job());
        if (before == null || before.equals(job.job())) {
            return rewrite(job);
        }
        Job<RawJson> old = job.job();
        TypeName refused = TypeName.parse("other-content");
        return new NewJob(new Job<>(old.id(), refused, old.args(), old.dependencies(), old.options()), job.delay());
    }

    private ClaimedJob restore(ClaimedJob job) {
        Job<RawJson> before = given.getOrDefault(job.job().id(), job.job());
        return new ClaimedJob(before, job.token(), job.attempt(), job.dependencies(), job.resultsIncluded());
    }

    private StoredJob restore(StoredJob job) {
        return new StoredJob(job.status(), job.definition().map(d -> given.getOrDefault(d.id(), d)));
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        Receipt<Answer<List<Enqueued>>> receipt =
                super.insert(graphs.stream().map(this::rewrite).toList());
        for (int i = 0; i < graphs.size(); i++) {
            if (receipt.items().get(i) instanceof Answer.Refused<List<Enqueued>>) {
                graphs.get(i).forEach(this::forgetUnlessStored);
            }
        }
        return receipt;
    }

    /** A refused id is free: the next job with it may be another one. */
    private void forgetUnlessStored(NewJob job) {
        JobId id = job.job().id();
        if (super.find(List.of(id), Set.of()).get(0).isEmpty()) {
            given.remove(id);
        }
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return super.finish(requests.stream()
                .map(r -> new FinishRequest(r.token(), r.outcome(), r.jitter(), rewrite(r.followUps())))
                .toList());
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        Claimed claimed = super.claim(request);
        return new Claimed(claimed.jobs().stream().map(this::restore).toList(), claimed.more(), claimed.nextDue());
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        return Tweaks.map(super.claim(id, slot), this::restore);
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return super.running(tokens).stream().map(j -> j.map(this::restore)).toList();
    }

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return super.find(ids, parts).stream().map(j -> j.map(this::restore)).toList();
    }
}
