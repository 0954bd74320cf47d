package dev.jobqueue.examples.sqlite;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.contract.StoreFixture;
import dev.jobqueue.testkit.crash.KillContract;
import java.nio.file.Path;

// guide: begin kill
class SqliteKillTest extends KillContract {
    @Override
    protected Class<? extends StoreFixture.Opener> opener() {
        return Opener.class;
    }

    /** A class of its own, because the child opens the store too. */
    static final class Opener implements StoreFixture.Opener {
        @Override
        public JobStore open(Path directory, StoreClock clock) {
            return SqliteJobStore.open(directory.resolve("queue.db"), clock);
        }
    }
}
// guide: end kill
