package dev.jobqueue.testkit.model;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.conformance.StoreName;
import java.util.Optional;

/** The reference store agrees with itself, so the suite asks nothing that depends on more than the program. */
@StoreName("in memory")
class InMemoryJobStoreProperties extends JobStoreModel {
    @Override
    protected JobStore openStore(StoreClock clock) {
        return new Reopenable(new InMemoryJobStore(clock));
    }

    @Override
    protected Optional<JobStore> reopen(JobStore store, StoreClock clock) {
        return Optional.of(new Reopenable(((Reopenable) store).memory().reopen()));
    }

    private static final class Reopenable extends DelegatingJobStore {
        Reopenable(InMemoryJobStore memory) {
            super(memory);
        }

        InMemoryJobStore memory() {
            return (InMemoryJobStore) delegate();
        }
    }
}
