package dev.jobqueue.examples.composer.crash;

import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.ApiClient;
import dev.jobqueue.examples.composer.http.OpenApi;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Service and worker, each a program of its own, over one directory. */
final class TwoPrograms {
    private static final OpenApi OPEN_API = OpenApi.read(ComposeApi.class, "openapi.yaml");

    /** Long enough for a busy machine; a worker that was killed costs a test this time. */
    private static final String HEARTBEAT_LIMIT = "PT3S";

    private final Path directory;
    private final Path first;
    private final List<String> everywhere;
    private List<String> listen = List.of();
    private String sweepInterval = "PT0.2S";
    private Program service;
    private Program worker;
    private String workerUrl = "";
    private String composeUrl = "";

    /**
     * None is started.
     *
     * @param first what comes before the rest of their PATH
     * @param everywhere options of both
     */
    TwoPrograms(Path directory, Path first, String... everywhere) {
        this.directory = directory;
        this.first = first;
        this.everywhere = List.of(everywhere);
    }

    private Program program(List<String> arguments) throws IOException {
        List<String> all = new ArrayList<>(everywhere);
        all.addAll(arguments);
        return new Program(directory, first, all);
    }

    /** Starts a service that workers find on any free port, or where these options say. */
    void startService(String... options) throws IOException {
        listen = options.length == 0 ? List.of("--worker-port", "0") : List.of(options);
        startService("0");
    }

    private void startService(String composePort) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("service", "--compose-port", composePort));
        arguments.addAll(List.of("--heartbeat-limit", HEARTBEAT_LIMIT, "--sweep-interval", sweepInterval));
        arguments.addAll(listen);
        service = program(arguments);
        workerUrl = service.await(Pattern.compile("worker API (\\S+)\\R"));
        composeUrl = service.await(Pattern.compile("compose API (\\S+)\\R"));
    }

    void startWorker(String... options) throws IOException {
        startWorkerFor(workerUrl, options);
    }

    /** Starts a worker that goes elsewhere for the service. */
    void startWorkerFor(String url, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("worker", "--service", url, "--poll-interval", "PT0.2S"));
        arguments.addAll(List.of(options));
        worker = program(arguments);
    }

    void killService() throws InterruptedException {
        service.kill();
    }

    void killWorker() throws InterruptedException {
        worker.kill();
    }

    /** From its next start on the service looks this often for runs that are over. */
    void sweepInterval(String newInterval) {
        sweepInterval = newInterval;
    }

    /** Starts the service where it was. */
    void restartService() throws IOException {
        if (!workerUrl.startsWith("unix:")) {
            listen = List.of("--worker-port", String.valueOf(workerPort()));
        }
        startService(String.valueOf(URI.create(composeUrl).getPort()));
    }

    int workerPort() {
        return URI.create(workerUrl).getPort();
    }

    ApiClient client() {
        return new ApiClient(composeUrl, OPEN_API);
    }

    /** What the worker has said. */
    String said() {
        return worker.output();
    }

    void stop() throws InterruptedException {
        if (worker != null) {
            worker.stop();
        }
        if (service != null) {
            service.stop();
        }
    }
}
