package dev.jobqueue.testkit;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A job of the reference store: what is fixed at enqueue, who depends on it, and the {@link Life} that changes. */
final class MemoryJob {
    /** Enqueue order, from 1; higher than that of every dependency. */
    final long seq;

    final Job<RawJson> definition;
    final TypeChannel pair;

    /** The edges in effect. */
    final List<Dependency> edges;

    /** The dependencies named as required. */
    final Set<JobId> required;

    final Instant enqueued;

    /** When it may run at the earliest. */
    final Instant earliest;

    /** The direct dependents that exist, in enqueue order, each once. */
    final NavigableMap<Position, MemoryJob> dependents = new TreeMap<>();

    Life life = new Life();

    MemoryJob(long seq, Job<RawJson> definition, List<Dependency> edges, Instant enqueued, Instant earliest) {
        this.seq = seq;
        this.definition = definition;
        this.edges = List.copyOf(edges);
        this.enqueued = enqueued;
        this.earliest = earliest;
        pair = new TypeChannel(definition.type(), definition.options().channel());
        required =
                edges.stream().filter(Dependency::required).map(Dependency::id).collect(Collectors.toSet());
    }

    JobId id() {
        return definition.id();
    }

    JobState state() {
        return life.state;
    }

    boolean finished() {
        return life.state.finished();
    }

    /** Whether it ended in a way that a dependent which requires it cannot bear. */
    boolean failedOrCanceled() {
        return life.state == JobState.FAILED || life.state == JobState.CANCELED;
    }

    /** The place in enqueue order. */
    Position bySeq() {
        return new Position(0, seq);
    }

    @Override
    public String toString() {
        return "job " + seq + " " + id() + " " + state();
    }

    /** The part of a job that changes. Copied before the first change of a call, so that a refused call can be undone. */
    static final class Life {
        JobState state = JobState.BLOCKED;

        /** How many distinct dependencies are unfinished; exact while BLOCKED. */
        int unfinishedDependencies;

        @Nullable
        Instant unblocked;

        @Nullable
        Instant due;

        @Nullable
        Instant ready;

        @Nullable
        Instant finished;

        int attempts;
        int failures;
        int recoveries;

        /** The last {@link Attempt#KEPT} ended attempts, oldest first. Replaced, never changed. */
        List<Past> past = List.of();

        /** Present while RUNNING. */
        @Nullable
        Run run;

        @Nullable
        RawJson result;

        @Nullable
        JobError error;

        @Nullable
        String cancelReason;

        Life copy() {
            Life copy = new Life();
            copy.state = state;
            copy.unfinishedDependencies = unfinishedDependencies;
            copy.unblocked = unblocked;
            copy.due = due;
            copy.ready = ready;
            copy.finished = finished;
            copy.attempts = attempts;
            copy.failures = failures;
            copy.recoveries = recoveries;
            copy.past = past;
            copy.run = run;
            copy.result = result;
            copy.error = error;
            copy.cancelReason = cancelReason;
            return copy;
        }
    }

    /** An ended attempt and the token that it had. */
    record Past(JobToken token, Attempt attempt) {}

    /** The running attempt. */
    static final class Run {
        final JobToken token;
        final String worker;
        final Instant started;

        /** When it started and was last heard of, by the monotonic clock. */
        long startedNanos;

        long heardNanos;

        @Nullable
        RawJson progress;

        Run(JobToken token, String worker, Instant started, long nanos) {
            this.token = token;
            this.worker = worker;
            this.started = started;
            startedNanos = nanos;
            heardNanos = nanos;
        }
    }
}
