package dev.jobqueue.testkit;

import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All jobs of the reference store with the orders they stand in. An order holds exactly the jobs whose {@link MemoryJob.Life} says so: a job is taken
 * out before its life changes and put back afterwards.
 *
 * <p>Not thread-safe.
 */
final class MemoryJobs {
    final Set<PauseScope> paused = new LinkedHashSet<>();

    /** SCHEDULED jobs by due time. */
    final NavigableMap<Position, MemoryJob> scheduled = new TreeMap<>();

    /** RUNNING jobs in enqueue order. */
    final NavigableMap<Position, MemoryJob> running = new TreeMap<>();

    /** Finished jobs without dependents by finish time. */
    final NavigableMap<Position, MemoryJob> removable = new TreeMap<>();

    /** Each list of QRY-2 that is not empty, in its order. */
    final Map<JobQuery, NavigableMap<Position, MemoryJob>> lists = new LinkedHashMap<>();

    /** READY jobs of each pair by priority. */
    private final Map<TypeChannel, NavigableMap<Position, MemoryJob>> ready = new LinkedHashMap<>();

    private final Map<JobId, MemoryJob> byId = new HashMap<>();
    private final Map<JobToken, MemoryJob> byToken = new HashMap<>();
    private final Map<UniqueKey, MemoryJob> keyHolders = new HashMap<>();
    private long lastSeq;

    private record UniqueKey(TypeChannel pair, String key) {}

    @Nullable
    MemoryJob get(JobId id) {
        return byId.get(id);
    }

    /** The job whose running attempt or one of whose remembered attempts has this token. */
    @Nullable
    MemoryJob withToken(JobToken token) {
        return byToken.get(token);
    }

    /** The job that this token is in force for. */
    @Nullable
    MemoryJob running(JobToken token) {
        MemoryJob job = byToken.get(token);
        return job != null && job.life.run != null && job.life.run.token.equals(token) ? job : null;
    }

    /** The unfinished job that stands in the way of a job with a unique key. */
    @Nullable
    MemoryJob keyHolder(Job<RawJson> given) {
        return given.options()
                .uniqueKey()
                .map(key -> keyHolders.get(new UniqueKey(
                        new TypeChannel(given.type(), given.options().channel()), key)))
                .orElse(null);
    }

    /** The next job to claim. */
    @Nullable
    MemoryJob firstReady(Selector selector) {
        MemoryJob best = null;
        for (var entry : ready.entrySet()) {
            if (selector.matches(entry.getKey()) && !paused(entry.getKey())) {
                MemoryJob first = entry.getValue().firstEntry().getValue();
                if (best == null || byPriority(first).compareTo(byPriority(best)) < 0) {
                    best = first;
                }
            }
        }
        return best;
    }

    /** How many jobs of each pair can be claimed now. */
    Map<TypeChannel, Integer> readyCounts(PauseScope scope) {
        Map<TypeChannel, Integer> counts = new LinkedHashMap<>();
        ready.forEach((pair, jobs) -> {
            if (scope.covers(pair) && !paused(pair)) {
                counts.put(pair, jobs.size());
            }
        });
        return counts;
    }

    boolean paused(TypeChannel pair) {
        return paused.stream().anyMatch(scope -> scope.covers(pair));
    }

    NavigableMap<Position, MemoryJob> list(JobQuery query) {
        return lists.getOrDefault(query, Collections.emptyNavigableMap());
    }

    /** The job and everything below it, but no more than {@code most + 1} of them. */
    NavigableMap<Position, MemoryJob> closure(MemoryJob root, int most) {
        NavigableMap<Position, MemoryJob> found = new TreeMap<>();
        Deque<MemoryJob> work = new ArrayDeque<>();
        found.put(root.bySeq(), root);
        work.add(root);
        while (!work.isEmpty() && found.size() <= most) {
            for (MemoryJob dependency : dependencies(work.remove())) {
                if (found.put(dependency.bySeq(), dependency) == null) {
                    work.add(dependency);
                }
            }
        }
        return found;
    }

    /** The job and every unfinished one below it whose unfinished dependents are all among these (CAN-5). */
    Set<MemoryJob> neededOnlyBy(MemoryJob root) {
        Set<MemoryJob> needed = new LinkedHashSet<>();
        for (MemoryJob job : closure(root, Integer.MAX_VALUE).descendingMap().values()) {
            boolean onlyHere = job.dependents.values().stream()
                    .allMatch(dependent -> dependent.finished() || needed.contains(dependent));
            if (job == root || (!job.finished() && onlyHere)) {
                needed.add(job);
            }
        }
        return needed;
    }

