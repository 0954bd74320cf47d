package dev.jobqueue.examples.sqlite;

import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.conformance.ConformanceSuite;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.io.IOException;
import java.util.Set;

// guide: begin suite
class SqliteConformanceTest extends ConformanceSuite {
    @Override
    protected StoreFixture newFixture() throws IOException {
        return StoreFixture.inDirectory(
                Set.of(Capability.DURABLE),
                (directory, clock) -> SqliteJobStore.open(directory.resolve("queue.db"), clock),
                2_000); // jobs in large graphs; it is made to be read, not to be fast
    }
}
// guide: end suite
