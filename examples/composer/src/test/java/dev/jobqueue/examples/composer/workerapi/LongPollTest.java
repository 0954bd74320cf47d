package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that wait for a job without limit. */
class LongPollTest {
    private static final String BODY = "{\"types\":[\"koji-init\"],\"arch\":\"x86_64\"}";

    @TempDir
    Path temporary;

    private final ClaimHook store = new ClaimHook(new InMemoryJobStore());
    private final JobQueue queue = JobQueue.on(store);
    private final ComposerJobs jobs = new ComposerJobs(queue);
    private Service service;

    @BeforeEach
    void start() throws IOException {
        service = new Service(queue, Service.options(temporary).requestTimeout(Duration.ZERO));
    }

    @AfterEach
    void stop() {
        service.close();
        queue.close();
    }

    private JobId enqueue() {
        return jobs.enqueue(ComposerJobs.kojiInit(new KojiInitArgs("s", "n", "v", "r")));
    }

    private void awaitWaiting(int clients) {
        await().atMost(Duration.ofSeconds(20)).until(() -> service.api.waiting() == clients);
    }

    /** A client that has sent its request and can be made to vanish. */
    private Socket waitingClient() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port());
        String request = "POST /api/worker/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + BODY.length() + "\r\n\r\n" + BODY;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    @DisplayName("S10: without a limit a worker waits until there is a job, and others are answered meanwhile")
    void waitsForAJob() throws Exception {
        List<CompletableFuture<Exchange>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(service.client.start("POST", "/jobs", BODY));
        }
        awaitWaiting(20);
        assertThat(service.client.get("/status").status()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(enqueue().toString());
        }
        List<String> given = new ArrayList<>();
        for (CompletableFuture<Exchange> answer : waiting) {
            given.add(answer.join().json().path("id").stringValue());
        }
        assertThat(given).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    @DisplayName("S11: a client that goes away while it waits takes no job with it")
    void clientLeaves() throws Exception {
        Socket socket = waitingClient();
        awaitWaiting(1);
        socket.close();
        awaitWaiting(0);
        JobId id = enqueue();
        assertThat(queue.status(id).state()).isEqualTo(JobState.READY);
        assertThat(service.take("koji-init").answer.json().path("id").stringValue())
                .isEqualTo(id.toString());
        assertThat(queue.status(id).attempts()).hasSize(1);
    }

    @Test
    @DisplayName("S11: a client that goes away hard, with a reset, takes no job with it")
    void clientIsReset() throws Exception {
        try (Socket socket = waitingClient()) {
            awaitWaiting(1);
            socket.setSoLinger(true, 0);
        }
        awaitWaiting(0);
        JobId id = enqueue();
        assertThat(queue.status(id).state()).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName(
            "S11, W1: a job that was dequeued for a client that has left meanwhile goes back to the queue, and nothing is counted against it")
    void clientLeavesAsItsJobComes() throws Exception {
        try (Socket socket = waitingClient()) {
            awaitWaiting(1);
            store.afterNextClaim = () -> {
                close(socket);
                await().atMost(Duration.ofSeconds(20)).until(() -> service.api.left() == 1);
            };
            JobId id = enqueue();
            awaitWaiting(0);
            await().atMost(Duration.ofSeconds(20)).until(() -> queue.status(id).state() == JobState.READY);
            JobStatus<RawJson> status = queue.status(id);
            assertThat(status.attempts()).extracting(Attempt::end).containsExactly(Optional.of(Attempt.End.RELEASED));
            assertThat(status.recoveries() + status.failures()).isZero();
        }
        assertThat(service.take("koji-init").answer.status()).isEqualTo(201);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Does something when jobs have been claimed and their waiters do not know yet. */
    private static final class ClaimHook extends DelegatingJobStore {
        private volatile Runnable afterNextClaim = () -> {};

        ClaimHook(JobStore delegate) {
            super(delegate);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            if (!claimed.jobs().isEmpty()) {
                Runnable hook = afterNextClaim;
                afterNextClaim = () -> {};
                hook.run();
            }
            return claimed;
        }
    }

    @Test
    @DisplayName(
            "S10: so many may wait and no more; the next one is told the limit, and may wait when somebody has gone")
    void tooManyWait() throws Exception {
        service.close();
        service = new Service(
                queue, Service.options(temporary).requestTimeout(Duration.ZERO).limits(Service.LIMITS.maxWaiting(2)));
        Socket first = waitingClient();
        CompletableFuture<Exchange> second = service.client.start("POST", "/jobs", BODY);
        awaitWaiting(2);
        Exchange refused = service.client.send("POST", "/jobs", BODY);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.error()).isEqualTo(WorkerError.TOO_MANY_WAITING.number());
        assertThat(refused.json().path("details").stringValue()).contains("3 ", " 2 ");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(service.api.waiting()).isEqualTo(2);

        first.close();
        awaitWaiting(1);
        CompletableFuture<Exchange> third = service.client.start("POST", "/jobs", BODY);
        awaitWaiting(2);
        List<String> ids = List.of(enqueue().toString(), enqueue().toString());
        List<String> given = new ArrayList<>();
        for (CompletableFuture<Exchange> answer : List.of(second, third)) {
            given.add(answer.join().json().path("id").stringValue());
        }
        assertThat(given).containsExactlyInAnyOrderElementsOf(ids);
        awaitWaiting(0);
    }

    @Test
    @DisplayName("S10, S21, W10: workers that wait take no thread each, and a stop sends all of them away at once")
    void waitingTakesNoThread() throws Exception {
        service.close();
        int clients = 300;
        service = new Service(
                queue,
                Service.options(temporary).requestTimeout(Duration.ZERO).limits(Service.LIMITS.maxWaiting(clients)));
        int threads = Thread.getAllStackTraces().size();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            sockets.add(waitingClient());
        }
        awaitWaiting(clients);
        // Jetty has up to 200 for requests; they come and go.
        await().atMost(Duration.ofMinutes(2))
                .until(() -> Thread.getAllStackTraces().size() - threads < clients / 3);
        service.close();
        for (Socket socket : sockets) {
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 204 ");
            socket.close();
        }
    }

    @Test
    @DisplayName("S21, W10: a stop sends waiting workers away with 204, loses no job, and may be repeated")
    void stopSendsAway() throws Exception {
        List<CompletableFuture<Exchange>> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(service.client.start("POST", "/jobs", BODY));
        }
        awaitWaiting(5);
        service.close();
        service.close();
        for (CompletableFuture<Exchange> answer : waiting) {
            assertThat(answer.join().status()).isEqualTo(204);
        }
        assertThat(queue.status(enqueue()).state()).isEqualTo(JobState.READY);
    }
}
