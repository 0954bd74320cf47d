package dev.jobqueue.testkit.contract;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.util.Set;

/** Stores that forget everything when closed. */
public class InMemoryFixture implements StoreFixture {
    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public JobStore open(StoreClock clock) {
        return new InMemoryJobStore(clock);
    }

    @Override
    public void close() {}
}
