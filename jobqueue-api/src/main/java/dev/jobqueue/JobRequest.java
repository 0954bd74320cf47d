package dev.jobqueue;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One job to be enqueued, with its id (ENQ-4: enqueuing it again is a safe retry).
 *
 * <p>Immutable and thread-safe: each method gives a changed copy <em>with the same id</em>. Only {@link #again} gives a new job.
 */
@CheckReturnValue
public final class JobRequest<A, R> {
    private final JobType<A, R> type;
    private final Job<RawJson> job;

    JobRequest(JobType<A, R> type, Job<RawJson> job) {
        this.type = type;
        this.job = job;
    }

    /** The id of the job. */
    public JobId id() {
        return job.id();
    }

    /** The type of the job. */
    public JobType<A, R> type() {
        return type;
    }

    /** Everything that will be stored. */
    public Job<RawJson> job() {
        return job;
    }

    /** The same request under a new id: another job. */
    public JobRequest<A, R> again() {
        return id(JobId.create());
    }

    /** The same request under this id, for callers that derive ids from their own data. */
    public JobRequest<A, R> id(JobId id) {
        return new JobRequest<>(type, new Job<>(id, job.type(), job.args(), job.dependencies(), job.options()));
    }

    /** Runs after these jobs are finished, whatever their outcome (DEP-2). Appends to the list of dependencies. */
    public JobRequest<A, R> dependsOn(JobId... ids) {
        return dependencies(List.of(ids), false);
    }

    /** As {@link #dependsOn(JobId...)}. */
    public JobRequest<A, R> dependsOn(JobRequest<?, ?>... requests) {
        return dependencies(idsOf(requests), false);
    }

    /** Runs after these jobs have succeeded, and fails if one of them fails or is canceled (DEP-3). Appends to the list of dependencies. */
    public JobRequest<A, R> requires(JobId... ids) {
        return dependencies(List.of(ids), true);
    }

    /** As {@link #requires(JobId...)}. */
    public JobRequest<A, R> requires(JobRequest<?, ?>... requests) {
        return dependencies(idsOf(requests), true);
    }

    /** As {@link #dependsOn(JobId...)} or {@link #requires(JobId...)}, for long lists. */
    public JobRequest<A, R> dependencies(List<JobId> ids, boolean required) {
        List<Dependency> all = new ArrayList<>(job.dependencies());
        ids.forEach(id -> all.add(new Dependency(id, required)));
        return new JobRequest<>(type, new Job<>(job.id(), job.type(), job.args(), all, job.options()));
    }

    /** See {@link JobOptions#channel}. */
    public JobRequest<A, R> channel(String channel) {
        JobOptions o = job.options();
        return options(new JobOptions(
                channel,
                o.priority(),
                o.attempts(),
                o.backoff(),
                o.recoveries(),
                o.notBefore(),
                o.delay(),
                o.timeout(),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#priority}. */
    public JobRequest<A, R> priority(int priority) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                priority,
                o.attempts(),
                o.backoff(),
                o.recoveries(),
                o.notBefore(),
                o.delay(),
                o.timeout(),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#attempts} and {@link JobOptions#backoff}. */
    public JobRequest<A, R> attempts(int attempts, Backoff backoff) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                o.priority(),
                attempts,
                backoff,
                o.recoveries(),
                o.notBefore(),
                o.delay(),
                o.timeout(),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#recoveries}. */
    public JobRequest<A, R> recoveries(int recoveries) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                o.priority(),
                o.attempts(),
                o.backoff(),
                recoveries,
                o.notBefore(),
                o.delay(),
                o.timeout(),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#notBefore}; takes the place of a delay. */
    public JobRequest<A, R> notBefore(Instant notBefore) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                o.priority(),
                o.attempts(),
                o.backoff(),
                o.recoveries(),
                Optional.of(notBefore),
                Optional.empty(),
                o.timeout(),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#delay}; takes the place of {@code notBefore}. */
    public JobRequest<A, R> delay(Duration delay) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                o.priority(),
                o.attempts(),
                o.backoff(),
                o.recoveries(),
                Optional.empty(),
                Optional.of(delay),
                o.timeout(),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#timeout}. */
    public JobRequest<A, R> timeout(Duration timeout) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                o.priority(),
                o.attempts(),
                o.backoff(),
                o.recoveries(),
                o.notBefore(),
                o.delay(),
                Optional.of(timeout),
                o.uniqueKey()));
    }

    /** See {@link JobOptions#uniqueKey}. */
    public JobRequest<A, R> uniqueKey(String uniqueKey) {
        JobOptions o = job.options();
        return options(new JobOptions(
                o.channel(),
                o.priority(),
                o.attempts(),
                o.backoff(),
                o.recoveries(),
                o.notBefore(),
                o.delay(),
                o.timeout(),
                Optional.of(uniqueKey)));
    }

    /** All options at once. */
    public JobRequest<A, R> options(JobOptions options) {
        return new JobRequest<>(type, new Job<>(job.id(), job.type(), job.args(), job.dependencies(), options));
    }

    private static List<JobId> idsOf(JobRequest<?, ?>... requests) {
        List<JobId> ids = new ArrayList<>(requests.length);
        for (JobRequest<?, ?> request : requests) {
            ids.add(request.id());
        }
        return ids;
    }

    /** The id, type and options; not the args, which may be large or secret. */
    @Override
    public String toString() {
        return "JobRequest[" + job.type() + " " + job.id() + ", " + job.options() + "]";
    }
}
