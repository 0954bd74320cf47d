package dev.jobqueue.internal;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.List;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** As many jobs as waiters: each waiter gets one, whoever claims for whom. One that is left behind would wait for an hour, which is reported as hung. */
public class WaitersRaceTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");

    private final JobStore store = new Combining();
    private final Waiters waiters = new Waiters(store, System::nanoTime, Duration.ZERO, jobs -> {});

    /** Over a store whose calls are combined, every claim is made for a group of waiters. */
    private static final class Combining extends DelegatingJobStore {
        Combining() {
            super(new InMemoryJobStore());
        }

        @Override
        public Traits traits() {
            Traits traits = super.traits();
            return new Traits(traits.capabilities(), traits.maxBatch(), traits.pollInterval(), true);
        }
    }

    @Operation
    public int enqueueAndTake() throws InterruptedException {
        NewJob job = new NewJob(BUILD.job(null).job(), Duration.ZERO);
        waiters.changed(store.insert(List.of(List.of(job))).changes());
        return waiters.take(DequeueRequest.of(Selector.of(BUILD)).timeout(Duration.ofHours(1)), "worker")
                .size();
    }

    @Test
    @DisplayName("DEQ-5: no waiter is left behind, and none gets the job of another one")
    void everyWaiterIsServed() {
        new StressOptions()
                .threads(3)
                .actorsPerThread(3)
                .iterations(5)
                .invocationsPerIteration(1_000)
                .minimizeFailedScenario(false)
                .check(WaitersRaceTest.class);
    }
}
