package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobQueueException.StoreUnavailable;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.postgres.sql.StepByStep;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema is made, brought up to date, and checked; what is wrong with it is said with the way out. */
class MigrationTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");

    private final String schema = SharedServer.newSchema();
    private final String quoted = SharedServer.quoted(schema);

    @AfterEach
    void drop() throws SQLException {
        SharedServer.drop(schema);
    }

    private void assertWorks() throws InterruptedException {
        try (PostgresJobQueue queue = open()) {
            queue.enqueue(BUILD.job(n(1)));
            assertThat(queue.dequeue(BUILD, Duration.ZERO)
                            .orElseThrow()
                            .succeed(null)
                            .verdict()
                            .name())
                    .isEqualTo("DONE");
        }
    }

    private PostgresJobQueue open() {
        return PostgresJobQueue.create(SharedServer.pool(), PostgresQueueOptions.DEFAULT.schema(schema));
    }

    private void migrate() {
        PostgresJobQueue.migrate(SharedServer.pool(), schema);
    }

    private int objects() throws SQLException {
        try (Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '"
                                + schema + "'")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    @DisplayName("migrate makes the schema, and again changes nothing")
    void makesTheSchema() throws Exception {
        migrate();
        int objects = objects();
        assertWorks();
        migrate();
        assertThat(objects()).isEqualTo(objects);
        assertWorks();
    }

    @ParameterizedTest(name = "from version {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("many processes may migrate at once, a new schema and an older one")
    void manyAtOnce(int from) throws Exception {
        int processes = 8;
        if (from > 0) {
            StepByStep.migrate(SharedServer.pool(), schema, from);
        }
        CyclicBarrier start = new CyclicBarrier(processes);
        ExecutorService threads = Executors.newFixedThreadPool(processes);
        try {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < processes; i++) {
                tasks.add(() -> {
                    start.await(1, TimeUnit.MINUTES);
                    migrate();
                    return true;
                });
            }
            for (Future<Boolean> each : threads.invokeAll(tasks)) {
                assertThat(each.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertWorks();
    }

    @Test
    @DisplayName("a schema that exists is used, without the right to create one")
    void existingSchema() throws Exception {
        SharedServer.execute("CREATE SCHEMA " + quoted);
        migrate();
        assertWorks();
    }

    @Test
    @DisplayName("a session's search_path does not matter, nor do tables of the same names in it")
    void searchPathDoesNotMatter() throws Exception {
        migrate();
        String other = SharedServer.newSchema();
        SharedServer.execute("CREATE SCHEMA " + SharedServer.quoted(other)
                + " CREATE TABLE job (id uuid) CREATE TABLE edge (id uuid)");
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(SharedServer.url());
        config.setMaximumPoolSize(3);
        config.setConnectionInitSql("SET search_path = " + SharedServer.quoted(other) + ", pg_temp");
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (PostgresJobQueue queue = PostgresJobQueue.create(pool, PostgresQueueOptions.DEFAULT.schema(schema))) {
                var first = BUILD.job(n(1));
                queue.enqueueAll(List.of(first, BUILD.job(n(2)).requires(first)));
                queue.dequeue(BUILD, Duration.ZERO).orElseThrow().fail(TwoProcesses.BROKEN);
                assertThat(queue.counts()).isEmpty();
            }
        } finally {
            SharedServer.drop(other);
        }
    }

    @Test
    @DisplayName("a missing schema is said, with the way out")
    void missing() {
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("no queue in schema")
                .hasMessageContaining("PostgresJobQueue.migrate")
                .hasMessageContaining("Flyway");
    }

    @Test
    @DisplayName("a schema that is too old is said, with the way out, and the way works")
    void tooOld() throws Exception {
        StepByStep.migrate(SharedServer.pool(), schema, 1);
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("has version 1")
                .hasMessageContaining("PostgresJobQueue.migrate");
        migrate();
        assertWorks();
    }

    @Test
    @DisplayName("a newer schema is used as long as it says that this library may, and refused else")
    void tooNew() throws Exception {
        migrate();
        SharedServer.execute("UPDATE " + quoted + ".schema_version SET version = 99");
        assertWorks();
        migrate();
        SharedServer.execute("UPDATE " + quoted + ".schema_version SET oldest_library = 99");
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("version 99")
                .hasMessageContaining("newer library");
        assertThatThrownBy(this::migrate).isInstanceOf(StoreUnavailable.class).hasMessageContaining("newer library");
    }

    @Test
    @DisplayName("a migration that was run by hand, outside of a transaction, and broke off is said, with the way out")
    void halfApplied() throws Exception {
        StepByStep.migrate(SharedServer.pool(), schema, 1);
        String file = StepByStep.file(2);
        try (Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = " + quoted);
            // The first statements of the file, each committed by itself.
            statement.execute(file.substring(0, file.indexOf("CREATE FUNCTION tick()")));
            statement.execute("RESET search_path");
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("begun and not ended")
                .hasMessageContaining("restore");
        assertThatThrownBy(this::migrate)
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("begun and not ended");
    }

    @Test
    @DisplayName("a migration that fails leaves nothing")
    void failureLeavesNothing() throws Exception {
        SharedServer.execute("CREATE SCHEMA " + quoted + " CREATE TABLE edge (n integer)");
        assertThatThrownBy(this::migrate).isInstanceOf(StoreUnavailable.class);
        assertThat(objects()).isEqualTo(1);
    }

    @Test
    @DisplayName("Flyway applies the same files as they are")
    void flyway() throws Exception {
        Flyway flyway = Flyway.configure()
                .dataSource(SharedServer.pool())
                .schemas(schema)
                .locations("classpath:dev/jobqueue/postgres/migration")
                .load();
        assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
        assertWorks();
        migrate();
        assertThat(flyway.migrate().migrationsExecuted).isZero();
        flyway.validate();
        assertWorks();
    }

    @Test
    @DisplayName("names of schemas are checked and quoted")
    void names() {
        PostgresQueueOptions options = PostgresQueueOptions.DEFAULT;
        for (String bad : List.of("", "pg_mine", "a\u0000b", "x".repeat(64))) {
            assertThatIllegalArgumentException().isThrownBy(() -> options.schema(bad));
        }
        assertThat(options.schema("ä \"; DROP").schema()).isEqualTo("ä \"; DROP");
    }
}
