package dev.jobqueue.postgres.store;

import dev.jobqueue.JobId;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects what a call changed for waiters. */
final class ChangeLog {
    private final Map<TypeChannel, Integer> ready = new HashMap<>();
    private final Set<TypeChannel> scheduled = new HashSet<>();
    private final Set<JobId> ended = new HashSet<>();

    void ready(TypeChannel pair) {
        ready.merge(pair, 1, Integer::sum);
    }

    void scheduled(TypeChannel pair) {
        scheduled.add(pair);
    }

    void ended(JobId id) {
        ended.add(id);
    }

    void add(Changes changes) {
        changes.ready().forEach((pair, count) -> ready.merge(pair, count, Integer::sum));
        scheduled.addAll(changes.scheduled());
        ended.addAll(changes.ended());
    }

    boolean any() {
        return !ready.isEmpty() || !scheduled.isEmpty() || !ended.isEmpty();
    }

    Changes changes() {
        return any() ? new Changes(ready, scheduled, List.copyOf(ended), false) : Changes.NONE;
    }
}
