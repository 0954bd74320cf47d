package dev.jobqueue.testkit.model;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a program has named so far, and what its small numbers stand for: ids and tokens are chosen from those that exist, so that an operation means
 * something in whatever is left of a program while it is shrunk.
 */
final class World {
    /** Not on a whole millisecond, so that stores have to cut. */
    final ManualClock clock = new ManualClock(Instant.parse("2026-11-22T10:20:30.000400Z"));

    private static final JobId UNKNOWN_ID = new JobId(uuid(7, 0));
    private static final JobToken UNKNOWN_TOKEN = new JobToken(uuid(4, 0));

    /** Everything ever given to insert, in that order, also what was refused. */
    private final Map<JobId, NewJob> jobs = new LinkedHashMap<>();

    private final List<JobToken> tokens = new ArrayList<>();
    private JobStore reference = new InMemoryJobStore(clock);

    /** The store that says in which state jobs are. */
    void use(JobStore newReference) {
        reference = newReference;
    }

    /** Every id named so far and one that never is. */
    List<JobId> ids() {
        List<JobId> ids = new ArrayList<>(jobs.keySet());
        ids.add(UNKNOWN_ID);
        return ids;
    }

    /** Every token named so far and one that never is. */
    List<JobToken> tokens() {
        List<JobToken> all = new ArrayList<>(tokens);
        all.add(UNKNOWN_TOKEN);
        return all;
    }

    static <T> T choose(List<T> from, int index) {
        return from.get(index % from.size());
    }

    /** The job chosen; where none fits, any that exists; else the one that never does. */
    JobId id(Pick.OfJob pick) {
        Optional<JobId> fitting = fitting(pick);
        return fitting.or(() -> fitting(new Pick.OfJob(Pick.Jobs.STORED, pick.index())))
                .orElse(UNKNOWN_ID);
    }

    private Optional<JobId> fitting(Pick.OfJob pick) {
        if (pick.which() == Pick.Jobs.UNKNOWN) {
            return Optional.of(UNKNOWN_ID);
        }
        List<JobId> ids = new ArrayList<>(jobs.keySet());
        switch (pick.which()) {
            case STORED -> ids.removeIf(id -> status(id).isEmpty());
            case READY -> ids.removeIf(id -> !inState(id, Set.of(JobState.READY)));
            case RUNNING -> ids.removeIf(id -> !inState(id, Set.of(JobState.RUNNING)));
            case PENDING -> ids.removeIf(id -> !inState(id, Set.of(JobState.BLOCKED, JobState.SCHEDULED)));
            default -> {}
        }
        return ids.isEmpty() ? Optional.empty() : Optional.of(choose(ids, pick.index()));
    }

    private boolean inState(JobId id, Set<JobState> states) {
        return status(id).map(JobStatus::state).filter(states::contains).isPresent();
    }

    private Optional<JobStatus<RawJson>> status(JobId id) {
        return reference.find(List.of(id), Set.of()).get(0).map(StoredJob::status);
    }

    /** The token chosen; where none is in force, any; else the one that never is. */
    JobToken token(Pick.OfToken pick) {
        List<JobToken> running = new ArrayList<>(tokens);
        running.removeIf(token -> reference.running(List.of(token)).get(0).isEmpty());
        List<JobToken> from = pick.which() == Pick.Tokens.RUNNING && !running.isEmpty() ? running : tokens;
        return pick.which() == Pick.Tokens.UNKNOWN || from.isEmpty() ? UNKNOWN_TOKEN : choose(from, pick.index());
    }

    /** Slots with distinct tokens: a new one, or one used before. */
    List<ClaimSlot> slots(List<Pick.OfSlot> picks) {
        List<ClaimSlot> slots = new ArrayList<>();
        Set<JobToken> used = new HashSet<>();
        for (Pick.OfSlot pick : picks) {
            boolean again = pick.again().isPresent() && !tokens.isEmpty();
            JobToken token = again ? choose(tokens, pick.again().get()) : newToken();
            if (used.add(token)) {
                slots.add(new ClaimSlot(token, choose(Samples.WORKERS, pick.worker()), !again));
            }
        }
        return slots;
    }

    private JobToken newToken() {
        JobToken token = new JobToken(uuid(4, tokens.size() + 1));
        tokens.add(token);
        return token;
    }

