package dev.jobqueue.testkit.history;

import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.contract.InMemoryFixture;
import dev.jobqueue.testkit.contract.StoreFixture;

/** The histories of the reference store. */
@StoreName("in memory")
class InMemoryHistoryTest extends HistoryContract {
    @Override
    protected StoreFixture newFixture() {
        return new InMemoryFixture();
    }
}
