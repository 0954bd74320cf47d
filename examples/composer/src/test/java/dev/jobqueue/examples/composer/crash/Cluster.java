package dev.jobqueue.examples.composer.crash;

import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.OpenApi;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Services over one database and one folder of artifacts, and workers that know all of them; each a program of its own. */
final class Cluster {
    private static final OpenApi OPEN_API = OpenApi.read(ComposeApi.class, "openapi.yaml");

    private final Path directory;
    private final String database;
    private final List<Service> services = new ArrayList<>();
    private final List<Program> workers = new ArrayList<>();

    /** A program that keeps its ports when it is started again. */
    private final class Service {
        private Program program;
        private String workerUrl;
        private String composeUrl;
        private boolean alive = true;

        Service() throws IOException {
            start("0", "0");
        }

        private void start(String workerPort, String composePort) throws IOException {
            program = program(
                    "--postgres",
                    database,
                    "service",
                    "--worker-port",
                    workerPort,
                    "--compose-port",
                    composePort,
                    "--heartbeat-limit",
                    "PT3S",
                    "--sweep-interval",
                    "PT0.2S");
            workerUrl = program.await(Pattern.compile("worker API (\\S+)\\R"));
            composeUrl = program.await(Pattern.compile("compose API (\\S+)\\R"));
        }

        void kill() throws InterruptedException {
            program.kill();
            alive = false;
        }

        void restart() throws IOException {
            start(port(workerUrl), port(composeUrl));
            alive = true;
        }
    }

    Cluster(Path directory, String database, int services, int workers) throws IOException {
        this.directory = directory;
        this.database = database;
        for (int i = 0; i < services; i++) {
            this.services.add(new Service());
        }
        for (int i = 0; i < workers; i++) {
            this.workers.add(worker(i));
        }
    }

    private static String port(String url) {
        return String.valueOf(URI.create(url).getPort());
    }

    private Program program(String... arguments) throws IOException {
        return new Program(directory, directory, List.of(arguments));
    }

    /** Each begins with another service. */
    private Program worker(int number) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("worker", "--poll-interval", "PT0.2S"));
        for (int i = 0; i < services.size(); i++) {
            arguments.add("--service");
            arguments.add(services.get((number + i) % services.size()).workerUrl);
        }
        return program(arguments.toArray(String[]::new));
    }

    /** Of the first service that lives. */
    ApiClient client() {
        Service living =
                services.stream().filter(service -> service.alive).findFirst().orElseThrow();
        return new ApiClient(living.composeUrl, OPEN_API);
    }

    void killService(int number) throws InterruptedException {
        services.get(number).kill();
    }

    void restartService(int number) throws IOException {
        services.get(number).restart();
    }

    void killWorker(int number) throws InterruptedException {
        workers.get(number).kill();
    }

    void restartWorker(int number) throws IOException {
        workers.set(number, worker(number));
    }

    /** A file that a worker has brought. */
    byte[] artifact(String job, String name) throws IOException {
        return Files.readAllBytes(directory.resolve("artifacts").resolve(job).resolve(name));
    }

    /** What the workers have said. */
    String said() {
        return workers.stream().map(Program::output).collect(Collectors.joining());
    }

    void stop() throws InterruptedException {
        for (Program worker : workers) {
            worker.stop();
        }
        for (Service service : services) {
            service.program.stop();
        }
    }
}
