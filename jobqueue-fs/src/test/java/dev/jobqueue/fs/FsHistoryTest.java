package dev.jobqueue.fs;

import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.contract.StoreFixture;
import dev.jobqueue.testkit.history.HistoryContract;
import java.io.IOException;

/** The histories of the store in a directory. */
@StoreName("filesystem")
class FsHistoryTest extends HistoryContract {
    @Override
    protected StoreFixture newFixture() throws IOException {
        return new FsFixture();
    }
}
