package dev.jobqueue.testkit;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobTimes;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoreRules;
import dev.jobqueue.spi.StoredJob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/** What readers of the reference store see of its jobs. */
final class MemoryReads {
    private final MemoryJobs jobs;

    MemoryReads(MemoryJobs jobs) {
        this.jobs = jobs;
    }

    StoredJob stored(MemoryJob job, Set<Part> parts) {
        MemoryJob.Life life = job.life;
        JobStatus<RawJson> status = new JobStatus<>(
                job.id(),
                job.pair.type(),
                job.pair.channel(),
                life.state,
                new JobTimes(
                        job.enqueued,
                        Optional.ofNullable(life.unblocked),
                        Optional.ofNullable(life.due),
                        Optional.ofNullable(life.ready),
                        Optional.ofNullable(life.finished)),
                life.failures,
                life.recoveries,
                attempts(life),
                Optional.ofNullable(life.run).flatMap(run -> Optional.ofNullable(run.progress)),
                parts.contains(Part.RESULT) ? Optional.ofNullable(life.result) : Optional.empty(),
                Optional.ofNullable(life.error),
                Optional.ofNullable(life.cancelReason),
                parts.contains(Part.DEPENDENCIES) ? outcomes(job, true) : List.of());
        return new StoredJob(status, parts.contains(Part.DEFINITION) ? Optional.of(job.definition) : Optional.empty());
    }

    /** The running attempt of a job as its worker gets it. */
    ClaimedJob claimed(MemoryJob job) {
        MemoryJob.Run run = job.life.run;
        if (run == null) {
            throw new IllegalStateException(job + " does not run");
        }
        long bytes = 0;
        for (MemoryJob dependency : jobs.dependencies(job)) {
            bytes += dependency.life.result == null ? 0 : dependency.life.result.size();
        }
        boolean resultsIncluded = bytes <= ClaimedJob.MAX_RESULTS;
        return new ClaimedJob(
                job.definition, run.token, job.life.attempts, outcomes(job, resultsIncluded), resultsIncluded);
    }

    /** Whether the attempt ended with a finish of the same kind (FIN-8). */
    boolean repeated(FinishRequest request) {
        return endOf(request.token()).equals(Optional.of(StoreRules.endOf(request.outcome())));
    }

    /** The answer to a token that is not in force: CANCELED if its attempt was ended by a cancel (CAN-3), else LOST. */
    TokenAnswer notRunning(JobToken token) {
        MemoryJob job = jobs.withToken(token);
        return job != null && endOf(token).equals(Optional.of(Attempt.End.CANCELED))
                ? TokenAnswer.canceled(requireNonNull(job.life.cancelReason))
                : TokenAnswer.LOST;
    }

    /** How the attempt with this token ended, if it has and is still known. */
    private Optional<Attempt.End> endOf(JobToken token) {
        MemoryJob job = jobs.withToken(token);
        return job == null
                ? Optional.empty()
                : job.life.past.stream()
                        .filter(past -> past.token().equals(token))
                        .findFirst()
                        .flatMap(past -> past.attempt().end());
    }

    JobGraph.Node node(MemoryJob job) {
        return new JobGraph.Node(job.id(), job.pair.type(), job.state(), job.edges);
    }

    static Page<JobId> page(NavigableMap<Position, MemoryJob> order, Page.Request request) {
        NavigableMap<Position, MemoryJob> rest = request.after()
                .map(cursor -> order.tailMap(Position.ofCursor(cursor), false))
                .orElse(order);
        List<JobId> items = new ArrayList<>();
        Optional<Position> last = Optional.empty();
        for (var entry : rest.entrySet()) {
            if (items.size() == request.size()) {
                return new Page<>(items, last.map(Position::toCursor));
            }
            items.add(entry.getValue().id());
            last = Optional.of(entry.getKey());
        }
        return new Page<>(items, Optional.empty());
    }

    static List<JobId> ids(Collection<MemoryJob> jobs) {
        return jobs.stream().map(MemoryJob::id).toList();
    }

    private static List<Attempt> attempts(MemoryJob.Life life) {
        List<Attempt> attempts = new ArrayList<>();
        life.past.forEach(past -> attempts.add(past.attempt()));
        if (life.run != null) {
            attempts.add(new Attempt(
                    life.attempts,
                    life.run.worker,
                    life.run.started,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()));
        }
        return attempts;
    }

    private List<DependencyOutcome<RawJson>> outcomes(MemoryJob job, boolean results) {
        List<DependencyOutcome<RawJson>> outcomes = new ArrayList<>(job.edges.size());
        for (Dependency edge : job.edges) {
            MemoryJob dependency = jobs.existing(edge.id());
            outcomes.add(new DependencyOutcome<>(
                    edge.id(),
                    dependency.pair.type(),
                    edge.required(),
                    dependency.state(),
                    results ? Optional.ofNullable(dependency.life.result) : Optional.empty(),
                    Optional.ofNullable(dependency.life.error)));
        }
        return outcomes;
    }
}
