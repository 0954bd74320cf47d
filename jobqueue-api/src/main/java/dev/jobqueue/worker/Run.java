package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
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
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One attempt in the hands of a worker, from the claim to its end.
 *
 * <p>Fields without a word are guarded by the lock of {@link WorkerCore}, which alone changes them; those that a handler reads are volatile. The lock in here
 * orders the callbacks and interrupts of a stop before the return of the handler, and is the inner one.
 */
final class Run<A, R> implements JobContext<A, R> {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);
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

    private @Nullable A args;
    /** Replaced as a whole, under the inner lock; most jobs have none. */
    private volatile List<JobRequest<?, ?>> followUps = List.of();

    private final ReentrantLock handlerLock = new ReentrantLock();
    private @Nullable Thread thread;
    private boolean signaled;
    private boolean returned;
    private List<Runnable> callbacks = List.of();

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

    // ---- the handler's thread

    /** Runs the handler in this thread, whatever it throws, and gives how the attempt shall end. */
    JobOutcome execute() {
        // What the executor or the application has put there is put back.
        @Nullable String id = MDC.get(JobWorker.MDC_JOB_ID);
        @Nullable String type = MDC.get(JobWorker.MDC_JOB_TYPE);
        @Nullable String attempt = MDC.get(JobWorker.MDC_ATTEMPT);
        MDC.put(JobWorker.MDC_JOB_ID, job.id().toString());
        MDC.put(JobWorker.MDC_JOB_TYPE, job.type().toString());
        MDC.put(JobWorker.MDC_ATTEMPT, Integer.toString(job.attempt()));
        enter();
        try {
            if (!core.listeners().none()) {
                AttemptInfo info = info();
                core.listeners().tell(listener -> listener.started(info));
            }
            LOG.debug("Job {} ({}), attempt {} started", job.id(), job.type(), job.attempt());
            return handle();
        } finally {
            leave();
            restore(JobWorker.MDC_JOB_ID, id);
            restore(JobWorker.MDC_JOB_TYPE, type);
            restore(JobWorker.MDC_ATTEMPT, attempt);
        }
    }

    private static void restore(String key, @Nullable String value) {
        if (value == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, value);
        }
    }

    /** Whatever a handler throws ends the attempt (WRK-4). */
    @SuppressWarnings("CatchingUnchecked")
    private JobOutcome handle() {
        try {
            // A mistake in the args shall not look like one of the handler.
            args = job.args();
        } catch (JobQueueException.Undecodable e) {
            LOG.warn("Job {} ({}) failed: {}", job.id(), job.type(), e.getMessage());
            return new JobOutcome.Failed(HandlerErrors.undecodable(e));
        }
        try {
            return new JobOutcome.Succeeded(
                    registration.type().encodeResult(registration.handler().handle(this)));
        } catch (JobReleasedException e) {
            return new JobOutcome.Released(e.delay());
        } catch (JobFailedException e) {
            JobError error = e.error();
            LOG.info("Job {} ({}) failed: {} (code {})", job.id(), job.type(), error.reason(), error.code());
            if (e.getCause() != null) {
                LOG.debug("Cause of the failure of job {}", job.id(), e.getCause());
            }
            return new JobOutcome.Failed(error, e.result());
        } catch (Throwable e) {
            if (stop == null) {
                LOG.warn("The handler of job {} ({}), attempt {} failed", job.id(), job.type(), job.attempt(), e);
            }
            return new JobOutcome.Failed(HandlerErrors.of(e));
        }
    }

    private void enter() {
        handlerLock.lock();
        try {
            thread = Thread.currentThread();
        } finally {
            handlerLock.unlock();
        }
    }

    /** Behind this no callback runs and no interrupt comes; one that came late must not hit the next job. */
    private void leave() {
        handlerLock.lock();
        try {
            thread = null;
            returned = true;
        } finally {
            handlerLock.unlock();
        }
        Thread.interrupted();
    }

    /** Tells the handler to stop. Called without a lock, once. */
    void signal(boolean interrupt) {
        handlerLock.lock();
        try {
            signaled = true;
            if (!returned) {
                callbacks.forEach(this::call);
                if (interrupt && thread != null) {
                    thread.interrupt();
                }
            }
        } finally {
            handlerLock.unlock();
        }
    }

    private void call(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | LinkageError | AssertionError e) {
            LOG.warn("A callback of job {} failed", job.id(), e);
        }
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
        handlerLock.lock();
        try {
            List<JobRequest<?, ?>> all = new ArrayList<>(followUps);
            all.addAll(requests);
            followUps = all;
        } finally {
            handlerLock.unlock();
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
        boolean now;
        handlerLock.lock();
        try {
            now = signaled;
            if (!now) {
                callbacks = new ArrayList<>(callbacks);
                callbacks.add(callback);
            }
        } finally {
            handlerLock.unlock();
        }
        if (now) {
            call(callback);
        }
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
