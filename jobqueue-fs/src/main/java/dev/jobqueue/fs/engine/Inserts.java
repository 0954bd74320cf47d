package dev.jobqueue.fs.engine;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.event.Definition;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.StoreRules;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stores graphs of prepared jobs (ENQ-1 to ENQ-5). Part of an operation; all but the constructor runs in the writer.
 *
 * <p>Whether an id that exists has the same content needs a look at the disk, which the writer does not take: the operation then ends without an effect,
 * the caller compares and submits it again with what he found.
 */
final class Inserts {
    /** More bytes than the event of a job grows by if its edges are changed. */
    private static final int CHANGED_EDGE = 60;

    private final Utf8Out block;
    private final Map<JobId, Boolean> same = new HashMap<>();

    /** Jobs that exist and were not compared yet. */
    final List<Compare> toCompare = new ArrayList<>();

    /** Whether a job of the call exists; most calls bring new ones only, and then no more is looked up. */
    private boolean existing;

    private @Nullable TypeChannel lastKey;
    private @Nullable Pair lastPair;

    /** An existing job and what was given under its id. */
    record Compare(JobDraft given, Ref definition) {}

    Inserts(Utf8Out block) {
        this.block = block;
    }

    /** Called by the caller before the operation is submitted again. */
    void compared(JobId id, boolean sameContent) {
        same.put(id, sameContent);
    }

    /** The most bytes of events for this graph. */
    static long bound(List<JobDraft> graph) {
        long bound = 0;
        for (JobDraft job : graph) {
            bound += job.length()
                    + (job.edges().isEmpty()
                            ? 0
                            : 800 + (long) CHANGED_EDGE * job.edges().size());
        }
        return bound;
    }

    /** Whether all jobs of this graph that exist have been compared; else notes those that have not. */
    boolean compared(Core core, List<JobDraft> graph) {
        boolean all = true;
        lastKey = null;
        for (JobDraft job : graph) {
            Entry stored = core.index.job(job.idHigh(), job.idLow());
            existing |= stored != null;
            if (stored != null && !same.containsKey(job.id())) {
                toCompare.add(new Compare(job, stored.definition()));
                all = false;
            }
        }
        return all;
    }

    /** The job with the id of a draft, if it was stored by an earlier call. */
    private @Nullable Entry existing(Core core, JobDraft job) {
        return existing ? core.index.job(job.idHigh(), job.idLow()) : null;
    }

    /**
     * Whether a graph must be refused. Has no effect.
     *
     * @param ending jobs that will have ended when the graph is stored
     * @param failing whether they will have failed
     */
    Answer.@Nullable Refused<List<Enqueued>> refusal(
            Core core, List<JobDraft> graph, Set<Entry> ending, boolean failing) {
        Set<Object> keys = new HashSet<>();
        // Only needed for keys: a job that fails at once holds none.
        BitSet doomed = new BitSet();
        boolean keyed = graph.stream().anyMatch(job -> job.options().uniqueKey().isPresent());
        for (int n = 0; n < graph.size(); n++) {
            JobDraft job = graph.get(n);
            Entry stored = existing(core, job);
            if (stored != null) {
                if (!same.getOrDefault(job.id(), false)) {
                    return Answer.refused(Answer.Reason.INVALID, job.id(), StoreRules.otherContentMessage(job.id()));
                }
                doomed.set(n, unsuccessful(stored, ending, failing));
                continue;
            }
            if (!keyed && job.edges().isEmpty()) {
                continue;
            }
            Optional<Object> key = job.options().uniqueKey().map(k -> List.of(job.pair(), k));
            if (key.isPresent() && (keys.contains(key.get()) || isHeld(core, job, ending))) {
                continue;
            }
            for (int i = 0; i < job.edges().size(); i++) {
                Dependency edge = job.edges().get(i);
                if (isLocal(job, i)) {
                    if (keyed && edge.required() && doomed.get(local(job, i))) {
                        doomed.set(n);
                    }
                    continue;
                }
                Entry target = stored(core, edge.id());
                if (target == null) {
                    return Answer.refused(
                            Answer.Reason.INVALID, job.id(), StoreRules.unknownDependencyMessage(job.id(), edge.id()));
                }
                if (edge.required() && unsuccessful(target, ending, failing)) {
                    doomed.set(n);
                }
            }
            if (key.isPresent() && !doomed.get(n)) {
                keys.add(key.get());
            }
        }
        return null;
    }

    private static boolean isHeld(Core core, JobDraft job, Set<Entry> ending) {
        Pair pair = core.index.pair(job.pair());
        Entry holder = pair == null
                ? null
                : core.index.holder(pair, job.options().uniqueKey().orElseThrow());
        return holder != null && !ending.contains(holder);
    }

    private static boolean unsuccessful(Entry e, Set<Entry> ending, boolean failing) {
        return e.unsuccessful() || (failing && ending.contains(e));
    }

