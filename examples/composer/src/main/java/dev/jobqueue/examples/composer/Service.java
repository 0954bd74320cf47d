package dev.jobqueue.examples.composer;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.Maintenance;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.ListenAddress;
import dev.jobqueue.examples.composer.operations.Meters;
import dev.jobqueue.examples.composer.operations.OperationsServer;
import dev.jobqueue.examples.composer.worker.ServiceAddress;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApiOptions;
import dev.jobqueue.fs.FileJobQueue;
import dev.jobqueue.fs.FileQueueOptions;
import dev.jobqueue.postgres.PostgresJobQueue;
import dev.jobqueue.postgres.PostgresQueueOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The service: a queue with its upkeep, and two APIs, each on a listener of its own (S38). */
final class Service implements AutoCloseable {
    private static final Set<String> ARCHITECTURES = Set.of("x86_64", "aarch64", "ppc64le", "s390x");

    private final Deque<Runnable> toClose = new ArrayDeque<>();
    private final WorkerApi workerApi;
    private final ComposeApi composeApi;
    private final Optional<OperationsServer> operations;

    /**
     * How it runs.
     *
     * @param directory of the artifacts, and of the queue unless that is elsewhere
     * @param postgres the JDBC URL of a database for the queue
     * @param worker how the worker API is served
     * @param compose how the compose API is served
     * @param heartbeatLimit how long a worker may be silent before its job is given to another one, at least 1 ms
     * @param sweepInterval how often silent workers, composes that are kept no longer, and files of runs that are over, are looked for, at least 1 ms
     * @param requestTimeout how long a worker's request for a job waits; 0 is for ever (S10)
     * @param workerTimeout how long a registered worker may be silent before it is removed
     * @param operationsPort of the loopback, for health and metrics, 0 for any that is free; there is none without it
     * @param retention how long ended composes and their artifacts are kept, at least 1 ms; for ever without it
     */
    record Settings(
            Path directory,
            Optional<String> postgres,
            ApiServerOptions worker,
            ApiServerOptions compose,
            Duration heartbeatLimit,
            Duration sweepInterval,
            Duration requestTimeout,
            Duration workerTimeout,
            Optional<Integer> operationsPort,
            Optional<Duration> retention) {
        /**
         * On any free ports of the loopback, with a limit of 2 minutes, looked after every 30 s; requests for a job wait for ever, and workers may be silent for
         * an hour.
         */
        static Settings of(Path directory, Optional<String> postgres) {
            return new Settings(
                    directory,
                    postgres,
                    WorkerApiOptions.of(0, directory).server(),
                    ComposeApi.loopback(0),
                    Duration.ofMinutes(2),
                    Duration.ofSeconds(30),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Optional.empty(),
                    Optional.empty());
        }

        Settings worker(UnaryOperator<ApiServerOptions> change) {
            return new Settings(
                    directory,
                    postgres,
                    change.apply(worker),
                    compose,
                    heartbeatLimit,
                    sweepInterval,
                    requestTimeout,
                    workerTimeout,
                    operationsPort,
                    retention);
        }

        Settings compose(UnaryOperator<ApiServerOptions> change) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    change.apply(compose),
                    heartbeatLimit,
                    sweepInterval,
                    requestTimeout,
                    workerTimeout,
                    operationsPort,
                    retention);
        }

        Settings heartbeatLimit(Duration newLimit) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    compose,
                    newLimit,
                    sweepInterval,
                    requestTimeout,
                    workerTimeout,
                    operationsPort,
                    retention);
        }

        Settings sweepInterval(Duration newInterval) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    compose,
                    heartbeatLimit,
                    newInterval,
                    requestTimeout,
                    workerTimeout,
                    operationsPort,
                    retention);
        }

        Settings requestTimeout(Duration newTimeout) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    compose,
                    heartbeatLimit,
                    sweepInterval,
                    newTimeout,
                    workerTimeout,
                    operationsPort,
                    retention);
        }

        Settings workerTimeout(Duration newTimeout) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    compose,
                    heartbeatLimit,
                    sweepInterval,
                    requestTimeout,
                    newTimeout,
                    operationsPort,
                    retention);
        }

        Settings operationsPort(int newPort) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    compose,
                    heartbeatLimit,
                    sweepInterval,
                    requestTimeout,
                    workerTimeout,
                    Optional.of(newPort),
                    retention);
        }

        Settings retention(Duration newRetention) {
            return new Settings(
                    directory,
                    postgres,
                    worker,
                    compose,
                    heartbeatLimit,
                    sweepInterval,
                    requestTimeout,
                    workerTimeout,
                    operationsPort,
                    Optional.of(newRetention));
        }
    }

    /** Starts it; returns when both APIs answer. */
    Service(Settings settings) throws IOException {
        try {
            JobQueue queue = open(settings);
            Maintenance.Builder upkeep = Maintenance.of(queue)
                    .sweepInterval(settings.sweepInterval())
                    .pruneInterval(settings.sweepInterval());
            settings.retention().ifPresent(upkeep::retention);
            Maintenance maintenance = upkeep.start();
            toClose.push(maintenance::close);
            Meters meters = Meters.of(queue);
            toClose.push(meters::close);
            WorkerApiOptions options = WorkerApiOptions.of(
                            0, settings.directory().resolve("artifacts"))
                    .sweepInterval(settings.sweepInterval())
                    .requestTimeout(settings.requestTimeout())
                    .workerTimeout(settings.workerTimeout(), watchInterval(settings.workerTimeout()));
            workerApi = WorkerApi.start(queue, options.server(settings.worker().meter(meters.requests("worker"))));
            meters.waiting(workerApi::waiting);
            toClose.push(workerApi::close);
            composeApi = ComposeApi.start(
                    queue, settings.compose().meter(meters.requests("compose")), ARCHITECTURES, workerApi.files());
            toClose.push(composeApi::close);
            if (settings.operationsPort().isPresent()) {
                ListenAddress.Port port = new ListenAddress.Port(
                        "127.0.0.1", settings.operationsPort().get());
                OperationsServer server = OperationsServer.start(queue, meters, port);
                toClose.push(server::close);
                operations = Optional.of(server);
            } else {
                operations = Optional.empty();
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** A twelfth of the time: every 5 minutes for an hour. */
    private static Duration watchInterval(Duration timeout) {
        return Duration.ofMillis(Math.max(1, timeout.toMillis() / 12));
    }

    private JobQueue open(Settings settings) throws IOException {
        QueueOptions options = QueueOptions.DEFAULT.heartbeatLimit(settings.heartbeatLimit());
        return settings.postgres().isPresent()
                ? onPostgres(settings.postgres().get(), options)
                : inDirectory(settings.directory().resolve("queue"), options);
    }

    private JobQueue inDirectory(Path directory, QueueOptions options) throws IOException {
        JobQueue queue = FileJobQueue.open(Files.createDirectories(directory), FileQueueOptions.DEFAULT.queue(options));
        toClose.push(queue::close);
        return queue;
    }

    private JobQueue onPostgres(String url, QueueOptions options) {
        if (!url.startsWith("jdbc:postgresql:")) {
            // It may have a password in it, so it is not shown.
            throw new IllegalArgumentException(
                    "--postgres wants jdbc:postgresql://host/database?user=me, not another kind of URL");
        }
        HikariDataSource connections = new HikariDataSource();
        toClose.push(connections::close);
        connections.setJdbcUrl(url);
        PostgresJobQueue.migrate(connections);
        JobQueue queue = PostgresJobQueue.create(connections, PostgresQueueOptions.DEFAULT.queue(options));
        toClose.push(queue::close);
        return queue;
    }

    /** The worker API, as {@link ServiceAddress} reads it. */
    String workerUrl() {
        return workerApi.url();
    }

    /** The compose API, with its base path. */
    String composeUrl() {
        return composeApi.url();
    }

    /** The listener for health and metrics. */
    Optional<String> operationsUrl() {
        return operations.map(OperationsServer::url);
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
