package dev.jobqueue.fs.state;

import dev.jobqueue.TypeName;
import java.util.LinkedHashSet;
import java.util.Set;

/** The pairs of one full type name that have something to claim, for selectors of any channel. */
final class TypePairs {
    final TypeName name;
    final Set<Pair> withReady = new LinkedHashSet<>();
    final Set<Pair> withScheduled = new LinkedHashSet<>();
    int pairs;

    TypePairs(TypeName name) {
        this.name = name;
    }
}
