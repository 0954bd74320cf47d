package dev.jobqueue.fs.engine;

import dev.jobqueue.JobId;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Answer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Removes a job and what only it needs (RET-2). */
final class DeleteOperation extends Operation {
    private final JobId id;
    private final List<Entry> doomed = new ArrayList<>();
    private Answer<Integer> answer;

    private DeleteOperation(JobId id) {
        this.id = id;
        this.answer = Answer.refused(Answer.Reason.NOT_FOUND, id);
    }

    /** Runs in the caller. */
    static Answer<Integer> call(Writer writer, JobId id) {
        DeleteOperation operation = new DeleteOperation(id);
        writer.call(operation);
        return operation.answer;
    }

    @Override
    long bound(Core core) {
        doomed.clear();
        Entry root =
                core.index.job(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
        if (root == null) {
            return 0;
        }
        Entry dependent = other(core, root, Set.of());
        if (dependent != null) {
            return refuse(dependent, "depends on it");
        }
        collect(core, root);
        for (Entry e : doomed) {
            if (!e.finished()) {
                doomed.clear();
                return refuse(e, "is " + e.state());
            }
        }
        return 20 + (long) EventWriter.DROPPED_ID * doomed.size();
    }

    private long refuse(Entry inTheWay, String why) {
        answer = Answer.refused(
                Answer.Reason.STILL_NEEDED,
                inTheWay.id(),
                "job " + id + " cannot be deleted: job " + inTheWay.id() + " " + why);
        return 0;
    }

    /** The job and, newest first, each dependency that nobody else has. */
    private void collect(Core core, Entry root) {
        Set<Entry> members = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Entry> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        PriorityQueue<Entry> work =
                new PriorityQueue<>(Comparator.comparingLong(Entry::sequence).reversed());
        seen.add(root);
        work.add(root);
        for (Entry e = work.poll(); e != null; e = work.poll()) {
            if (e != root && other(core, e, members) != null) {
                continue;
            }
            members.add(e);
            doomed.add(e);
            Edges edges = e.edges();
            for (int i = 0; i < edges.size(); i++) {
                if (seen.add(edges.target(i))) {
                    work.add(edges.target(i));
                }
            }
        }
    }

    /** A dependent that is not one of these; null if there is none. */
    private static @Nullable Entry other(Core core, Entry e, Set<Entry> members) {
        Entry[] other = new Entry[1];
        core.index.dependents(e, Long.MIN_VALUE, d -> {
            if (!members.contains(d)) {
                other[0] = d;
            }
            return other[0] == null;
        });
        return other[0];
    }

    @Override
    void execute(Core core) {
        if (!doomed.isEmpty()) {
            EventWriter.drop(core.journal.out(), doomed);
            doomed.forEach(core.transitions::drop);
            answer = Answer.accepted(doomed.size());
        }
    }
}
