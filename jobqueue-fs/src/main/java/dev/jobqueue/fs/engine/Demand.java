package dev.jobqueue.fs.engine;

import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Which selectors were asked for within the last hour (QRY-4). Not durable; thread-safe. */
final class Demand {
    private static final long KEPT_NANOS = StoreRules.DEMAND_IS_KEPT.toNanos();

    /** More than this many are looked through for old ones at each note. */
    private static final int MANY = 1_000;

    private final Map<Selector, Long> noted = new ConcurrentHashMap<>();
    private final StoreClock clock;

    Demand(StoreClock clock) {
        this.clock = clock;
    }

    void note(List<Selector> selectors) {
        long now = clock.nanoTime();
        for (Selector selector : selectors) {
            noted.put(selector, now);
        }
        if (noted.size() > MANY) {
            noted.values().removeIf(at -> now - at > KEPT_NANOS);
        }
    }

    Optional<Duration> since(TypeChannel pair) {
        long now = clock.nanoTime();
        long least = Long.MAX_VALUE;
        for (Map.Entry<Selector, Long> entry : noted.entrySet()) {
            if (entry.getKey().matches(pair)) {
                least = Math.min(least, now - entry.getValue());
            }
        }
        return least > KEPT_NANOS ? Optional.empty() : Optional.of(Duration.ofNanos(Math.max(0, least)));
    }
}
