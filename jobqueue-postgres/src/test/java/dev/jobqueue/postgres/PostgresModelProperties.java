package dev.jobqueue.postgres;

import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.model.JobStoreModel;
import java.sql.SQLException;
import java.util.Optional;

/** The store in PostgreSQL gives the answers of the reference store, also over restarts. All programs run in one schema, emptied before each. */
@StoreName("PostgreSQL")
class PostgresModelProperties extends JobStoreModel {
    private static final String SCHEMA = SharedServer.newSchema();
    private static final PostgresQueueOptions OPTIONS = PostgresQueueOptions.DEFAULT
            .schema(SCHEMA)
            .listen(false)
            .notification(PostgresQueueOptions.Notification.NONE);

    static {
        PostgresJobQueue.migrate(SharedServer.pool(), SCHEMA);
    }

    @Override
    protected JobStore openStore(StoreClock clock) throws SQLException {
        String s = SharedServer.quoted(SCHEMA);
        SharedServer.execute(
                "SET synchronous_commit = off; DELETE FROM " + s + ".edge; DELETE FROM " + s + ".attempt; DELETE FROM "
                        + s + ".job; DELETE FROM " + s + ".heartbeat; DELETE FROM " + s + ".progress; DELETE FROM " + s
                        + ".pause; DELETE FROM "
                        + s + ".demand; RESET synchronous_commit");
        TestClock told = new TestClock(clock, SCHEMA);
        told.install();
        return new FollowingStore(PostgresJobStore.open(SharedServer.pool(), OPTIONS), told);
    }

    /**
     * The reference store has lost its monotonic clock at a restart and tells from then on by the wall clock how long attempts have run. The server keeps
     * its clock, so what it knows is made the same here.
     */
    @Override
    protected Optional<JobStore> reopen(JobStore store, StoreClock clock) throws SQLException {
        store.close();
        TestClock told = new TestClock(clock, SCHEMA);
        told.follow();
        String s = SharedServer.quoted(SCHEMA);
        SharedServer.execute("UPDATE " + s
                + ".job j SET started_tick = c.tick - greatest(0, (extract(epoch FROM c.wall - j.started) * 1000)::bigint)"
                + " * 1000000 FROM " + s + ".test_clock c WHERE j.state = 'RUNNING'");
        return Optional.of(new FollowingStore(PostgresJobStore.open(SharedServer.pool(), OPTIONS), told));
    }
}
