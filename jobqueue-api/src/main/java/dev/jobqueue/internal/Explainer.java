package dev.jobqueue.internal;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Explanation;
import dev.jobqueue.Explanation.Reason;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobStatus;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Says why a job is not running (QRY-4). */
final class Explainer {
    private static final Duration NO_DEMAND = Duration.ofMinutes(5);

    private final JobStore store;

    Explainer(JobStore store) {
        this.store = store;
    }

    Explanation explain(JobId id) {
        JobStatus<RawJson> status = store.find(List.of(id), Set.of(Part.DEPENDENCIES))
                .get(0)
                .orElseThrow(() -> new JobQueueException.NotFound(id))
                .status();
        return switch (status.state()) {
            case BLOCKED -> blocked(status);
            case SCHEDULED ->
                at(status, Reason.SCHEDULED, "scheduled, due at", status.times().due());
            case READY -> ready(status);
            case RUNNING ->
                at(
                        status,
                        Reason.RUNNING,
                        "running since",
                        Optional.of(status.attempts()
                                .get(status.attempts().size() - 1)
                                .started()));
            case SUCCEEDED, FAILED, CANCELED ->
                at(
                        status,
                        Reason.FINISHED,
                        "finished as " + status.state() + " at",
                        status.times().finished());
        };
    }

    private static Explanation blocked(JobStatus<RawJson> status) {
        List<JobId> unfinished = status.dependencies().stream()
                .filter(dependency -> !dependency.state().finished())
                .map(DependencyOutcome::id)
                .distinct()
                .toList();
        List<JobId> named = unfinished.subList(0, Math.min(unfinished.size(), Explanation.MOST_NAMED));
        String text = "waiting for " + unfinished.size() + " unfinished dependencies, first " + named.get(0);
        return new Explanation(status.id(), Reason.WAITING_FOR_DEPENDENCIES, text, named, Optional.empty());
    }

    private Explanation ready(JobStatus<RawJson> status) {
        TypeChannel pair = new TypeChannel(status.type(), status.channel());
        for (PauseScope scope : store.paused()) {
            if (scope.covers(pair)) {
                return plain(status, Reason.PAUSED, "paused: " + scope);
            }
        }
        boolean demand = store.sinceDemand(pair)
                .map(since -> since.compareTo(NO_DEMAND) <= 0)
                .orElse(false);
        return demand
                ? plain(status, Reason.QUEUED, "ready: workers ask for its type and channel, other jobs come first")
                : plain(
                        status,
                        Reason.NO_DEMAND,
                        "ready, but no dequeue asked for type " + pair.type() + " on channel " + pair.channel()
                                + " in the last 5 minutes");
    }

    private static Explanation plain(JobStatus<RawJson> status, Reason reason, String text) {
        return new Explanation(status.id(), reason, text, List.of(), Optional.empty());
    }

    private static Explanation at(JobStatus<RawJson> status, Reason reason, String text, Optional<Instant> at) {
        String time = at.map(Instant::toString).orElse("an unknown time");
        return new Explanation(status.id(), reason, text + " " + time, List.of(), at);
    }
}
