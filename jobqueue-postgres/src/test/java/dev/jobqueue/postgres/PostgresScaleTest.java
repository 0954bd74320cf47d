package dev.jobqueue.postgres;

import dev.jobqueue.testkit.contract.ScaleContract;
import dev.jobqueue.testkit.contract.StoreFixture;
import org.junit.jupiter.api.Tag;

/** Graphs of 100,000 jobs; {@link PostgresContractTest} has smaller ones. */
@Tag("slow")
class PostgresScaleTest extends ScaleContract {
    @Override
    protected StoreFixture newFixture() {
        return new PostgresFixture(100_000);
    }
}
