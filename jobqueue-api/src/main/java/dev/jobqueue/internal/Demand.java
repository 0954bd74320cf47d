package dev.jobqueue.internal;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.JobStore;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Notes in the store what this process asks for, at most once in half a minute (QRY-4). */
final class Demand {
    static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final JobStore store;
    private final Supplier<List<Selector>> waitedFor;
    private volatile long notedAt;

    /**
     * Notes at the first call.
     *
     * @param waitedFor what others wait for meanwhile
     * @param now by {@link System#nanoTime}, as everywhere here
     */
    Demand(JobStore store, Supplier<List<Selector>> waitedFor, long now) {
        this.store = store;
        this.waitedFor = waitedFor;
        notedAt = now - INTERVAL_NANOS;
    }

    /** Somebody is about to claim this. */
    void note(Selector selector, long now) {
        if (isDue(now)) {
            note(Set.of(selector), now);
        }
    }

    /** Somebody has waited for long. A store that fails is asked again after the next interval. */
    void renew(long now) {
        if (isDue(now)) {
            try {
                note(Set.of(), now);
            } catch (JobQueueException e) {
                // Who waits learns it from his claims.
            }
        }
    }

    private boolean isDue(long now) {
        return now - notedAt >= INTERVAL_NANOS;
    }

    private void note(Set<Selector> claimed, long now) {
        notedAt = now;
        Set<Selector> all = new LinkedHashSet<>(waitedFor.get());
        all.addAll(claimed);
        store.demand(List.copyOf(all));
    }
}
