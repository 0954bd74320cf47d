package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt in the hands of a worker, from the claim to its end.
 *
 * <p>The fields are guarded by {@link CoreLock} and changed by the parts of {@link WorkerCore} alone; those that a handler reads are volatile.
 */
final class Run<A, R> implements JobContext<A, R> {
    private static final int MAX_PROGRESS_BYTES = 64 << 10;

    enum Stage {
        /** Claimed, the handler has not started. */
        WAITING,
        RUNNING,
        /** The handler has returned, or never runs. */
        RETURNED
    }

    private final WorkerCore core;
    final Registration<A, R> registration;
    /** The counts of its type. */
    final TypeLoad load;

    final RunningJob<A, R> job;

    Stage stage = Stage.WAITING;
    /** Nothing more is sent for the attempt: the store has acknowledged its end or said that it is over, or its fence has passed. */
    boolean over;
    /** The attempt is ended without its handler, which did not return in time. */
    boolean detached;
    /** How the attempt shall end; once set, it is in the outbox, in flight or over. */
    @Nullable
    JobOutcome outcome;
    /** A finish is in flight or its outcome is unknown, so only its own answer tells how it went. */
    boolean sent;

    boolean uncertain;
    /** That the attempt is over, heard while a finish was under way. */
    @Nullable
    TokenAnswer heardWhileSent;

    /** Its finish travels alone, because a call with others was refused. */
    boolean alone;

    final long claimedAt;
    long startedAt;
    long ranNanos;
    boolean hasDeadlineToReturn;
    long abandonAt;

    volatile long confirmedAt;
    volatile boolean hasTimeout;
    volatile long timeoutAt;
    volatile @Nullable StopReason stop;
    volatile @Nullable String cancelReason;

    /** Progress that waits to be sent. */
    @Nullable
    RawJson progress;

    long reportAt;
    boolean reporting;

    /** The stop is being told; what comes last waits for it. */
    boolean signaling;

    @Nullable
    Runnable afterSignal;

    final StopSignal signal;

    private @Nullable A args;
    /** Most jobs have none, so the list is replaced as a whole. */
    private volatile List<JobRequest<?, ?>> followUps = List.of();

    Run(
            WorkerCore core,
            Registration<A, R> registration,
            TypeLoad load,
            RunningJob<RawJson, RawJson> job,
            long claimedAt,
            long confirmedAt) {
        this.core = core;
        this.registration = registration;
        this.load = load;
        this.job = job.as(registration.type());
        this.signal = new StopSignal(job.id());
        this.claimedAt = claimedAt;
        this.confirmedAt = confirmedAt;
        this.startedAt = claimedAt;
        this.reportAt = claimedAt;
    }

    AttemptInfo info() {
        return new AttemptInfo(
                job.id(),
                job.type(),
                job.job().options().channel(),
                job.attempt(),
                Duration.ofNanos(startedAt - claimedAt),
                Duration.ofNanos(ranNanos));
    }

    List<JobRequest<?, ?>> followUps() {
        return outcome instanceof JobOutcome.Succeeded ? followUps : List.of();
    }

    /** About how many bytes its finish has. */
    long weight() {
        long weight = 200;
        if (outcome instanceof JobOutcome.Succeeded succeeded) {
            weight += succeeded.result().size();
        } else if (outcome instanceof JobOutcome.Failed failed) {
            weight += failed.error().details().size()
                    + failed.result().map(RawJson::size).orElse(0);
        }
        for (JobRequest<?, ?> followUp : followUps) {
            weight += 200
                    + followUp.job().args().size()
                    + 50L * followUp.job().dependencies().size();
        }
        return weight;
    }

    /** @throws JobQueueException.Undecodable if they do not fit the class */
    void decodeArgs() {
        args = job.args();
    }

    // ---- JobContext

    @Override
    public JobId id() {
        return job.id();
    }

    @Override
    public TypeName type() {
        return job.type();
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    @SuppressWarnings("NullAway") // JSON null, and then only if the class of the args has no other value for it
    public A args() {
        return args;
    }

    @Override
    public Job<RawJson> job() {
        return job.job();
    }

    @Override
    public List<DependencyOutcome<RawJson>> dependencies() {
        return job.dependencies();
    }

    @Override
    public <S> DependencyOutcome<S> dependency(int position, JobType<?, S> type) {
        return job.dependency(position, type);
    }

    @Override
    public void report(@Nullable Object value) {
        RawJson json = RawJson.from(value);
        if (json.size() > MAX_PROGRESS_BYTES) {
            throw new IllegalArgumentException(
                    "progress: " + json.size() + " bytes of JSON, the limit is " + MAX_PROGRESS_BYTES);
        }
        core.report(this, json);
    }

    @Override
    public void followUp(JobRequest<?, ?>... requests) {
        followUp(Arrays.asList(requests));
    }

    @Override
    public void followUp(List<? extends JobRequest<?, ?>> requests) {
        requests.forEach(request -> requireNonNull(request, "request"));
        synchronized (signal) {
            List<JobRequest<?, ?>> all = new ArrayList<>(followUps);
            all.addAll(requests);
            followUps = all;
        }
    }

    @Override
    public Optional<StopReason> stopReason() {
        if (stop == null) {
            core.look(this);
        }
        return Optional.ofNullable(stop);
    }

    @Override
    public Optional<String> cancelReason() {
        return Optional.ofNullable(cancelReason);
    }

    @Override
    public void onCancel(Runnable callback) {
        requireNonNull(callback, "callback");
        signal.onSend(callback);
    }

    @Override
    public boolean workerStopping() {
        return core.stopping();
    }

    @Override
    public boolean confirm() {
        if (canceled()) {
            return false;
        }
        core.confirm(this);
        return !canceled();
    }

    @Override
    public String toString() {
        return "JobContext[" + job.type() + " " + job.id() + ", attempt " + job.attempt() + "]";
    }
}
