package dev.jobqueue.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.postgres.server.LocalServer;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.conformance.StoreName;
import dev.jobqueue.testkit.contract.ChildStore;
import dev.jobqueue.testkit.contract.Fault;
import dev.jobqueue.testkit.contract.StoreFixture;
import dev.jobqueue.testkit.history.HistoryContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The histories of the store in PostgreSQL, on a server of the test's own that may be killed. */
@StoreName("PostgreSQL")
class PostgresHistoryTest extends HistoryContract {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();
    private static LocalServer server;

    @BeforeAll
    static void startServer() {
        server = LocalServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Override
    protected StoreFixture newFixture() {
        return new Fixture("history_" + SCHEMAS.incrementAndGet());
    }

    private static PostgresQueueOptions options(String schema) {
        return PostgresQueueOptions.DEFAULT.schema(schema).pollInterval(Duration.ofMillis(500));
    }

    /** A schema of its own, with a pool of its own. */
    private static final class Fixture implements StoreFixture {
        private final String schema;
        private final HikariDataSource pool;

        Fixture(String schema) {
            this.schema = schema;
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(server.url());
            config.setMaximumPoolSize(20);
            config.setMinimumIdle(1);
            // After a restart of the server the pool tries again within this time.
            config.setConnectionTimeout(1_000);
            pool = new HikariDataSource(config);
            PostgresJobQueue.migrate(pool, schema);
        }

        @Override
        public Set<Capability> capabilities() {
            return EnumSet.allOf(Capability.class);
        }

        @Override
        public JobStore open(StoreClock clock) {
            return PostgresJobStore.open(pool, options(schema));
        }

        @Override
        public List<Fault> faults() {
            return List.of(
                    new Fault("all backends are terminated", this::terminateBackends, () -> {}),
                    new Fault("the server is killed", server::kill, server::restart));
        }

        private void terminateBackends() throws SQLException {
            execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
        }

        private void execute(String sql) throws SQLException {
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        @Override
        public Optional<ChildStore> child() {
            return Optional.of(new ChildStore(InChild.class, List.of(server.url(), schema)));
        }

        @Override
        public void close() throws SQLException {
            try (pool) {
                Invariants.check(pool, schema);
                execute("DROP SCHEMA " + schema + " CASCADE");
            }
        }
    }

    /** Opens the store in another process. */
    public static final class InChild implements ChildStore.Opener {
        @Override
        public JobStore open(List<String> arguments) {
            return PostgresJobStore.open(SharedServer.pool(arguments.get(0), 5), options(arguments.get(1)));
        }
    }
}
