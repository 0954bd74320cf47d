package dev.jobqueue.postgres;

import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Set;

/** Stores in a schema of their own, on the shared server. */
final class PostgresFixture implements StoreFixture {
    private final String schema;
    private final int scale;

    PostgresFixture() {
        this(10_000);
    }

    /** With so many jobs in large graphs. */
    PostgresFixture(int scale) {
        this(SharedServer.newSchema(), scale);
    }

    /** In a schema that may be there already, perhaps in an older version. */
    PostgresFixture(String schema, int scale) {
        this.schema = schema;
        this.scale = scale;
        PostgresJobQueue.migrate(SharedServer.pool(), schema);
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.allOf(Capability.class);
    }

    @Override
    public JobStore open(StoreClock clock) throws SQLException {
        PostgresQueueOptions options = PostgresQueueOptions.DEFAULT.schema(schema);
        if (clock == StoreClock.system()) {
            return PostgresJobStore.open(SharedServer.pool(), options);
        }
        TestClock told = new TestClock(clock, schema);
        told.install();
        return new FollowingStore(PostgresJobStore.open(SharedServer.pool(), options), told);
    }

    @Override
    public int scale() {
        return scale;
    }

    @Override
    public void close() throws SQLException {
        try {
            Invariants.check(schema);
        } finally {
            SharedServer.drop(schema);
        }
    }
}
