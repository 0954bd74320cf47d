package dev.jobqueue.internal;

import dev.jobqueue.JobToken;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Traits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Claims of those who do not wait: over a store whose calls are combined, concurrent ones with an equal selector are one claim. Thread-safe. */
final class Polls {
    private final JobStore store;
    private final Traits traits;
    private final Duration patience;
    private final Duration gather;
    private final Map<Selector, Line> lines = new ConcurrentHashMap<>();

    /** The line that everybody has left last: some may come back together. */
    private volatile @Nullable Line lastLeft;

    /**
     * Nobody polls yet.
     *
     * @param patience how long a claim may take until the next one goes beside it, as in {@link Combiner}
     * @param gather how long a claim waits for those whom it expects, as there
     */
    Polls(JobStore store, Duration patience, Duration gather) {
        this.store = store;
        traits = store.traits();
        this.patience = patience;
        this.gather = gather;
    }

    /** Those who poll for the same now. The number is guarded by the map. */
    private static final class Line {
        final Selector selector;
        final Combiner<ClaimSlot, Optional<ClaimedJob>> claims;
        int callers;

        Line(Selector selector, Combiner<ClaimSlot, Optional<ClaimedJob>> claims) {
            this.selector = selector;
            this.claims = claims;
        }
    }

    /** One claim, or a part of one. */
    List<ClaimedJob> claim(ClaimRequest request) {
        if (!traits.combine()) {
            return store.claim(request).jobs();
        }
        Line line = lines.compute(request.selector(), this::enter);
        try {
            return line.claims.call(request.slots()).stream()
                    .flatMap(Optional::stream)
                    .toList();
        } finally {
            lines.computeIfPresent(request.selector(), this::leave);
        }
    }

    private Line enter(Selector selector, @Nullable Line line) {
        Line entered = line == null ? unused(selector) : line;
        entered.callers++;
        return entered;
    }

    private Line unused(Selector selector) {
        Line last = lastLeft;
        return last != null && last.selector.equals(selector)
                ? last
                : new Line(
                        selector,
                        new Combiner<>(
                                true,
                                traits.maxBatch(),
                                slot -> 100,
                                patience,
                                gather,
                                slots -> claim(selector, slots)));
    }

    private @Nullable Line leave(Selector selector, Line line) {
        line.callers--;
        if (line.callers > 0) {
            return line;
        }
        lastLeft = line;
        return null;
    }

    private List<Optional<ClaimedJob>> claim(Selector selector, List<ClaimSlot> slots) {
        Map<JobToken, ClaimedJob> jobs = new HashMap<>();
        store.claim(new ClaimRequest(selector, slots)).jobs().forEach(job -> jobs.put(job.token(), job));
        List<Optional<ClaimedJob>> answers = new ArrayList<>(slots.size());
        slots.forEach(slot -> answers.add(Optional.ofNullable(jobs.get(slot.token()))));
        return answers;
    }
}
