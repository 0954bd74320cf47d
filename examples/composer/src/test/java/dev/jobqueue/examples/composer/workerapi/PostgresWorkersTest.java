package dev.jobqueue.examples.composer.workerapi;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobQueue;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.postgres.PostgresJobQueue;
import dev.jobqueue.postgres.PostgresQueueOptions;
import dev.jobqueue.postgres.server.LocalServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The same over two services on one database and one folder. */
class PostgresWorkersTest extends WorkersTest {
    private static final List<HikariDataSource> SOURCES = new ArrayList<>();
    private static LocalServer server;

    @BeforeAll
    static void startServer() {
        server = LocalServer.start();
    }

    @AfterAll
    static void stopServer() {
        SOURCES.forEach(HikariDataSource::close);
        server.close();
    }

    @Override
    JobQueue open(QueueOptions options) {
        HikariDataSource source = new HikariDataSource();
        SOURCES.add(source);
        source.setJdbcUrl(server.url());
        source.setMaximumPoolSize(3);
        PostgresJobQueue.migrate(source);
        return PostgresJobQueue.create(source, PostgresQueueOptions.DEFAULT.queue(options));
    }
}
