package dev.jobqueue.examples.composer.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.examples.composer.build.Manifests;
import dev.jobqueue.examples.composer.build.SmallBuilder;
import dev.jobqueue.examples.composer.http.Access;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.TestAuthority;
import dev.jobqueue.examples.composer.http.TestIssuer;
import dev.jobqueue.examples.composer.http.Tls;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.koji.XmlRpcHub;
import dev.jobqueue.examples.composer.tls.Trust;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import dev.jobqueue.examples.composer.workerapi.WorkerApiOptions;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker of a service that wants to know its callers (3.6). */
class WorkerLoginTest {
    private static final Machine MACHINE = new Machine("x86_64", "Debian");
    private static final Duration LONG = Duration.ofSeconds(30);

    private final JobQueue queue = JobQueue.on(new InMemoryJobStore());

    @TempDir
    Path directory;

    private TestAuthority authority;
    private TestIssuer issuer;

    @BeforeEach
    void prepare() {
        authority = new TestAuthority(directory);
        issuer = new TestIssuer(directory.resolve("keys.jwks"));
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private WorkerApi start(Access access, boolean clients) throws IOException {
        Tls tls = new Tls(
                authority.identity("CN=service", "localhost"),
                clients ? Optional.of(authority.trust()) : Optional.empty());
        return WorkerApi.start(
                queue,
                WorkerApiOptions.of(0, directory.resolve("artifacts"))
                        .server(ApiServerOptions.loopback(0, "/api/worker/v1")
                                .access(access)
                                .tls(tls)));
    }

    private Worker worker(WorkerApi api, ServiceLogin login) {
        return new Worker(
                Worker.Settings.of(List.of(ServiceAddress.parse(api.url())), directory.resolve("work"), MACHINE)
                        .pollInterval(Duration.ofMillis(20))
                        .statusInterval(Duration.ofMillis(20))
                        .lastRetry(Duration.ofMillis(100))
                        .login(login),
                new Steps(
                        new SmallBuilder(),
                        server -> new XmlRpcHub(server, Duration.ofSeconds(10)),
                        MACHINE,
                        Clock.systemUTC()));
    }

    private JobId enqueue() {
        return new ComposerJobs(queue)
                .enqueue(ComposerJobs.osbuild(
                                MACHINE.arch(), OsbuildArgs.of(Manifests.image(), "image.tar", List.of("archive")))
                        .channel("org-seven"));
    }

    private void assertBuilds() throws InterruptedException {
        JobId id = enqueue();
        queue.await(id, LONG);
        assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED);
    }

    private ServiceLogin login(TokenSource tokens) {
        return new ServiceLogin(Optional.of(authority.trust()), Optional.empty(), Optional.of(tokens));
    }

    @Test
    @DisplayName("S39: a worker with a certificate works for its tenant, over TLS")
    void certificate() throws Exception {
        try (WorkerApi api = start(new Access.Certificates(Set.of("builder"), Optional.of("O")), true)) {
            Worker worker = worker(
                    api,
                    new ServiceLogin(
                            Optional.of(authority.trust()),
                            Optional.of(authority.identity("CN=builder, O=seven", "")),
                            Optional.empty()));
            worker.start();
            assertBuilds();
            worker.stop(LONG);
        }
    }

    @Test
    @DisplayName("A token in a file is read again when the service does not take it any more")
    void tokenInAFile() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), issuer.token("seven") + "\n");
        try (WorkerApi api = start(issuer.access(), false)) {
            Worker worker = worker(api, login(new TokenSource.InFile(file)));
            worker.start();
            assertBuilds();
            // The token in the file is not taken now, nor is any other one until there is a new file.
            issuer.rotate("second");
            JobId waiting = enqueue();
            Path next = Files.writeString(directory.resolve("next"), issuer.token("seven"));
            Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
            queue.await(waiting, LONG);
            assertThat(queue.status(waiting).state()).isEqualTo(JobState.SUCCEEDED);
            assertBuilds();
            worker.stop(LONG);
        }
    }

    /** A token endpoint; notes what it was asked. */
    private static HttpServer endpoint(List<String> asked, Supplier<String> tokens) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + read(exchange) + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] answer = ComposerJson.MAPPER.writeValueAsBytes(
                    Map.of("access_token", tokens.get(), "token_type", "Bearer", "expires_in", 60));
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String read(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("A worker with client credentials gets a token, and a new one when that is not taken any more")
    void clientCredentials() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer endpoint = endpoint(asked, () -> issuer.token("seven"));
        Path secret = Files.writeString(directory.resolve("secret"), "s:e c\n");
        URI url = URI.create("http://127.0.0.1:" + endpoint.getAddress().getPort() + "/token");
        try (WorkerApi api = start(issuer.access(), false)) {
            Worker worker = worker(api, login(new TokenSource.ClientCredentials(url, "me", secret)));
            worker.start();
            assertBuilds();
            assertThat(asked)
                    .containsExactly("POST grant_type=client_credentials Basic "
                            + Base64.getEncoder().encodeToString("me:s%3Ae+c".getBytes(StandardCharsets.UTF_8)));
            issuer.rotate("second");
            assertBuilds();
            assertBuilds();
            assertThat(asked).as("one new token, for all requests").hasSize(2);
            worker.stop(LONG);
        } finally {
            endpoint.stop(0);
        }
    }

    @Test
    @DisplayName("A worker that the service has forgotten registers again, and goes on with the job that it runs")
    void registersAgain() throws Exception {
        Path workers = directory.resolve("artifacts/workers");
        Path token = Files.writeString(directory.resolve("token"), issuer.token("seven"));
        try (WorkerApi api = start(issuer.access(), false)) {
            Worker worker = worker(api, login(new TokenSource.InFile(token)));
            worker.start();
            assertBuilds();
            List<Path> before = list(workers);
            assertThat(before).hasSize(1);
            Files.delete(before.get(0));
            assertBuilds();
            Awaitility.await().until(() -> list(workers).size() == 1);
            assertThat(list(workers)).doesNotContainAnyElementsOf(before);
            worker.stop(LONG);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".json")).toList();
        }
    }

    @Test
    @DisplayName("Files of a login that cannot be read keep the worker from starting, and are named")
    void badFiles() throws Exception {
        try (WorkerApi api = start(issuer.access(), false)) {
            Path rubbish = Files.writeString(directory.resolve("rubbish"), "no certificate");
            Worker worker =
                    worker(api, new ServiceLogin(Optional.of(new Trust(rubbish)), Optional.empty(), Optional.empty()));
            assertThatIOException().isThrownBy(worker::start).withMessageContaining(rubbish.toString());
            worker.stop(Duration.ZERO);
        }
    }
}
