package dev.jobqueue.examples.composer;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.Maintenance;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApiOptions;
import dev.jobqueue.fs.FileJobQueue;
import dev.jobqueue.postgres.PostgresJobQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;

/** The service: a queue with its upkeep, and two APIs, each on a listener of its own (S38). */
final class Service implements AutoCloseable {
    private static final Set<String> ARCHITECTURES = Set.of("x86_64", "aarch64", "ppc64le", "s390x");

    private final Deque<Runnable> toClose = new ArrayDeque<>();
    private final WorkerApi workerApi;
    private final ComposeApi composeApi;

    /**
     * Starts it; returns when both APIs answer.
     *
     * @param directory of the artifacts, and of the queue unless that is elsewhere
     * @param postgres the JDBC URL of a database for the queue
     * @param workerPort 0 for any that is free, as {@code composePort}
     */
    Service(Path directory, Optional<String> postgres, int workerPort, int composePort) throws IOException {
        try {
            JobQueue queue =
                    postgres.isPresent() ? onPostgres(postgres.get()) : inDirectory(directory.resolve("queue"));
            Maintenance maintenance = Maintenance.of(queue).start();
            toClose.push(maintenance::close);
            workerApi = WorkerApi.start(queue, WorkerApiOptions.of(workerPort, directory.resolve("artifacts")));
            toClose.push(workerApi::close);
            composeApi = ComposeApi.start(queue, ComposeApi.loopback(composePort), ARCHITECTURES);
            toClose.push(composeApi::close);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private JobQueue inDirectory(Path directory) throws IOException {
        JobQueue queue = FileJobQueue.open(Files.createDirectories(directory));
        toClose.push(queue::close);
        return queue;
    }

    private JobQueue onPostgres(String url) {
        HikariDataSource connections = new HikariDataSource();
        toClose.push(connections::close);
        connections.setJdbcUrl(url);
        PostgresJobQueue.migrate(connections);
        JobQueue queue = PostgresJobQueue.create(connections);
        toClose.push(queue::close);
        return queue;
    }

    /** The worker API, with its base path. */
    String workerUrl() {
        return workerApi.url();
    }

    /** The compose API, with its base path. */
    String composeUrl() {
        return composeApi.url();
    }

    /** A file of a job that has ended. */
    Optional<Path> artifact(JobId job, String name) {
        return workerApi.artifact(job, name);
    }

    /** Stops both listeners, then the upkeep and the queue. */
    @Override
    public void close() {
        while (!toClose.isEmpty()) {
            toClose.pop().run();
        }
    }
}
