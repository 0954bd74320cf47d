package dev.jobqueue.fs.engine;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.fs.state.Running;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the writer answers about the state. */
final class Questions {
    private Questions() {}

    static @Nullable Entry entry(Core core, JobId id) {
        return core.index.job(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
    }

    static List<Optional<Snapshot>> find(Core core, List<JobId> ids, Set<Part> parts) {
        List<Optional<Snapshot>> all = new ArrayList<>(ids.size());
        for (JobId id : ids) {
            all.add(Optional.ofNullable(entry(core, id)).map(e -> Snapshot.of(e, parts)));
        }
        return all;
    }

    static List<Optional<Claim>> running(Core core, List<JobToken> tokens) {
        List<Optional<Claim>> all = new ArrayList<>(tokens.size());
        for (JobToken token : tokens) {
            all.add(Optional.ofNullable(Tokens.running(core, token)).map(e -> Claim.of(e, token)));
        }
        return all;
    }

    static List<Optional<JobId>> jobsOf(Core core, List<JobToken> tokens) {
        List<Optional<JobId>> all = new ArrayList<>(tokens.size());
        for (JobToken token : tokens) {
            all.add(Optional.ofNullable(Tokens.job(core, token)).map(Entry::id));
        }
        return all;
    }

    static List<StaleJob> stale(Core core, Duration olderThan, int max) {
        long now = core.nanos;
        List<StaleJob> all = new ArrayList<>();
        for (Entry e : core.index.running()) {
            Running running = e.open().running();
            if (running != null && now - running.heartbeatNanos > olderThan.toNanos()) {
                all.add(new StaleJob(
                        e.id(), e.pair.key.type(), running.worker(), Duration.ofNanos(now - running.heartbeatNanos)));
            }
        }
        // Stable, so those of the same age stay in enqueue order.
        all.sort(Comparator.comparing(StaleJob::silence).reversed());
        return all.subList(0, Math.min(max, all.size()));
    }

    static Answer<Page<JobId>> dependents(Core core, JobId id, Page.Request page) {
        Entry e = entry(core, id);
        if (e == null) {
            return Answer.refused(Answer.Reason.NOT_FOUND, id);
        }
        long after = page.after().map(Cursors::sequence).orElse(Long.MIN_VALUE);
        List<Entry> found = new ArrayList<>();
        core.index.dependents(e, after, d -> {
            found.add(d);
            return found.size() <= page.size();
        });
        return Answer.accepted(page(found, page.size(), false));
    }

    /** A page of what was found, which has one more than fits if there is more. */
    private static Page<JobId> page(List<Entry> found, int size, boolean byFinish) {
        boolean more = found.size() > size;
        List<JobId> ids = new ArrayList<>(Math.min(size, found.size()));
        for (Entry e : more ? found.subList(0, size) : found) {
            ids.add(e.id());
        }
        return new Page<>(ids, more ? Optional.of(Cursors.behind(found.get(size - 1), byFinish)) : Optional.empty());
    }

    static Page<JobId> list(Core core, JobQuery query, Page.Request page) {
        Pair pair = core.index.pair(query.pair());
        if (pair == null) {
            return new Page<>(List.of(), Optional.empty());
        }
        boolean byFinish = query.state().isEmpty();
        Iterator<Entry> rest;
        if (byFinish) {
            rest = pair.finishedAfter(
                    page.after().map(Cursors::finished).orElse(Long.MIN_VALUE),
                    page.after().map(Cursors::sequence).orElse(Long.MIN_VALUE));
        } else {
            rest = pair.unfinishedAfter(
                    query.state().get(), page.after().map(Cursors::sequence).orElse(Long.MIN_VALUE));
        }
        List<Entry> found = new ArrayList<>();
        while (rest.hasNext() && found.size() <= page.size()) {
            found.add(rest.next());
        }
        return page(found, page.size(), byFinish);
    }

    static List<JobCount> counts(Core core) {
        List<JobCount> all = new ArrayList<>();
        for (Pair pair : core.index.pairs()) {
            for (JobState state : JobState.values()) {
                if (!state.finished() && pair.count(state) > 0) {
                    all.add(new JobCount(pair.key, state, pair.count(state)));
                }
            }
        }
        return all;
    }

    static List<Boolean> ready(Core core, List<Selector> selectors, List<List<TypeChannel>> keys) {
        List<Boolean> all = new ArrayList<>(selectors.size());
        for (int i = 0; i < selectors.size(); i++) {
            all.add(!Matching.ready(core.index, selectors.get(i), keys.get(i)).isEmpty());
        }
        return all;
    }

    /** A job of a graph at the moment the writer looked. */
    record Node(Entry job, JobState state) {
        /** Called by the caller: edges never change. */
        JobGraph.Node read() {
            Edges edges = job.edges();
            List<Dependency> dependencies = new ArrayList<>(edges.size());
            for (int i = 0; i < edges.size(); i++) {
                dependencies.add(new Dependency(edges.target(i).id(), edges.required(i)));
            }
            return new JobGraph.Node(job.id(), job.pair.key.type(), state, dependencies);
        }
    }

    static Answer<List<Node>> closure(Core core, JobId id, int max) {
        Entry root = entry(core, id);
        if (root == null) {
            return Answer.refused(Answer.Reason.NOT_FOUND, id);
        }
        List<Entry> found = new ArrayList<>(List.of(root));
        Set<Entry> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        seen.add(root);
        for (int next = 0; next < found.size(); next++) {
            Collection<Entry> below = distinct(found.get(next).edges(), seen);
            if (found.size() + below.size() > max) {
                return Answer.refused(Answer.Reason.TOO_LARGE, id, StoreRules.tooLargeMessage(id, max));
            }
            found.addAll(below);
        }
        found.sort(Comparator.comparingLong(Entry::sequence));
        List<Node> nodes = new ArrayList<>(found.size());
        for (Entry e : found) {
            nodes.add(new Node(e, e.state()));
        }
        return Answer.accepted(nodes);
    }

    private static List<Entry> distinct(Edges edges, Set<Entry> seen) {
        List<Entry> fresh = new ArrayList<>(edges.size());
        for (int i = 0; i < edges.size(); i++) {
            if (seen.add(edges.target(i))) {
                fresh.add(edges.target(i));
            }
        }
        return fresh;
    }
}
