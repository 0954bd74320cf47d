package dev.jobqueue.fs.engine;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Stores graphs, each all or nothing. */
final class InsertOperation extends Operation {
    private final List<List<JobDraft>> graphs;
    private final Inserts inserts;
    private final List<Answer<List<Enqueued>>> answers;
    private final boolean plain;
    private boolean storedPlain;
    private Changes changes = Changes.NONE;
    private long bound;

    /** For the cache: the event of a call that stores one job. */
    private final Utf8Out block;

    private Ref only = new Ref(0, 0, 0);

    private InsertOperation(List<List<JobDraft>> graphs, Utf8Out block, Inserts inserts) {
        this.graphs = graphs;
        this.block = block;
        this.inserts = inserts;
        this.answers = new ArrayList<>(graphs.size());
        this.plain = Inserts.arePlain(graphs);
        for (List<JobDraft> graph : graphs) {
            bound += Inserts.bound(graph);
        }
    }

    /** Runs in the caller. */
    static Receipt<Answer<List<Enqueued>>> call(
            Writer writer, JobReader reader, SpareBlock spare, List<List<NewJob>> graphs) {
        Utf8Out block = spare.take(blockBytes(graphs));
        List<List<JobDraft>> drafts = new ArrayList<>(graphs.size());
        for (List<NewJob> graph : graphs) {
            drafts.add(JobDraft.graph(graph, block));
        }
        Inserts inserts = new Inserts(block);
        while (true) {
            InsertOperation operation = new InsertOperation(drafts, block, inserts);
            writer.call(operation);
            if (inserts.toCompare.isEmpty()) {
                reader.keep(operation.only, operation.block);
                spare.give(block);
                return operation.receipt();
            }
            try {
                reader.compare(inserts);
            } finally {
                operation.release();
            }
        }
    }

    private Receipt<Answer<List<Enqueued>>> receipt() {
        if (!storedPlain) {
            return new Receipt<>(answers, changes);
        }
        for (List<JobDraft> graph : graphs) {
            List<Enqueued> enqueued = new ArrayList<>(graph.size());
            graph.forEach(job -> enqueued.add(new Enqueued(job.id(), true, JobState.READY)));
            answers.add(Answer.accepted(enqueued));
        }
        return new Receipt<>(answers, new Changes(pairs(), Set.of(), List.of(), false));
    }

    /** How many jobs each pair gets; they come in runs of the same one. */
    private Map<TypeChannel, Integer> pairs() {
        Map<TypeChannel, Integer> counts = new HashMap<>();
        for (List<JobDraft> graph : graphs) {
            for (int from = 0, to = 1; to <= graph.size(); to++) {
                TypeChannel pair = graph.get(from).pair();
                if (to == graph.size() || !graph.get(to).pair().equals(pair)) {
                    counts.merge(pair, to - from, Integer::sum);
                    from = to;
                }
            }
        }
        return counts;
    }

    private static int blockBytes(List<List<NewJob>> graphs) {
        long bytes = 0;
        for (List<NewJob> graph : graphs) {
            for (NewJob job : graph) {
                bytes += 200
                        + job.job().args().size()
                        + 50L * job.job().dependencies().size();
            }
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE - 64);
    }

    @Override
    long bound(Core core) {
        return bound;
    }

    @Override
    boolean grows() {
        return true;
    }

    @Override
    void execute(Core core) {
        boolean compared = true;
        for (List<JobDraft> graph : graphs) {
            compared &= inserts.compared(core, graph);
        }
        if (!compared) {
            pin(core);
            return;
        }
        int mark = core.journal.mark();
        core.journal.out().room(block.length());
        storedPlain = plain && inserts.storePlain(core, graphs);
        if (!storedPlain) {
            store(core);
        }
        if (graphs.size() == 1 && graphs.get(0).size() == 1 && core.journal.mark() - mark == block.length()) {
            only = core.journal.since(mark);
            System.arraycopy(core.journal.out().array(), mark, block.array(), 0, block.length());
        }
    }

    private void store(Core core) {
        for (List<JobDraft> graph : graphs) {
            Answer.Refused<List<Enqueued>> refused = inserts.refusal(core, graph, Set.of(), false);
            answers.add(refused != null ? refused : Answer.accepted(inserts.store(core, graph)));
        }
        changes = core.changes.take();
    }
}
