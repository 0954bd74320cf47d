package dev.jobqueue.examples.composer;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.examples.composer.build.SmallBuilder;
import dev.jobqueue.examples.composer.http.ListenAddress;
import dev.jobqueue.examples.composer.koji.KojiLogin;
import dev.jobqueue.examples.composer.logs.LogFormat;
import dev.jobqueue.examples.composer.statuspage.StatusPage;
import dev.jobqueue.examples.composer.worker.Machine;
import dev.jobqueue.examples.composer.worker.Worker;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program: without a command a service and a worker that build two small images. */
@Command(
        name = "composer",
        subcommands = ComposeCommand.class,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description = {
            "Builds images: a service, and workers that ask it for jobs over HTTP.",
            "Without a command: starts both, builds a tar archive and an ext4 file system through the compose API, and stops.",
            "Exit code: 0 if everything was built, 1 if not, 2 if the program could not do its work."
        })
public final class Composer implements Callable<Integer> {
    private static final Duration DRAIN = Duration.ofMinutes(1);

    private static final List<Demo.Image> IMAGES =
            List.of(new Demo.Image("archive", "image.tar"), new Demo.Image("disk", "image.ext4"));

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            defaultValue = "target/composer",
            scope = ScopeType.INHERIT,
            description = "Where the queue, the artifacts and the files of running jobs are. Default: ${DEFAULT-VALUE}")
    private Path directory = Path.of("");

    @Option(
            names = "--postgres",
            paramLabel = "JDBC-URL",
            scope = ScopeType.INHERIT,
            description = "Keep the queue on a PostgreSQL server, in schema jobqueue, in place of a directory.")
    private @Nullable String postgres;

    @Option(
            names = "--log",
            paramLabel = "text|json",
            defaultValue = "text",
            scope = ScopeType.INHERIT,
            description = "How the log is written on the standard error. Default: ${DEFAULT-VALUE}")
    private LogFormat log = LogFormat.TEXT;

    /** Runs the program. */
    public static void main(String... args) {
        System.exit(program().execute(args));
    }

    /** The command line of the program. */
    public static CommandLine program() {
        Composer composer = new Composer();
        return new CommandLine(composer)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new Failures())
                .setExecutionExceptionHandler(new Failures())
                .setExitCodeExceptionMapper(e -> Failures.EXIT_CODE)
                .setExecutionStrategy(parsed -> {
                    composer.log.use();
                    return new CommandLine.RunLast().execute(parsed);
                });
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = out();
        Files.createDirectories(directory);
        // Relative if the directory is: the path of a socket must be short.
        Path socket = directory.resolve("worker.socket");
        try (Service service =
                new Service(settings().worker(worker -> worker.address(new ListenAddress.Socket(socket))))) {
            Worker worker = WorkerProgram.worker(service.workerUrl(), directory, new SmallBuilder(), Machine.here());
            worker.start();
            try {
                Demo demo = new Demo(service.composeUrl(), out);
                boolean all = true;
                for (Demo.Image image : IMAGES) {
                    Demo.Built built = demo.build(Machine.here().arch(), image);
                    all &= built.success();
                    service.artifact(JobId.parse(built.id()), image.file())
                            .ifPresent(file -> out.println("  " + file.toAbsolutePath()));
                }
                return all ? 0 : 1;
            } finally {
                worker.stop(DRAIN);
            }
        }
    }

    private PrintWriter out() {
        return requireNonNull(spec).commandLine().getOut();
    }

    private Service.Settings settings() {
        return Service.Settings.of(directory, Optional.ofNullable(postgres));
    }

    @Command(
            name = "service",
            description = "Runs the service until it is told to stop.",
            mixinStandardHelpOptions = true)
    int runService(
            @Option(names = "--worker-port", defaultValue = "8700", description = "Default: ${DEFAULT-VALUE}")
                    int workerPort,
            @Option(
                            names = "--worker-socket",
                            paramLabel = "PATH",
                            description = {
                                "Listen for workers on a Unix domain socket, which only this user can open,",
                                "in place of the port."
                            })
                    @Nullable
                    Path workerSocket,
            @Option(names = "--compose-port", defaultValue = "8701", description = "Default: ${DEFAULT-VALUE}")
                    int composePort,
            @Option(
                            names = "--heartbeat-limit",
                            paramLabel = "DURATION",
                            defaultValue = "PT2M",
                            description = {
                                "How long a worker may be silent before its job is given to another one, in ISO 8601.",
                                "Default: ${DEFAULT-VALUE}"
                            })
                    Duration heartbeatLimit,
            @Option(
                            names = "--sweep-interval",
                            paramLabel = "DURATION",
                            defaultValue = "PT30S",
                            description = {
                                "How often silent workers, and files of runs that are over, are looked for, in ISO 8601.",
                                "Default: ${DEFAULT-VALUE}"
                            })
                    Duration sweepInterval,
            @Option(
                            names = "--request-timeout",
                            paramLabel = "DURATION",
                            defaultValue = "PT0S",
                            description = {
                                "How long a worker's request for a job waits, in ISO 8601; 0 is for ever.",
                                "Default: ${DEFAULT-VALUE}"
                            })
                    Duration requestTimeout,
            @Option(
                            names = "--operations-port",
                            paramLabel = "PORT",
                            description =
                                    "Answer GET /health/live, /health/ready and /metrics on this port of the loopback.")
                    @Nullable
                    Integer operationsPort,
            @Option(
                            names = "--retention",
                            paramLabel = "DURATION",
                            description = {
                                "How long ended composes and their artifacts are kept, in ISO 8601.",
                                "Default: for ever"
                            })
                    @Nullable
                    Duration retention,
            @Option(
                            names = "--worker-timeout",
                            paramLabel = "DURATION",
                            defaultValue = "PT1H",
                            description = {
                                "How long a worker that has registered may be silent before it is forgotten, in ISO 8601.",
                                "Default: ${DEFAULT-VALUE}"
                            })
                    Duration workerTimeout,
            @Mixin ListenerOptions listeners)
            throws IOException, InterruptedException {
        Service.Settings settings = settings()
                .worker(worker -> workerSocket == null
                        ? listeners.apply(worker, workerPort)
                        : worker.address(new ListenAddress.Socket(workerSocket)))
                .compose(compose -> listeners.apply(compose, composePort))
                .heartbeatLimit(heartbeatLimit)
                .sweepInterval(sweepInterval)
                .requestTimeout(requestTimeout)
                .workerTimeout(workerTimeout);
        if (operationsPort != null) {
            settings = settings.operationsPort(operationsPort);
        }
        if (retention != null) {
            settings = settings.retention(retention);
        }
        try (Service service = new Service(settings)) {
            out().println("worker API " + service.workerUrl());
            out().println("compose API " + service.composeUrl());
            out().println("status page " + URI.create(service.composeUrl()).resolve(StatusPage.PATH));
            service.operationsUrl().ifPresent(url -> out().println("operations " + url));
            untilToldToStop(service::close);
        }
        return 0;
    }

    @Command(
            name = "worker",
            description = "Runs a worker until it is told to stop; the job that runs then is done first.",
            mixinStandardHelpOptions = true)
    int runWorker(
            @Option(
                            names = "--service",
                            paramLabel = "URL",
                            defaultValue = "http://127.0.0.1:8700/api/worker/v1",
                            description = {
                                "The worker API, or unix:PATH for one on a Unix domain socket. Several times for",
                                "services over one queue: the next one is asked when one does not answer.",
                                "Default: ${DEFAULT-VALUE}"
                            })
                    List<String> services,
            @Option(
                            names = "--poll-interval",
                            paramLabel = "DURATION",
                            defaultValue = "PT15S",
                            description = {
                                "How often a running job is polled for, which is its heartbeat, in ISO 8601.",
                                "Default: ${DEFAULT-VALUE}"
                            })
                    Duration pollInterval,
            @Option(
                            names = "--koji-logins",
                            paramLabel = "FILE",
                            defaultValue = "${env:COMPOSER_KOJI_LOGINS}",
                            description = {
                                "Users and passwords for koji hubs, a file of mode 600:",
                                "[{\"server\": URL, \"user\": NAME, \"password\": TEXT}, ...].",
                                "Default: the file that COMPOSER_KOJI_LOGINS names."
                            })
                    @Nullable
                    Path kojiLogins,
            @Mixin LoginOptions login)
            throws IOException, InterruptedException {
        Map<URI, KojiLogin> logins = kojiLogins == null ? Map.of() : KojiLogin.read(kojiLogins);
        Worker worker = WorkerProgram.worker(services, login.login(), directory, pollInterval, logins);
        worker.start();
        out().println("working for " + String.join(" ", services));
        untilToldToStop(() -> {
            try {
                worker.stop(DRAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return 0;
    }

    /** Waits for SIGTERM or SIGINT; the JVM ends when this work is done. */
    private static void untilToldToStop(Runnable stop) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
        new CountDownLatch(1).await();
    }
}
