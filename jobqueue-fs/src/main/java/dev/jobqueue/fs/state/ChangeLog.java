package dev.jobqueue.fs.state;

import dev.jobqueue.JobId;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects what one call changes for waiters. */
public final class ChangeLog {
    private final List<Pair> ready = new ArrayList<>(2);
    private final Set<TypeChannel> scheduled = new LinkedHashSet<>(2);
    private final List<JobId> ended = new ArrayList<>(2);

    void ready(Pair pair) {
        if (pair.becameReady++ == 0) {
            ready.add(pair);
        }
    }

    void scheduled(Pair pair) {
        scheduled.add(pair.key);
    }

    void ended(Entry entry) {
        ended.add(entry.id());
    }

    /** What was collected since the last call of this. */
    public Changes take() {
        if (ready.isEmpty() && scheduled.isEmpty() && ended.isEmpty()) {
            return Changes.NONE;
        }
        Changes changes = new Changes(readyCounts(), scheduled, ended, false);
        scheduled.clear();
        ended.clear();
        return changes;
    }

    private Map<TypeChannel, Integer> readyCounts() {
        Map<TypeChannel, Integer> counts;
        if (ready.size() == 1) {
            counts = Map.of(ready.get(0).key, ready.get(0).becameReady);
        } else {
            counts = new HashMap<>();
            ready.forEach(pair -> counts.put(pair.key, pair.becameReady));
        }
        ready.forEach(pair -> pair.becameReady = 0);
        ready.clear();
        return counts;
    }
}
