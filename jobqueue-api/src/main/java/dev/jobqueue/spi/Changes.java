package dev.jobqueue.spi;

import dev.jobqueue.JobId;
import dev.jobqueue.TypeChannel;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What waiters need to know of a change.
 *
 * @param ready pairs with jobs that became READY, and how many
 * @param scheduled pairs with jobs that got a new due time
 * @param ended jobs that reached a final state, each once, in any order
 * @param anything whether anything at all may have changed
 */
public record Changes(
        Map<TypeChannel, Integer> ready, Set<TypeChannel> scheduled, List<JobId> ended, boolean anything) {
    /** Nothing changed. */
    public static final Changes NONE = new Changes(Map.of(), Set.of(), List.of(), false);

    /** Anything may have changed: said after a gap. */
    public static final Changes ANYTHING = new Changes(Map.of(), Set.of(), List.of(), true);

    public Changes {
        ready = Map.copyOf(ready);
        scheduled = Set.copyOf(scheduled);
        ended = List.copyOf(ended);
    }
}
