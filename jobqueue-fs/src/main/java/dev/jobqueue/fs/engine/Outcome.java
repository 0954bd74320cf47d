package dev.jobqueue.fs.engine;

import dev.jobqueue.JobState;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a job stood when the writer looked: what a caller needs to read its end from disk. Of the entry only what never changes may be used: id and pair.
 *
 * @param end the event that ended it, if it is finished
 * @param rootEnd the event that ended the root of its failure, if there is a cause
 */
record Outcome(
        Entry job,
        JobState state,
        @Nullable Ref end,
        int resultBytes,
        @Nullable Cause cause,
        @Nullable Ref rootEnd) {
    /** Called by the writer. */
    static Outcome of(Entry e) {
        Cause cause = e.cause();
        return new Outcome(
                e,
                e.state(),
                e.finished() ? e.end() : null,
                e.resultBytes(),
                cause,
                cause == null ? null : cause.root().end());
    }

    /** The outcomes at each position of the edges. Called by the writer. */
    static List<Outcome> of(Edges edges) {
        if (edges.size() == 0) {
            return List.of();
        }
        List<Outcome> all = new ArrayList<>(edges.size());
        for (int i = 0; i < edges.size(); i++) {
            all.add(of(edges.target(i)));
        }
        return all;
    }
}
