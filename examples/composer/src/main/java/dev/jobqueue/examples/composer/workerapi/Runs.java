package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.http.ApiException;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.workerapi.Artifacts.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runs of jobs by their tokens: how they end, and what becomes of their artifacts. Thread-safe. */
final class Runs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Runs.class);

    private final JobQueue queue;
    private final Artifacts artifacts;
    private final ScheduledExecutorService sweeper =
            Executors.newSingleThreadScheduledExecutor(Threads.named("artifact-sweep"));

    /** With artifacts in this directory. */
    Runs(JobQueue queue, Path directory, WorkerLimits limits) throws IOException {
        this.queue = queue;
        artifacts = new Artifacts(directory, limits, this::exists);
    }

    /**
     * Stores an artifact of a run.
     *
     * @param length the bytes of the content, -1 if they are not known
     * @return false if the run is over before all is there; nothing is kept then
     * @throws ApiException if it is more than the limits allow; nothing is kept then
     */
    boolean store(JobToken token, String name, InputStream content, long length) throws IOException {
        Optional<RunningJob<RawJson, RawJson>> job = queue.running(token);
        return job.isPresent() && artifacts.store(token, job.get().id(), name, content, length, () -> isRunning(token));
    }

    private boolean isRunning(JobToken token) {
        return queue.running(token).isPresent();
    }

    /**
     * Ends a run with the result that its worker reports, and then gives its artifacts to the job.
     *
     * @return as {@link JobQueue#finish}; DONE again if the same was reported before and only the answer was lost
     * @throws JobQueueException.Undecodable if this is no result of such a job; nothing has changed
     */
    TokenAnswer finish(JobToken token, RawJson result) {
        Optional<RunningJob<RawJson, RawJson>> job = queue.running(token);
        TokenAnswer answer =
                job.isPresent() ? queue.finish(token, JobTypes.outcome(job.get().type(), result)) : ended(token);
        if (answer.verdict() == TokenAnswer.Verdict.DONE) {
            try {
                artifacts.keep(token);
            } catch (IOException | JobQueueException e) {
                LOG.error("A finished job does not have its artifacts yet; the next sweep tries again", e);
            }
        }
        return answer;
    }

    /**
     * What the queue says about a run that is over: DONE if this token ended its job. Asked by repeating a finish of either kind, which changes nothing: a token that is not in force
     * never comes into force again (FIN-8).
     */
    private TokenAnswer ended(JobToken token) {
        TokenAnswer answer = queue.finish(token, new JobOutcome.Succeeded(RawJson.NULL));
        return answer.verdict() == TokenAnswer.Verdict.LOST
                ? queue.finish(
                        token,
                        new JobOutcome.Failed(
                                JobError.of(ImageError.BUILD_JOB, "").asPermanent()))
                : answer;
    }

    private RunState state(JobToken token) {
        if (isRunning(token)) {
            return RunState.RUNNING;
        }
        return ended(token).verdict() == TokenAnswer.Verdict.DONE ? RunState.ENDED_THE_JOB : RunState.OVER;
    }

    /** Puts right what a crash has left; before there are any requests. */
    void repair() throws IOException {
        artifacts.settle(this::state);
        artifacts.clean();
    }

    private boolean exists(JobId id) {
        try {
            var unused = queue.jobType(id);
            return true;
        } catch (JobQueueException.NotFound e) {
            return false;
        }
    }

    /** Settles the artifacts of runs that ended elsewhere, by a cancel or a lost heartbeat, again and again. */
    void sweepEvery(Duration interval) {
        long millis = interval.toMillis();
        var unused = sweeper.scheduleWithFixedDelay(this::sweep, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Removes the artifacts of jobs that are gone, again and again. */
    void cleanEvery(Duration interval) {
        long millis = interval.toMillis();
        var unused = sweeper.scheduleWithFixedDelay(this::clean, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void clean() {
        try {
            artifacts.clean();
        } catch (IOException | RuntimeException e) {
            LOG.warn("Artifacts of jobs that are gone are still there, the next round will try again", e);
        }
    }

    private void sweep() {
        try {
            artifacts.settle(this::state);
        } catch (IOException | RuntimeException e) {
            LOG.warn("A sweep of the artifacts failed, the next one will try again", e);
        }
    }

    /** Removes the artifacts of those of these jobs that are gone; what cannot be removed now is at the next start. */
    void forget(Collection<JobId> jobs) {
        for (JobId job : jobs) {
            try {
                artifacts.forget(job);
            } catch (IOException | JobQueueException e) {
                LOG.warn("The artifacts of the deleted job {} are still there; the next start removes them", job, e);
            }
        }
    }

    Optional<Path> artifact(JobId job, String name) {
        return artifacts.find(job, name);
    }

    SortedMap<String, Long> artifacts(JobId job) throws IOException {
        return artifacts.ofJob(job);
    }

    /** Ends the sweeps; returns when one under way has ended. Idempotent. */
    @Override
    public void close() {
        Threads.end(sweeper);
        try {
            artifacts.close();
        } catch (IOException e) {
            LOG.warn("What was on its way to the artifacts is still there; the next start removes it", e);
        }
    }
}
