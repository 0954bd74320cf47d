package dev.jobqueue.testkit.broken;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Opens stores of one class, and does not wait long for them. */
final class BrokenFixture implements StoreFixture {
    /** A durable store that may be opened while it is open. */
    interface Unlocked {}

    /** A store in memory that says that it is shared. */
    interface SaysShared {}

    private final Constructor<?> constructor;
    private final Journal journal = new Journal();
    private @Nullable JobStore open;
    private SharedJobStore.@Nullable Data shared;

    /** For a class with one constructor, which takes a store to wrap, a clock, a journal and its clock, or the data of all openings. */
    BrokenFixture(Class<?> store) {
        constructor = store.getDeclaredConstructors()[0];
    }

    @Override
    public Set<Capability> capabilities() {
        if (shared() || SaysShared.class.isAssignableFrom(constructor.getDeclaringClass())) {
            return Set.of(Capability.SHARED);
        }
        return durable() ? Set.of(Capability.DURABLE) : Set.of();
    }

    private boolean durable() {
        return JournaledJobStore.class.isAssignableFrom(constructor.getDeclaringClass());
    }

    private boolean shared() {
        return SharedJobStore.class.isAssignableFrom(constructor.getDeclaringClass());
    }

    @Override
    public JobStore open(StoreClock clock) throws Exception {
        if (shared()) {
            shared = shared == null ? new SharedJobStore.Data(new InMemoryJobStore(clock)) : shared;
            return (JobStore) constructor.newInstance(shared);
        }
        if (!durable()) {
            boolean wraps = constructor.getParameterTypes()[0] == JobStore.class;
            return (JobStore) constructor.newInstance(wraps ? new InMemoryJobStore(clock) : clock);
        }
        if (open != null && !(open instanceof Unlocked) && !closed(open)) {
            throw new IllegalStateException("the journal is open");
        }
        open = (JobStore) constructor.newInstance(journal, new Journal.Clock(clock));
        return open;
    }

    private static boolean closed(JobStore store) {
        try {
            var unused = store.paused();
            return false;
        } catch (JobQueueException.Closed e) {
            return true;
        }
    }

    @Override
    public boolean canKill() {
        return true;
    }

    @Override
    public void kill(JobStore store) {
        store.close();
    }

    @Override
    public Duration soon() {
        return Duration.ofSeconds(2);
    }

    @Override
    public Duration quiet() {
        return Duration.ofMillis(40);
    }

    @Override
    public int scale() {
        return 3_000;
    }

    @Override
    public void close() {}
}