    /** The direct dependencies, each once. */
    Set<MemoryJob> dependencies(MemoryJob job) {
        Set<MemoryJob> dependencies = new LinkedHashSet<>();
        job.edges.forEach(edge -> dependencies.add(existing(edge.id())));
        return dependencies;
    }

    /** A job that is known to exist, as every dependency is. */
    MemoryJob existing(JobId id) {
        MemoryJob job = byId.get(id);
        if (job == null) {
            throw new IllegalStateException("job " + id + " is gone");
        }
        return job;
    }

    long nextSeq() {
        return ++lastSeq;
    }

    void add(MemoryJob job) {
        byId.put(job.id(), job);
        for (MemoryJob dependency : dependencies(job)) {
            dependency.dependents.put(job.bySeq(), job);
            if (dependency.finished()) {
                removable.remove(byFinish(dependency));
            }
        }
        putIntoOrders(job);
    }

    /** Removes a job that no job depends on. */
    void remove(MemoryJob job) {
        takeOutOfOrders(job);
        for (MemoryJob dependency : dependencies(job)) {
            dependency.dependents.remove(job.bySeq());
            if (dependency.finished() && dependency.dependents.isEmpty()) {
                removable.put(byFinish(dependency), dependency);
            }
        }
        byId.remove(job.id());
    }

    /** Removes the youngest jobs again, as if they had never been added. */
    void undoAdd(Deque<MemoryJob> youngestFirst) {
        youngestFirst.forEach(this::remove);
        lastSeq -= youngestFirst.size();
    }

    void putIntoOrders(MemoryJob job) {
        lists.computeIfAbsent(query(job), q -> new TreeMap<>()).put(inList(job), job);
        if (job.finished()) {
            if (job.dependents.isEmpty()) {
                removable.put(byFinish(job), job);
            }
        } else {
            uniqueKey(job).ifPresent(key -> keyHolders.put(key, job));
        }
        if (job.state() == JobState.READY) {
            ready.computeIfAbsent(job.pair, p -> new TreeMap<>()).put(byPriority(job), job);
        } else if (job.state() == JobState.SCHEDULED) {
            scheduled.put(byDue(job), job);
        } else if (job.state() == JobState.RUNNING) {
            running.put(job.bySeq(), job);
        }
        tokens(job).forEach(token -> byToken.put(token, job));
    }

    void takeOutOfOrders(MemoryJob job) {
        removeFrom(lists, query(job), inList(job));
        if (job.finished()) {
            removable.remove(byFinish(job));
        } else {
            uniqueKey(job).ifPresent(keyHolders::remove);
        }
        if (job.state() == JobState.READY) {
            removeFrom(ready, job.pair, byPriority(job));
        } else if (job.state() == JobState.SCHEDULED) {
            scheduled.remove(byDue(job));
        } else if (job.state() == JobState.RUNNING) {
            running.remove(job.bySeq());
        }
        tokens(job).forEach(byToken::remove);
    }

    private static <K> void removeFrom(Map<K, NavigableMap<Position, MemoryJob>> orders, K key, Position position) {
        orders.computeIfPresent(key, (k, order) -> {
            order.remove(position);
            return order.isEmpty() ? null : order;
        });
    }

    private static Set<JobToken> tokens(MemoryJob job) {
        Set<JobToken> tokens = new HashSet<>();
        job.life.past.forEach(past -> tokens.add(past.token()));
        if (job.life.run != null) {
            tokens.add(job.life.run.token);
        }
        return tokens;
    }

    private static Optional<UniqueKey> uniqueKey(MemoryJob job) {
        return job.definition.options().uniqueKey().map(key -> new UniqueKey(job.pair, key));
    }

    private static JobQuery query(MemoryJob job) {
        return new JobQuery(job.pair, job.finished() ? Optional.empty() : Optional.of(job.state()));
    }

    private static Position inList(MemoryJob job) {
        return job.finished() ? byFinish(job) : job.bySeq();
    }

    private static Position byPriority(MemoryJob job) {
        return new Position(-job.definition.options().priority(), job.seq);
    }

    private static Position byDue(MemoryJob job) {
        return at(job.life.due, job);
    }

    private static Position byFinish(MemoryJob job) {
        return at(job.life.finished, job);
    }

    private static Position at(@Nullable Instant time, MemoryJob job) {
        if (time == null) {
            throw new IllegalStateException(job + " has no time");
        }
        return new Position(time.toEpochMilli(), job.seq);
    }
}
