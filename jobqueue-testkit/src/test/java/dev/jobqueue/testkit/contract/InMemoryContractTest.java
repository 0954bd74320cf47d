package dev.jobqueue.testkit.contract;

/** The reference store keeps the contract. */
class InMemoryContractTest extends JobQueueContract {
    @Override
    protected StoreFixture newFixture() {
        return new InMemoryFixture();
    }
}
