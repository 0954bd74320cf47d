package dev.jobqueue.fs.engine;

import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Pair;
import java.util.ArrayList;
import java.util.List;

/** Which pairs a selector means. */
final class Matching {
    private Matching() {}

    /** The pairs that a selector names; empty if it takes any channel. Made by the caller. */
    static List<TypeChannel> keys(Selector selector) {
        if (selector.channels().isEmpty()) {
            return List.of();
        }
        List<TypeChannel> keys =
                new ArrayList<>(selector.types().size() * selector.channels().size());
        for (TypeName type : selector.types()) {
            for (String channel : selector.channels()) {
                keys.add(new TypeChannel(type, channel));
            }
        }
        return keys;
    }

    /** The pairs with READY jobs that are not paused. */
    static List<Pair> ready(JobIndex index, Selector selector, List<TypeChannel> keys) {
        List<Pair> pairs = new ArrayList<>(Math.max(1, keys.size()));
        if (selector.channels().isEmpty()) {
            for (TypeName type : selector.types()) {
                for (Pair pair : index.readyPairs(type)) {
                    add(index, pair, pairs);
                }
            }
        } else {
            for (TypeChannel key : keys) {
                Pair pair = index.pair(key);
                if (pair != null && pair.firstReady() != null) {
                    add(index, pair, pairs);
                }
            }
        }
        return pairs;
    }

    private static void add(JobIndex index, Pair pair, List<Pair> pairs) {
        if (!index.isPaused(pair)) {
            pairs.add(pair);
        }
    }
}
