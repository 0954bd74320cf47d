package dev.jobqueue.postgres;

import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.contract.JobQueueContract;
import dev.jobqueue.testkit.contract.StoreFixture;

/** The store in PostgreSQL keeps the contract. */
@StoreName("PostgreSQL")
class PostgresContractTest extends JobQueueContract {
    @Override
    protected StoreFixture newFixture() {
        return new PostgresFixture();
    }
}
