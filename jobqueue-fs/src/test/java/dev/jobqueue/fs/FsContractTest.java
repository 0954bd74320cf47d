package dev.jobqueue.fs;

import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.contract.JobQueueContract;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.io.IOException;

/** The store in a directory keeps the contract. */
@StoreName("filesystem")
class FsContractTest extends JobQueueContract {
    @Override
    protected StoreFixture newFixture() throws IOException {
        return new FsFixture();
    }
}
