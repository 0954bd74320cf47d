package dev.jobqueue.fs.crash;

import dev.jobqueue.testkit.contract.StoreFixture;
import dev.jobqueue.testkit.crash.KillContract;

/** The store in a directory outlives a kill of its process. */
class KillTest extends KillContract {
    @Override
    protected Class<? extends StoreFixture.Opener> opener() {
        return FsOpener.class;
    }
}