    private static @Nullable Entry stored(Core core, JobId id) {
        return core.index.job(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
    }

    private static int local(JobDraft job, int edge) {
        int[] local = job.local();
        return local == null ? -1 : local[edge];
    }

    private static boolean isLocal(JobDraft job, int edge) {
        return local(job, edge) >= 0;
    }

    /** Stores a graph that is not refused. */
    List<Enqueued> store(Core core, List<JobDraft> graph) {
        Entry[] placed = new Entry[graph.size()];
        List<Enqueued> answers = new ArrayList<>(graph.size());
        for (int i = 0; i < placed.length; i++) {
            JobDraft job = graph.get(i);
            long next = core.index.nextSequence();
            Entry e = place(core, job, placed);
            placed[i] = e;
            boolean created = e.sequence() == next;
            answers.add(new Enqueued(created ? job.id() : e.id(), created, e.state()));
        }
        return answers;
    }

    /** The job that stands for a draft: a new one, the one that exists, or the holder of its key. */
    private Entry place(Core core, JobDraft job, Entry[] placed) {
        Entry stored = existing(core, job);
        if (stored != null) {
            return stored;
        }
        Pair pair = pair(core, job.pair());
        if (job.options().uniqueKey().isPresent()) {
            Entry holder = core.index.holder(pair, job.options().uniqueKey().get());
            if (holder != null) {
                return holder;
            }
        }
        return create(core, job, pair, placed);
    }

    private Pair pair(Core core, TypeChannel key) {
        Pair pair = lastPair;
        if (pair == null || !key.equals(lastKey)) {
            pair = core.index.pairOrNew(key);
            lastPair = pair;
            lastKey = key;
        }
        return pair;
    }

    private Entry create(Core core, JobDraft job, Pair pair, Entry[] placed) {
        Entry[] targets = new Entry[job.edges().size()];
        boolean[] required = new boolean[targets.length];
        boolean changed = false;
        for (int i = 0; i < targets.length; i++) {
            Dependency edge = job.edges().get(i);
            targets[i] = target(core, job, i, placed);
            required[i] = edge.required();
            changed |= targets[i].idLow != edge.id().value().getLeastSignificantBits()
                    || targets[i].idHigh != edge.id().value().getMostSignificantBits();
        }
        long sequence = core.index.nextSequence();
        int mark = core.journal.mark();
        long wait = job.given().delay().toMillis();
        if (changed) {
            Map<JobId, JobId> moved = new HashMap<>();
            for (int i = 0; i < targets.length; i++) {
                moved.put(job.edges().get(i).id(), targets[i].id());
            }
            List<Dependency> edges = StoreRules.edges(job.job().dependencies(), id -> moved.getOrDefault(id, id));
            for (int i = 0; i < targets.length; i++) {
                required[i] = edges.get(i).required();
            }
            Definition.write(core.journal.out(), job.job(), wait, edges);
        } else {
            copy(core, job);
        }
        Ref definition = complete(core, mark, sequence);
        Entry e = new Entry(job.idHigh(), job.idLow(), pair);
        core.transitions.insert(e, sequence, Edges.of(targets, required), job.options(), core.now, wait, definition);
        if (targets.length > 0) {
            core.failIfDoomed(e);
        }
        return e;
    }

    /** Adds the event that the caller has made. */
    private void copy(Core core, JobDraft job) {
        core.journal.out().raw(block.array(), job.offset(), job.length());
    }

    /** Fills in what the writer decides in the event that begins here. */
    private static Ref complete(Core core, int mark, long sequence) {
        Definition.complete(core.journal.out().array(), mark, sequence, core.now);
        return core.journal.since(mark);
    }

    /** Whether all jobs are READY at once and have neither edges nor keys: then it is known what becomes of them, unless their ids exist. Runs in the caller. */
    static boolean arePlain(List<List<JobDraft>> graphs) {
        for (List<JobDraft> graph : graphs) {
            for (JobDraft job : graph) {
                if (!job.edges().isEmpty()
                        || job.options().uniqueKey().isPresent()
                        || !job.given().delay().isZero()) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Stores plain graphs if all their ids are new. They are put into the index when the call has been answered, while the caller makes his next one.
     *
     * @return whether they are stored
     */
    boolean storePlain(Core core, List<List<JobDraft>> graphs) {
        if (existing) {
            return false;
        }
        List<Ref> refs = new ArrayList<>();
        long first = core.index.nextSequence();
        for (List<JobDraft> graph : graphs) {
            for (JobDraft job : graph) {
                int mark = core.journal.mark();
                copy(core, job);
                refs.add(complete(core, mark, first + refs.size()));
            }
        }
        long now = core.now;
        core.postpone(() -> indexPlain(core, graphs, refs, first, now));
        return true;
    }

    private void indexPlain(Core core, List<List<JobDraft>> graphs, List<Ref> refs, long first, long now) {
        int n = 0;
        for (List<JobDraft> graph : graphs) {
            for (JobDraft job : graph) {
                Entry e = new Entry(job.idHigh(), job.idLow(), pair(core, job.pair()));
                core.transitions.insert(e, first + n, Edges.NONE, job.options(), now, 0, refs.get(n));
                n++;
            }
        }
    }

    private static Entry target(Core core, JobDraft job, int edge, Entry[] placed) {
        if (isLocal(job, edge)) {
            return placed[local(job, edge)];
        }
        JobId id = job.edges().get(edge).id();
        Entry e = stored(core, id);
        if (e == null) {
            throw new IllegalStateException(StoreRules.unknownDependencyMessage(job.id(), id));
        }
        return e;
    }
}