    /**
     * The jobs of a graph: repeats of earlier ones, then new ones.
     *
     * @param inCall the ids of this call so far: none may come twice
     */
    List<NewJob> graph(Sketch.Graph sketch, Set<JobId> inCall) {
        // Repeats in the order in which they were named first: dependencies come before dependents.
        List<NewJob> known = new ArrayList<>(jobs.values());
        Map<Integer, NewJob> repeats = new TreeMap<>();
        for (Sketch.Repeat repeat : sketch.repeats()) {
            int index = repeat.index() % Math.max(1, known.size());
            if (!known.isEmpty() && inCall.add(known.get(index).job().id())) {
                repeats.put(index, repeated(known.get(index), repeat.changed()));
            }
        }
        List<NewJob> graph = new ArrayList<>(repeats.values());
        for (Sketch.OfJob job : sketch.jobs()) {
            JobId id = new JobId(uuid(7, jobs.size() + 1));
            NewJob made = newJob(id, job, graph);
            inCall.add(id);
            jobs.put(id, made);
            graph.add(made);
        }
        return graph;
    }

    private static NewJob repeated(NewJob given, boolean changed) {
        Job<RawJson> job = given.job();
        RawJson args = changed ? RawJson.of("[" + job.args() + "]") : job.args();
        return new NewJob(
                new Job<>(job.id(), job.type(), args, job.dependencies(), job.options()), Duration.ofMillis(20));
    }

    private NewJob newJob(JobId id, Sketch.OfJob sketch, List<NewJob> graph) {
        List<Dependency> dependencies = new ArrayList<>();
        for (Sketch.Edge edge : sketch.edges()) {
            Optional<JobId> dependency = edge.sameGraph() && !graph.isEmpty()
                    ? Optional.of(choose(graph, edge.job().index()).job().id())
                    : fitting(edge.job());
            dependency.ifPresent(named -> dependencies.add(new Dependency(named, edge.required())));
        }
        Sketch.Options chosen = sketch.options();
        Duration delay = choose(Samples.TIMES, chosen.delay());
        boolean notBefore = chosen.notBefore() && !delay.isZero();
        Duration timeout = choose(Samples.TIMES, chosen.timeout());
        JobOptions options = new JobOptions(
                choose(Samples.CHANNELS, sketch.channel()),
                choose(Samples.PRIORITIES, chosen.priority()),
                1 + chosen.retries(),
                choose(Samples.BACKOFFS, chosen.backoff()),
                chosen.recoveries(),
                notBefore ? Optional.of(now().plus(delay)) : Optional.empty(),
                notBefore || delay.isZero() ? Optional.empty() : Optional.of(delay),
                timeout.isZero() ? Optional.empty() : Optional.of(timeout),
                chosen.uniqueKey() == 0 ? Optional.empty() : Optional.of(choose(Samples.KEYS, chosen.uniqueKey() - 1)));
        return new NewJob(
                new Job<>(
                        id,
                        choose(Samples.TYPES, sketch.type()),
                        choose(Samples.JSON, sketch.args()),
                        dependencies,
                        options),
                delay);
    }

    /** One of the scopes that are paused, if there are any. */
    PauseScope paused(int index) {
        List<PauseScope> paused = new ArrayList<>(Samples.SCOPES);
        paused.retainAll(reference.paused());
        return choose(paused.isEmpty() ? Samples.SCOPES : paused, index);
    }

    /**
     * A step of the wall clock, cut so that it does not go back behind the due time of a job that is READY: whether such a job is SCHEDULED again is
     * left to the store.
     */
    Duration wallStep(Duration step) {
        Instant earliest = jobs.keySet().stream()
                .flatMap(id -> status(id).stream())
                .filter(status -> status.state() == JobState.READY)
                .flatMap(status -> status.times().due().stream())
                .filter(due -> !due.isAfter(now()))
                .max(Instant::compareTo)
                .orElse(Instant.MIN);
        return now().plus(step).isBefore(earliest) ? Duration.between(now(), earliest) : step;
    }

    private Instant now() {
        return clock.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private static UUID uuid(int version, long number) {
        return new UUID((long) version << 12, 0x8000_0000_0000_0000L | number);
    }
}
