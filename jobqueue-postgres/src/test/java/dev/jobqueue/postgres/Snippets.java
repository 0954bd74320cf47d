package dev.jobqueue.postgres;

import dev.jobqueue.JobId;
import dev.jobqueue.JobType;
import dev.jobqueue.worker.JobWorker;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;

/** The sample code of the README about PostgreSQL; {@link SnippetsTest} runs it and compares the texts. */
final class Snippets {
    static final JobType<String, Integer> SHIP = JobType.of("ship", String.class, Integer.class);

    private Snippets() {}

    @SuppressWarnings("try") // the resources are there to be closed
    static void startUp(DataSource dataSource, Runnable serve) {
        // README: begin
        PostgresJobQueue.migrate(dataSource); // at each start: makes or updates the schema "jobqueue"
        try (PostgresJobQueue queue = PostgresJobQueue.create(dataSource);
                JobWorker worker = JobWorker.builder(queue)
                        .handler(SHIP, job -> job.args().length())
                        .build()
                        .start()) {
            queue.enqueue(SHIP.job("order 1"));
            serve.run();
        }
        // README: end
    }

    static JobId inAConnection(PostgresJobQueue queue, DataSource dataSource) throws SQLException {
        // README: begin
        JobId id;
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO orders (name) VALUES (?)")) {
                insert.setString(1, "order 2");
                insert.executeUpdate();
            }
            id = queue.in(connection).enqueue(SHIP.job("order 2")).id();
            connection.commit(); // order and job, or neither
        }
        queue.wake(); // waiters look at once, not at their next poll
        // README: end
        return id;
    }

    static JobId inAHandle(PostgresJobQueue queue, Jdbi jdbi) {
        // README: begin
        JobId id = jdbi.inTransaction(handle -> {
            handle.execute("INSERT INTO orders (name) VALUES (?)", "order 3");
            return queue.in(handle).enqueue(SHIP.job("order 3")).id();
        });
        // README: end
        return id;
    }

    static void flyway(DataSource dataSource) {
        // README: begin
        Flyway.configure()
                .dataSource(dataSource)
                .schemas("jobqueue") // with a history table of its own
                .locations("classpath:dev/jobqueue/postgres/migration")
                .load()
                .migrate();
        // README: end
    }
}
