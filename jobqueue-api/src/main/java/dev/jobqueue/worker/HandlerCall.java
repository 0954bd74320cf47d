package dev.jobqueue.worker;

import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.RunningJob;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Calls the handler of one attempt in this thread, with the MDC of the job, and turns whatever it does into an outcome (WRK-4). */
final class HandlerCall {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private HandlerCall() {}

    static <A, R> JobOutcome run(Run<A, R> run, Listeners listeners) {
        RunningJob<A, R> job = run.job;
        // What the executor or the application has put there is put back.
        @Nullable String id = MDC.get(JobWorker.MDC_JOB_ID);
        @Nullable String type = MDC.get(JobWorker.MDC_JOB_TYPE);
        @Nullable String attempt = MDC.get(JobWorker.MDC_ATTEMPT);
        MDC.put(JobWorker.MDC_JOB_ID, job.id().toString());
        MDC.put(JobWorker.MDC_JOB_TYPE, job.type().toString());
        MDC.put(JobWorker.MDC_ATTEMPT, Integer.toString(job.attempt()));
        run.signal.enter();
        try {
            if (!listeners.none()) {
                AttemptInfo info = run.info();
                listeners.tell(listener -> listener.started(info));
            }
            LOG.debug("Job {} ({}), attempt {} started", job.id(), job.type(), job.attempt());
            return decodeAndHandle(run);
        } finally {
            run.signal.leave();
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

    private static <A, R> JobOutcome decodeAndHandle(Run<A, R> run) {
        try {
            // A mistake in the args shall not look like one of the handler.
            run.decodeArgs();
        } catch (JobQueueException.Undecodable e) {
            LOG.warn("Job {} ({}) failed: {}", run.id(), run.type(), e.getMessage());
            return new JobOutcome.Failed(HandlerErrors.undecodable(e));
        }
        return handle(run);
    }

    @SuppressWarnings("CatchingUnchecked")
    private static <A, R> JobOutcome handle(Run<A, R> run) {
        Registration<A, R> registration = run.registration;
        try {
            return new JobOutcome.Succeeded(
                    registration.type().encodeResult(registration.handler().handle(run)));
        } catch (JobReleasedException e) {
            return new JobOutcome.Released(e.delay());
        } catch (JobFailedException e) {
            JobError error = e.error();
            LOG.info("Job {} ({}) failed: {} (code {})", run.id(), run.type(), error.reason(), error.code());
            if (e.getCause() != null) {
                LOG.debug("Cause of the failure of job {}", run.id(), e.getCause());
            }
            return new JobOutcome.Failed(error, e.result());
        } catch (Throwable e) {
            if (run.stop == null) {
                LOG.warn("The handler of job {} ({}), attempt {} failed", run.id(), run.type(), run.attempt(), e);
            }
            return new JobOutcome.Failed(HandlerErrors.of(e));
        }
    }
}
