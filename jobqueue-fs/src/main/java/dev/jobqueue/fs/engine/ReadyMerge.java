package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.Pair;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The READY jobs of many pairs in claim order. Each job that {@link #next} gives is claimed before the next is asked for. */
final class ReadyMerge {
    private final PriorityQueue<Pair> heads;

    /** Orders pairs by their first job. */
    ReadyMerge(List<Pair> pairs) {
        heads = new PriorityQueue<>(Math.max(1, pairs.size()), ReadyMerge::compare);
        heads.addAll(pairs);
    }

    private static int compare(Pair a, Pair b) {
        Entry x = a.firstReady();
        Entry y = b.firstReady();
        if (x == null || y == null) {
            return x == y ? 0 : x == null ? 1 : -1;
        }
        int byPriority = Integer.compare(
                y.open().options().priority(), x.open().options().priority());
        return byPriority != 0 ? byPriority : Long.compare(x.sequence(), y.sequence());
    }

    /** The first of all; null if there is none. */
    @Nullable
    Entry next() {
        Pair pair = heads.peek();
        return pair == null ? null : pair.firstReady();
    }

    /** The job that {@link #next} gave last is not READY any more. */
    void taken() {
        Pair pair = heads.peek();
        if (pair != null) {
            // The head has become later: it leaves and enters again, in its new place.
            heads.poll();
            if (pair.firstReady() != null) {
                heads.add(pair);
            }
        }
    }
}
