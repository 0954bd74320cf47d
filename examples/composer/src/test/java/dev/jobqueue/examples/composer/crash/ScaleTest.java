package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.postgres.PostgresJobQueue;
import dev.jobqueue.postgres.server.LocalServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * One service, a program of its own, with its queue on a server; many workers that wait for a job, report a result at once and wait again; and composes that come at a steady pace.
 *
 * <p>{@code -Dcomposer.workers=N -Dcomposer.composes=N -Dcomposer.rate=N} set how many there are, and how many composes come each second; a few otherwise.
 */
class ScaleTest {
    private static final int WORKERS = Integer.getInteger("composer.workers", 400);
    private static final int COMPOSES = Integer.getInteger("composer.composes", 100);
    private static final int RATE = Integer.getInteger("composer.rate", 50);
    private static final Pattern WAITING = Pattern.compile("(?m)^composer_requests_waiting (\\S+)$");
    private static final String REQUEST = "{\"types\":[\"osbuild\"],\"arch\":\"x86_64\"}";
    private static final String RESULT = "{\"result\":{\"osbuild_output\":{\"success\":true}}}";
    private static final String COMPOSE =
            "{\"image_requests\":[{\"architecture\":\"x86_64\",\"image_type\":\"tar\",\"manifest\":{}}]}";

    @TempDir
    Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<JobId, Instant> given = new ConcurrentHashMap<>();
    private final List<JobId> asked = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger reported = new AtomicInteger();
    private volatile boolean stopping;
    private String workerUrl = "";

    private void send(String method, String url, String body, int expected, Consumer<HttpResponse<byte[]>> then) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .method(method, BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build();
        var unused = http.sendAsync(request, BodyHandlers.ofByteArray()).whenComplete((answer, failure) -> {
            if (failure == null && answer.statusCode() == expected) {
                then.accept(answer);
            } else if (!stopping) {
                failures.add(method + " " + url + ": " + (failure == null ? answer.statusCode() : failure));
            }
        });
    }

    private static String text(HttpResponse<byte[]> answer, String field) {
        JsonNode json = ComposerJson.MAPPER.readTree(answer.body());
        return json.path(field).stringValue();
    }

    /** Waits for a job, reports it, and does so again. */
    private void work() {
        if (stopping) {
            return;
        }
        send("POST", workerUrl + "/jobs", REQUEST, 201, answer -> {
            Instant now = Instant.now();
            given.put(JobId.parse(text(answer, "id")), now);
            String location =
                    URI.create(workerUrl).resolve(text(answer, "location")).toString();
            send("PATCH", location, RESULT, 200, done -> {
                reported.incrementAndGet();
                work();
            });
        });
    }

    @Test
    @DisplayName(
            "S10: many workers wait with few threads and connections, and composes at a steady pace are served at once")
    void steadyPace() throws Exception {
        assumeThat(Path.of("/proc/self/task"))
                .as("this machine does not show the threads of a program")
                .isDirectory();
        try (LocalServer server = LocalServer.start()) {
            Program service = new Program(
                    directory,
                    directory,
                    List.of(
                            "--postgres",
                            server.url(),
                            "service",
                            "--worker-port",
                            "0",
                            "--compose-port",
                            "0",
                            "--operations-port",
                            "0"));
            try {
                run(server, service);
            } finally {
                stopping = true;
                service.stop();
            }
        }
    }

    private void run(LocalServer server, Program service) throws Exception {
        workerUrl = service.await(Pattern.compile("worker API (\\S+)\\R"));
        String composeUrl = service.await(Pattern.compile("compose API (\\S+)\\R"));
        URI metrics = URI.create(service.await(Pattern.compile("operations (\\S+)\\R")) + "/metrics");
        for (int i = 0; i < WORKERS; i++) {
            work();
        }
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> waiting(metrics) == WORKERS || !failures.isEmpty());
        assertThat(failures).as(service::output).isEmpty();
        int threads = threads(service);

        ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        AtomicInteger begun = new AtomicInteger();
        var unused = pace.scheduleAtFixedRate(
                () -> {
                    if (begun.getAndIncrement() < COMPOSES) {
                        send(
                                "POST",
                                composeUrl + "/compose",
                                COMPOSE,
                                201,
                                answer -> asked.add(JobId.parse(text(answer, "id"))));
                    }
                },
                0,
                TimeUnit.SECONDS.toNanos(1) / RATE,
                TimeUnit.NANOSECONDS);
        Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> reported.get() >= COMPOSES || !failures.isEmpty());
        pace.shutdownNow();
        int sessions = sessions(server);
        assertThat(failures).as(service::output).isEmpty();
        assertThat(given.keySet()).containsExactlyInAnyOrderElementsOf(asked);

        List<Long> waits = waits(server);
        System.out.printf(
                "%d workers, %d composes at %d a second: a claim took %d ms (median), %d ms (p99), %d ms (most);"
                        + " the service had %d threads with all workers waiting, and %d sessions of the database%n",
                WORKERS,
                COMPOSES,
                RATE,
                waits.get(waits.size() / 2),
                waits.get((int) Math.ceil(waits.size() * 0.99) - 1),
                waits.get(waits.size() - 1),
                threads,
                sessions);
        // Two listeners have up to 200 for requests, which come and go.
        assertThat(threads).as("threads of the service").isLessThan(WORKERS);
        assertThat(sessions).as("sessions of the database").isLessThanOrEqualTo(11);
    }

    /** From the time when a job became ready, by the database's clock, until its worker had all of the answer; in milliseconds, sorted. */
    private List<Long> waits(LocalServer server) {
        try (HikariDataSource database = new HikariDataSource(config(server));
                JobQueue queue = PostgresJobQueue.create(database)) {
            List<Long> waits = new ArrayList<>();
            given.forEach((id, answered) -> {
                JobStatus<RawJson> status = queue.status(id);
                assertThat(status.state()).isEqualTo(JobState.SUCCEEDED);
                assertThat(status.attempts()).hasSize(1);
                waits.add(Duration.between(status.times().ready().orElseThrow(), answered)
                        .toMillis());
            });
            return waits.stream().sorted().toList();
        }
    }

    private static HikariConfig config(LocalServer server) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(server.url());
        return config;
    }

    private int waiting(URI metrics) throws Exception {
        String text = http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                .body();
        Matcher waiting = WAITING.matcher(text);
        return waiting.find() ? (int) Double.parseDouble(waiting.group(1)) : 0;
    }

    private static int threads(Program service) throws IOException {
        int count = 0;
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(service.pid()), "task"))) {
            for (Path unused : threads) {
                count++;
            }
        }
        return count;
    }

    private static int sessions(LocalServer server) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.url());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
