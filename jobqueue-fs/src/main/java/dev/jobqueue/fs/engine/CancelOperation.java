package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.Receipt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Cancels jobs, and with a graph what only they need (CAN-1 to CAN-5). */
final class CancelOperation extends Operation {
    private static final Comparator<Entry> NEWEST_FIRST =
            Comparator.comparingLong(Entry::sequence).reversed();

    private final List<CancelRequest> requests;
    private final List<Answer<Integer>> answers;
    private Changes changes = Changes.NONE;

    private CancelOperation(List<CancelRequest> requests) {
        this.requests = requests;
        this.answers = new ArrayList<>(requests.size());
    }

    /** Runs in the caller. */
    static Receipt<Answer<Integer>> call(Writer writer, List<CancelRequest> requests) {
        CancelOperation operation = new CancelOperation(requests);
        writer.call(operation);
        return new Receipt<>(operation.answers, operation.changes);
    }

    @Override
    long bound(Core core) {
        long bound = 0;
        for (CancelRequest request : requests) {
            Entry root = find(core, request.id());
            if (root == null || root.finished()) {
                continue;
            }
            long reason = EventWriter.bound(request.reason());
            if (!request.graph()) {
                bound += reason + core.endBound(root);
                continue;
            }
            for (Entry e : below(root)) {
                if (!e.finished()) {
                    bound += reason + core.endBound(e);
                }
            }
        }
        return bound;
    }

    private static @Nullable Entry find(Core core, JobId id) {
        return core.index.job(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
    }

    @Override
    void execute(Core core) {
        for (CancelRequest request : requests) {
            Entry root = find(core, request.id());
            if (root == null) {
                answers.add(Answer.refused(Answer.Reason.NOT_FOUND, request.id()));
            } else if (root.state() == JobState.CANCELED) {
                answers.add(Answer.accepted(0));
            } else if (root.finished()) {
                answers.add(Answer.refused(Answer.Reason.ALREADY_FINISHED, request.id(), root.state()));
            } else {
                answers.add(Answer.accepted(cancel(core, root, request)));
            }
        }
        changes = core.changes.take();
    }

    private static int cancel(Core core, Entry root, CancelRequest request) {
        List<Entry> canceled = request.graph() ? neededOnlyBy(core, root) : List.of(root);
        // Newest first: so none of them is released by another one on the way.
        for (Entry e : canceled) {
            boolean running = e.state() == JobState.RUNNING;
            core.end(e, JobState.CANCELED, running ? Attempt.End.CANCELED : null, null, request.reason(), null);
        }
        core.cascade(canceled);
        return canceled.size();
    }

    /** The job and every unfinished one below it whose unfinished dependents are all among them, newest first. */
    private static List<Entry> neededOnlyBy(Core core, Entry root) {
        Set<Entry> members = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Entry> ordered = new ArrayList<>();
        Set<Entry> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        PriorityQueue<Entry> work = new PriorityQueue<>(NEWEST_FIRST);
        seen.add(root);
        work.add(root);
        for (Entry e = work.poll(); e != null; e = work.poll()) {
            if (!e.finished() && (e == root || !neededByOthers(core, e, members))) {
                members.add(e);
                ordered.add(e);
            }
            // Also below a job that stays: behind a finished one there may be one that nobody waits for any more.
            Edges edges = e.edges();
            for (int i = 0; i < edges.size(); i++) {
                if (seen.add(edges.target(i))) {
                    work.add(edges.target(i));
                }
            }
        }
        return ordered;
    }

    private static boolean neededByOthers(Core core, Entry e, Set<Entry> members) {
        boolean[] needed = {false};
        core.index.dependents(e, Long.MIN_VALUE, d -> {
            needed[0] = !d.finished() && !members.contains(d);
            return !needed[0];
        });
        return needed[0];
    }

    /** The job and everything below it. */
    static Set<Entry> below(Entry root) {
        Set<Entry> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Entry> work = new ArrayList<>(List.of(root));
        seen.add(root);
        while (!work.isEmpty()) {
            Edges edges = work.remove(work.size() - 1).edges();
            for (int i = 0; i < edges.size(); i++) {
                if (seen.add(edges.target(i))) {
                    work.add(edges.target(i));
                }
            }
        }
        return seen;
    }
}
