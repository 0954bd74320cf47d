package dev.jobqueue.internal;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.spi.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The checks that need the settings of the queue, and the way from requests to the SPI. */
final class Checks {
    private static final int MAX_PROGRESS_BYTES = 64 << 10;
    private static final int MAX_REASON_LENGTH = 10_000;
    private static final int MAX_LIST = 10_000;

    private final QueueOptions options;

    Checks(QueueOptions options) {
        this.options = options;
    }

    /** A graph for the store: checked, ordered, with delays. */
    List<NewJob> graph(List<? extends JobRequest<?, ?>> requests) {
        List<Job<RawJson>> jobs = new ArrayList<>(requests.size());
        for (JobRequest<?, ?> request : requests) {
            Job<RawJson> job = request.job();
            requireSize(job.args(), "args of job " + job.id() + " (" + job.type() + ")");
            jobs.add(job);
        }
        List<Job<RawJson>> ordered = jobs.size() == 1 ? single(jobs) : GraphOrder.of(jobs);
        List<NewJob> graph = new ArrayList<>(ordered.size());
        ordered.forEach(job -> graph.add(new NewJob(job, delay(job.options()))));
        return graph;
    }

    private static List<Job<RawJson>> single(List<Job<RawJson>> jobs) {
        Job<RawJson> job = jobs.get(0);
        for (Dependency dependency : job.dependencies()) {
            if (dependency.id().equals(job.id())) {
                throw new JobQueueException.Invalid("job " + job.id() + " depends on itself");
            }
        }
        return jobs;
    }

    private Duration delay(JobOptions job) {
        if (job.delay().isPresent()) {
            return job.delay().get();
        }
        if (job.notBefore().isEmpty()) {
            return Duration.ZERO;
        }
        Instant now = options.clock().instant();
        Duration delay = Duration.between(now, job.notBefore().get());
        return delay.isNegative()
                ? Duration.ZERO
                : Duration.ofMillis(delay.plusNanos(999_999).toMillis());
    }

    JobOutcome outcome(JobOutcome outcome) {
        if (outcome instanceof JobOutcome.Succeeded succeeded) {
            requireSize(succeeded.result(), "result");
        } else if (outcome instanceof JobOutcome.Failed failed) {
            failed.result().ifPresent(result -> requireSize(result, "result"));
        }
        return outcome;
    }

    JobOutcome finalOutcome(JobOutcome outcome) {
        if (outcome instanceof JobOutcome.Released) {
            throw new IllegalArgumentException("a job that does not run cannot be released: use Succeeded or Failed");
        }
        return outcome(outcome);
    }

    private void requireSize(RawJson json, String what) {
        if (json.size() > options.maxJsonBytes()) {
            throw new IllegalArgumentException(what + ": " + json.size() + " bytes of JSON, the limit is "
                    + options.maxJsonBytes() + " (QueueOptions.maxJsonBytes)");
        }
    }

    RawJson progress(RawJson progress) {
        if (progress.size() > MAX_PROGRESS_BYTES) {
            throw new IllegalArgumentException(
                    "progress: " + progress.size() + " bytes of JSON, the limit is " + MAX_PROGRESS_BYTES);
        }
        return progress;
    }

    static String cancelReason(String reason) {
        if (reason.length() > MAX_REASON_LENGTH) {
            throw new IllegalArgumentException(
                    "reason of a cancel: " + reason.length() + " characters, the limit is " + MAX_REASON_LENGTH);
        }
        RawJson.from(reason);
        return reason;
    }

    static void list(int size, String what) {
        if (size > MAX_LIST) {
            throw new IllegalArgumentException(what + ": " + size + ", the limit is " + MAX_LIST + " in one call");
        }
    }

    static int max(int max) {
        if (max < 1 || max > MAX_LIST) {
            throw new IllegalArgumentException("max must be 1 to " + MAX_LIST + ": " + max);
        }
        return max;
    }

    static Duration age(Duration age) {
        if (age.isNegative()) {
            throw new IllegalArgumentException("the age must not be negative: " + age);
        }
        return age;
    }
}
