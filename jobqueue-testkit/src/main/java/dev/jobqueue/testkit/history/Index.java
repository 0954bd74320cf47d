package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The calls of a history by job and by attempt. */
final class Index {
    private final Map<JobId, Life> lives = new LinkedHashMap<>();
    private final Map<JobToken, List<Run>> runs = new LinkedHashMap<>();
    private final Map<JobId, List<Operation>> claimsOf = new HashMap<>();
    private final Map<JobToken, Long> firstSent = new HashMap<>();

    /** By the time at which they were sent. */
    final List<Operation> claims = new ArrayList<>();

    final List<Operation> waits = new ArrayList<>();
    final List<Operation> awaits = new ArrayList<>();

    Index(Collection<Operation> history) {
        List<Operation> sorted = new ArrayList<>(history);
        sorted.sort(Comparator.comparingLong(Operation::invoked));
        for (Operation operation : sorted) {
            if (operation.call() instanceof Call.Enqueue enqueue) {
                for (Call.Entry entry : enqueue.jobs()) {
                    lives.computeIfAbsent(entry.id(), id -> new Life(entry))
                            .enqueues
                            .add(operation);
                }
            } else if (operation.call() instanceof Call.Claim claim) {
                claims.add(operation);
                claim.tokens().forEach(t -> firstSent.putIfAbsent(t, operation.invoked()));
            } else if (operation.call() instanceof Call.Wait) {
                waits.add(operation);
            } else if (operation.call() instanceof Call.Await) {
                awaits.add(operation);
            }
        }
        claims.stream().sorted(Comparator.comparingLong(Operation::returned)).forEach(this::addRuns);
        sorted.forEach(this::addToJob);
        lives.values().forEach(Life::sort);
    }

    private void addRuns(Operation claim) {
        for (Reply.Start start : starts(claim)) {
            claimsOf.computeIfAbsent(start.id(), id -> new ArrayList<>()).add(claim);
            List<Run> known = runs.computeIfAbsent(start.token(), t -> new ArrayList<>());
            if (known.stream().noneMatch(r -> r.id.equals(start.id()))) {
                Run run = new Run(start, claim, firstSent.getOrDefault(start.token(), claim.invoked()));
                known.add(run);
                life(start.id()).ifPresent(l -> l.runs.add(run));
            }
        }
    }

    private void addToJob(Operation operation) {
        if (operation.call() instanceof Call.Finish finish) {
            runs(finish.token()).forEach(r -> r.finishes.add(operation));
        } else if (operation.call() instanceof Call.Heartbeat heartbeat) {
            runs(heartbeat.token()).forEach(r -> r.heartbeats.add(operation));
        } else if (operation.call() instanceof Call.Cancel cancel) {
            life(cancel.id()).ifPresent(l -> l.cancels.add(operation));
        } else if (operation.call() instanceof Call.Expire) {
            if (operation.unknown()) {
                lives.values().forEach(l -> l.expires.add(operation));
            } else if (operation.reply().get() instanceof Reply.Expired expired) {
                expired.ids().forEach(id -> life(id).ifPresent(l -> l.expires.add(operation)));
            }
        }
    }

    /** The jobs that a claim or a wait gave. */
    static List<Reply.Start> starts(Operation claim) {
        return claim.reply().orElse(null) instanceof Reply.Given given ? given.starts() : List.of();
    }

    /** All jobs that somebody tried to enqueue. */
    Collection<Life> lives() {
        return lives.values();
    }

    Optional<Life> life(JobId id) {
        return Optional.ofNullable(lives.get(id));
    }

    /** All attempts by token; a token has one job, or the store is wrong. */
    Collection<List<Run>> runs() {
        return runs.values();
    }

    private List<Run> runs(JobToken token) {
        return runs.getOrDefault(token, List.of());
    }

    /** The claims that gave this job. */
    List<Operation> claimsOf(JobId id) {
        return claimsOf.getOrDefault(id, List.of());
    }

    /** The number of the attempt at this job that a claim gave. */
    static int attempt(Operation claim, JobId id) {
        return starts(claim).stream()
                .filter(s -> s.id().equals(id))
                .findFirst()
                .orElseThrow()
                .attempt();
    }

    /** When this token was first sent to a store. */
    long firstSent(JobToken token) {
        return firstSent.getOrDefault(token, Operation.NEVER);
    }

    /** The claims for this type whose outcome is unknown. */
    List<Operation> unknownClaims(String type) {
        return claims.stream().filter(c -> c.unknown() && asksFor(c, type)).toList();
    }

    /** The claims for this type that did not come back with an answer: while they go away they may keep others from jobs. */
    List<Operation> failedClaims(String type) {
        return claims.stream()
                .filter(c -> !(c.reply().orElse(null) instanceof Reply.Given) && asksFor(c, type))
                .toList();
    }

    static boolean asksFor(Operation claim, String type) {
        return ((Call.Claim) claim.call()).types().contains(type);
    }
}
