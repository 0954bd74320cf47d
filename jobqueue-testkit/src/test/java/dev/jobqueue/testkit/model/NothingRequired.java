package dev.jobqueue.testkit.model;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A store that shows which dependencies are required, but treats none so. */
final class NothingRequired extends DelegatingJobStore {
    private final Map<JobId, Job<RawJson>> given = new HashMap<>();

    NothingRequired(JobStore delegate) {
        super(delegate);
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        List<List<NewJob>> changed = new ArrayList<>();
        for (List<NewJob> graph : graphs) {
            changed.add(graph.stream().map(this::withoutRequired).toList());
        }
        return super.insert(changed);
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return super.finish(requests.stream()
                .map(request -> new FinishRequest(
                        request.token(),
                        request.outcome(),
                        request.jitter(),
                        request.followUps().stream().map(this::withoutRequired).toList()))
                .toList());
    }

    private NewJob withoutRequired(NewJob item) {
        Job<RawJson> job = item.job();
        given.putIfAbsent(job.id(), job);
        List<Dependency> dependencies = job.dependencies().stream()
                .map(dependency -> new Dependency(dependency.id(), false))
                .toList();
        return new NewJob(new Job<>(job.id(), job.type(), job.args(), dependencies, job.options()), item.delay());
    }

    @Override
    public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
        return super.find(ids, parts).stream()
                .map(found -> found.map(job ->
                        new StoredJob(shown(job.status()), job.definition().map(d -> given(d.id())))))
                .toList();
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        Claimed claimed = super.claim(request);
        return new Claimed(claimed.jobs().stream().map(this::shown).toList(), claimed.more(), claimed.nextDue());
    }

    @Override
    public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
        Answer<ClaimedJob> answer = super.claim(id, slot);
        return answer instanceof Answer.Accepted<ClaimedJob> accepted
                ? Answer.accepted(shown(accepted.value()))
                : answer;
    }

    @Override
    public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
        return super.running(tokens).stream().map(job -> job.map(this::shown)).toList();
    }

    @Override
    public Answer<List<JobGraph.Node>> closure(JobId id, int max) {
        Answer<List<JobGraph.Node>> answer = super.closure(id, max);
        return answer instanceof Answer.Accepted<List<JobGraph.Node>> accepted
                ? Answer.accepted(accepted.value().stream().map(this::shown).toList())
                : answer;
    }

    private JobStatus<RawJson> shown(JobStatus<RawJson> status) {
        return new JobStatus<>(
                status.id(),
                status.type(),
                status.channel(),
                status.state(),
                status.times(),
                status.failures(),
                status.recoveries(),
                status.attempts(),
                status.progress(),
                status.result(),
                status.error(),
                status.cancelReason(),
                shown(status.id(), status.dependencies()));
    }

    private ClaimedJob shown(ClaimedJob job) {
        return new ClaimedJob(
                given(job.job().id()),
                job.token(),
                job.attempt(),
                shown(job.job().id(), job.dependencies()),
                job.resultsIncluded());
    }

    private JobGraph.Node shown(JobGraph.Node node) {
        Set<JobId> required = required(
                node.id(), node.dependencies().stream().map(Dependency::id).toList());
        return new JobGraph.Node(
                node.id(),
                node.type(),
                node.state(),
                node.dependencies().stream()
                        .map(edge -> new Dependency(edge.id(), required.contains(edge.id())))
                        .toList());
    }

    private List<DependencyOutcome<RawJson>> shown(JobId id, List<DependencyOutcome<RawJson>> outcomes) {
        Set<JobId> required =
                required(id, outcomes.stream().map(DependencyOutcome::id).toList());
        return outcomes.stream()
                .map(outcome -> new DependencyOutcome<>(
                        outcome.id(),
                        outcome.type(),
                        required.contains(outcome.id()),
                        outcome.state(),
                        outcome.result(),
                        outcome.error()))
                .toList();
    }

    /** The jobs that were given as required at one of their positions. */
    private Set<JobId> required(JobId id, List<JobId> targets) {
        Set<JobId> required = new HashSet<>();
        for (int i = 0; i < targets.size(); i++) {
            if (given(id).dependencies().get(i).required()) {
                required.add(targets.get(i));
            }
        }
        return required;
    }

    private Job<RawJson> given(JobId id) {
        return requireNonNull(given.get(id), id::toString);
    }
}
