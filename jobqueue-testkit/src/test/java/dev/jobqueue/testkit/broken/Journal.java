package dev.jobqueue.testkit.broken;

import dev.jobqueue.JobToken;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The disk of {@link JournaledJobStore}: every call that changes something, with its time, to be called again on an empty store.
 *
 * <p>Guarded by itself.
 */
final class Journal {
    /** One call. */
    record Entry(String name, Instant now, long nanos, Function<JobStore, ?> call) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<JobToken> tokens = new ArrayList<>();

    synchronized void add(Entry entry) {
        entries.add(entry);
    }

    synchronized void note(List<JobToken> claimed) {
        tokens.addAll(claimed);
    }

    /** A store with all that is in here, as {@code change} reads it. */
    synchronized JobStore replay(Clock clock, UnaryOperator<List<Entry>> change, boolean grace) {
        JobStore store = new InMemoryJobStore(clock);
        long last = 0;
        Instant lastWall = clock.now();
        for (Entry entry : change.apply(List.copyOf(entries))) {
            clock.stop(entry.now(), entry.nanos());
            var unused = entry.call().apply(store);
            last = entry.nanos();
            lastWall = entry.now();
        }
        clock.go(last, lastWall);
        if (grace && !tokens.isEmpty()) {
            List<JobToken> all = List.copyOf(tokens);
            var unused = store.heartbeat(all);
            entries.add(new Entry("grace", clock.now(), clock.nanoTime(), s -> s.heartbeat(all)));
        }
        return store;
    }

    /** The time of the calls while they are called again, then real time, going on where they ended. */
    static final class Clock implements StoreClock {
        private final StoreClock real;
        private @Nullable Instant stoppedAt;
        private long stoppedNanos;
        private long offset;

        Clock(StoreClock real) {
            this.real = real;
        }

        synchronized void stop(Instant now, long nanos) {
            stoppedAt = now;
            stoppedNanos = nanos;
        }

        synchronized void go(long last, Instant lastWall) {
            stoppedAt = null;
            Duration away = Duration.between(lastWall, real.now());
            offset = last + (away.isNegative() ? 0 : away.toNanos()) - real.nanoTime();
        }

        /** Runs on after one call. */
        synchronized void go() {
            stoppedAt = null;
        }

        @Override
        public synchronized Instant now() {
            return stoppedAt == null ? real.now() : stoppedAt;
        }

        @Override
        public synchronized long nanoTime() {
            return stoppedAt == null ? real.nanoTime() + offset : stoppedNanos;
        }
    }
}
