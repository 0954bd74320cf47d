package dev.jobqueue.internal;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.ClaimedJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A claimed job in the hands of a caller. Views of other types share the state of the attempt. */
final class StoreRunningJob<A, R> implements RunningJob<A, R> {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRunningJob.class);

    /** What all views of one attempt share. */
    private static final class State {
        volatile boolean ended;
        volatile @Nullable String cancelReason;
    }

    private final StoreJobQueue queue;
    private final ClaimedJob claimed;
    private final JobType<A, R> type;
    private final State state;
    /** When the claim was sent, if this was made by one. */
    private final OptionalLong sentNanos;

    private StoreRunningJob(
            StoreJobQueue queue, ClaimedJob claimed, JobType<A, R> type, State state, OptionalLong sentNanos) {
        this.queue = queue;
        this.claimed = claimed;
        this.type = type;
        this.state = state;
        this.sentNanos = sentNanos;
    }

    /** @param sentNanos when the claim was sent, by {@link System#nanoTime}, if this call made one */
    static RunningJob<RawJson, RawJson> of(StoreJobQueue queue, ClaimedJob claimed, OptionalLong sentNanos) {
        return new StoreRunningJob<>(queue, claimed, JobType.raw(claimed.job().type()), new State(), sentNanos);
    }

    @Override
    public JobId id() {
        return claimed.job().id();
    }

    @Override
    public TypeName type() {
        return claimed.job().type();
    }

    @Override
    public JobToken token() {
        return claimed.token();
    }

    @Override
    public int attempt() {
        return claimed.attempt();
    }

    @Override
    public A args() {
        return type.decodeArgs(claimed.job().args());
    }

    @Override
    public Job<RawJson> job() {
        return claimed.job();
    }

    @Override
    public List<DependencyOutcome<RawJson>> dependencies() {
        if (claimed.resultsIncluded()) {
            return claimed.dependencies();
        }
        List<DependencyOutcome<RawJson>> all =
                new ArrayList<>(claimed.dependencies().size());
        claimed.dependencies().forEach(dependency -> all.add(withResult(dependency)));
        return all;
    }

    /** Results of finished jobs do not change, so reading them later gives the same snapshot. */
    private DependencyOutcome<RawJson> withResult(DependencyOutcome<RawJson> dependency) {
        return new DependencyOutcome<>(
                dependency.id(),
                dependency.type(),
                dependency.required(),
                dependency.state(),
                queue.result(dependency.id()),
                dependency.error());
    }

    @Override
    public <S> DependencyOutcome<S> dependency(int position, JobType<?, S> dependencyType) {
        DependencyOutcome<RawJson> raw = claimed.dependencies().get(position);
        dependencyType.requireCovers(raw.id(), raw.type());
        Optional<RawJson> result = claimed.resultsIncluded() ? raw.result() : queue.result(raw.id());
        return new DependencyOutcome<>(
                raw.id(),
                raw.type(),
                raw.required(),
                raw.state(),
                result.flatMap(json -> Optional.ofNullable(dependencyType.decodeResult(json))),
                raw.error());
    }

    @Override
    public <B, S> RunningJob<B, S> as(JobType<B, S> other) {
        other.requireCovers(id(), type());
        return new StoreRunningJob<>(queue, claimed, other, state, sentNanos);
    }

    @Override
    public Optional<Duration> sinceDequeue() {
        return sentNanos.isPresent()
                ? Optional.of(Duration.ofNanos(System.nanoTime() - sentNanos.getAsLong()))
                : Optional.empty();
    }

    @Override
    public TokenAnswer heartbeat() {
        return noted(queue.heartbeat(List.of(token())).get(0));
    }

    @Override
    public TokenAnswer report(@Nullable Object progress) {
        return noted(queue.report(token(), RawJson.from(progress)));
    }

    @Override
    public TokenAnswer succeed(@Nullable R result) {
        return succeed(result, List.of());
    }

    @Override
    public TokenAnswer succeed(@Nullable R result, List<JobRequest<?, ?>> followUps) {
        return finish(new JobOutcome.Succeeded(type.encodeResult(result)), followUps);
    }

    @Override
    public TokenAnswer fail(JobError error) {
        return finish(new JobOutcome.Failed(error), List.of());
    }

    @Override
    public TokenAnswer release(Duration delay) {
        return finish(new JobOutcome.Released(delay), List.of());
    }

    @Override
    public TokenAnswer finish(JobOutcome outcome, List<JobRequest<?, ?>> followUps) {
        return noted(queue.finish(token(), outcome, followUps));
    }

    private TokenAnswer noted(TokenAnswer answer) {
        if (answer.verdict() != TokenAnswer.Verdict.CONTINUE) {
            answer.cancelReason().ifPresent(reason -> state.cancelReason = reason);
            state.ended = true;
        }
        return answer;
    }

    @Override
    public boolean ended() {
        return state.ended;
    }

    @Override
    public Optional<String> cancelReason() {
        return Optional.ofNullable(state.cancelReason);
    }

    @Override
    public void close() {
        if (state.ended) {
            return;
        }
        try {
            release(Duration.ZERO);
        } catch (JobQueueException e) {
            LOG.warn("Job {} could not be released; its heartbeat will end the attempt", id(), e);
        }
    }

    @Override
    public String toString() {
        return "RunningJob[" + type() + " " + id() + ", attempt " + attempt() + "]";
    }
}
