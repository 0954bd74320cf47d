package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.RunningJob;
import dev.jobqueue.postgres.server.SharedServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the README says about PostgreSQL works as it stands there. */
class SnippetsTest {
    private static final Duration NOW = Duration.ZERO;

    private final String application = SharedServer.newSchema();
    private HikariDataSource dataSource;

    @BeforeEach
    void open() throws SQLException {
        SharedServer.drop("jobqueue");
        SharedServer.execute("CREATE SCHEMA " + SharedServer.quoted(application) + " CREATE TABLE orders (name text)");
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(SharedServer.url());
        config.setMaximumPoolSize(4);
        config.setConnectionInitSql("SET search_path = " + SharedServer.quoted(application));
        dataSource = new HikariDataSource(config);
    }

    @AfterEach
    void close() throws SQLException {
        dataSource.close();
        SharedServer.drop(application);
        SharedServer.drop("jobqueue");
    }

    @Test
    @DisplayName("the worker runtime runs what was enqueued")
    void startUpRuns() {
        PostgresJobQueue.migrate(dataSource);
        try (PostgresJobQueue other = PostgresJobQueue.create(dataSource)) {
            Snippets.startUp(
                    dataSource,
                    () -> Awaitility.await()
                            .atMost(Duration.ofSeconds(30))
                            .until(() -> other.counts().isEmpty()));
        }
    }

    @Test
    @DisplayName("Flyway makes the schema, and transactions of the caller carry their jobs")
    void transactionsCarryTheirJobs() throws Exception {
        Snippets.flyway(dataSource);
        try (PostgresJobQueue queue = PostgresJobQueue.create(dataSource)) {
            Jdbi jdbi = Jdbi.create(dataSource);
            for (JobId id : List.of(Snippets.inAConnection(queue, dataSource), Snippets.inAHandle(queue, jdbi))) {
                assertThat(queue.status(id).state()).isEqualTo(JobState.READY);
                try (RunningJob<String, Integer> job =
                        queue.dequeue(Snippets.SHIP, NOW).orElseThrow()) {
                    assertThat(job.id()).isEqualTo(id);
                    job.succeed(1);
                }
            }
            List<String> orders = jdbi.withHandle(handle -> handle.createQuery("SELECT name FROM orders ORDER BY name")
                    .mapTo(String.class)
                    .list());
            assertThat(orders).containsExactly("order 2", "order 3");
        }
    }

    @Test
    @DisplayName("the texts stand in the README")
    void standInTheReadme() throws Exception {
        String source = Files.readString(Path.of("src/test/java/dev/jobqueue/postgres/Snippets.java"));
        String readme = Files.readString(Path.of("../README.md"));
        String[] parts = source.split("// README: begin\n", -1);
        assertThat(parts).hasSize(5);
        for (int i = 1; i < parts.length; i++) {
            String snippet = parts[i].substring(0, parts[i].lastIndexOf("// README: end"));
            String lines = snippet.stripIndent();
            assertThat(readme)
                    .contains(lines.indent(4).replaceAll("(?m)^ +$", "").stripTrailing());
        }
    }
}
