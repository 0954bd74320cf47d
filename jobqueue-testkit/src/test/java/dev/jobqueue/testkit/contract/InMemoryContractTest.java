package dev.jobqueue.testkit.contract;

import dev.jobqueue.testkit.conformance.StoreName;

/** The reference store keeps the contract. */
@StoreName("in memory")
class InMemoryContractTest extends JobQueueContract {
    @Override
    protected StoreFixture newFixture() {
        return new InMemoryFixture();
    }
}
