package dev.jobqueue.testkit.conformance;

import dev.jobqueue.PauseScope;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.time.Duration;
import java.util.Set;

/** All that the author of a store writes; this one forgets pauses. Run by {@link ConformanceReportTest} only. */
@StoreName("forgetful one")
class ForgetfulSuite extends ConformanceSuite {
    @Override
    protected StoreFixture newFixture() {
        return new StoreFixture() {
            @Override
            public Set<Capability> capabilities() {
                return Set.of();
            }

            @Override
            public JobStore open(StoreClock clock) {
                return new Forgetful(new InMemoryJobStore(clock));
            }

            @Override
            public Duration soon() {
                return Duration.ofSeconds(2);
            }

            @Override
            public Duration quiet() {
                return Duration.ofMillis(20);
            }

            @Override
            public void close() {}
        };
    }

    private static final class Forgetful extends DelegatingJobStore {
        Forgetful(JobStore store) {
            super(store);
        }

        @Override
        public void pause(PauseScope scope) {}
    }
}
