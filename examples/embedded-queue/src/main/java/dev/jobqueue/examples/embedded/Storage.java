package dev.jobqueue.examples.embedded;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobQueue;
import dev.jobqueue.Maintenance;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.fs.FileJobQueue;
import dev.jobqueue.fs.FileQueueOptions;
import dev.jobqueue.postgres.PostgresJobQueue;
import dev.jobqueue.postgres.PostgresQueueOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Where the jobs are kept: in a directory, or on a PostgreSQL server. */
interface Storage extends AutoCloseable {
    /** The queue; closed with this. */
    JobQueue queue();

    @Override
    void close();

    /** In this directory. Jobs that ran when the program was killed are ready again at once: nobody else can have them. */
    static Storage directory(Path directory) throws IOException {
        Files.createDirectories(directory);
        JobQueue queue = FileJobQueue.open(directory, FileQueueOptions.DEFAULT.recoverAtOpen(true));
        return new Storage() {
            @Override
            public JobQueue queue() {
                return queue;
            }

            @Override
            public void close() {
                queue.close();
            }
        };
    }

    /**
     * In the database at this URL. Other processes may work on the same jobs, so those of a program that was killed are ready again only when it has been
     * silent for some seconds.
     */
    static Storage postgres(String url) {
        Duration silence = Duration.ofSeconds(8);
        HikariDataSource connections = new HikariDataSource();
        connections.setJdbcUrl(url);
        PostgresJobQueue.migrate(connections);
        PostgresJobQueue queue = PostgresJobQueue.create(
                connections, PostgresQueueOptions.DEFAULT.queue(QueueOptions.DEFAULT.heartbeatLimit(silence)));
        Maintenance maintenance =
                Maintenance.of(queue).sweepInterval(silence.dividedBy(4)).start();
        return new Storage() {
            @Override
            public JobQueue queue() {
                return queue;
            }

            @Override
            public void close() {
                maintenance.close();
                queue.close();
                connections.close();
            }
        };
    }
}
