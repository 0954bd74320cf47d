package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.http.Exchange;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.fs.FileJobQueue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Artifacts on a durable queue, with restarts of the service in the middle of a job. */
class ArtifactsTest {
    private static final String GOOD = "{\"result\":{\"osbuild_output\":{\"success\":true}}}";

    @TempDir
    Path temporary;

    private Path artifacts;
    private JobQueue queue;
    private ComposerJobs jobs;
    private Service service;
    private JobId job;
    private Service.Run run;

    @BeforeEach
    void startAJob() throws Exception {
        artifacts = temporary.resolve("artifacts");
        start();
        take();
    }

    private void start() throws IOException {
        queue = FileJobQueue.open(temporary.resolve("queue"));
        jobs = new ComposerJobs(queue);
        service = new Service(queue, Service.options(artifacts));
    }

    private void take() throws Exception {
        job = jobs.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(RawJson.of("{}"), "disk.img", List.of())));
        run = service.take("osbuild");
    }

    @AfterEach
    void stop() {
        service.close();
        queue.close();
    }

    private void restart() throws IOException {
        stop();
        start();
        run = service.new Run(run.answer);
    }

    private JobToken token() {
        return JobToken.parse(run.location.substring("/jobs/".length()));
    }

    private String content(String name) throws IOException {
        return Files.readString(service.api.artifact(job, name).orElseThrow());
    }

    private Path directory() {
        return artifacts.resolve("tmp").resolve(token().reveal());
    }

    /** All files anywhere, but for the marks of the service. */
    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(temporary)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> temporary.relativize(file).toString())
                    .filter(file -> !file.startsWith("queue/") && !file.endsWith("/.job") && !file.endsWith(".lock"))
                    .toList();
        }
    }

    private static String refusal(Exchange exchange) {
        return exchange.status() + " " + exchange.error();
    }

    private static String refusal(WorkerError error) {
        return error.status() + " " + error.number();
    }

    @Test
    @DisplayName("S41: artifacts are the job's once it is finished, and nobody's before")
    void artifactsMoveWithTheFinish() throws Exception {
        assertThat(run.put("disk.img", "first").status()).isEqualTo(200);
        assertThat(run.put("disk.img", "second").status()).isEqualTo(200);
        assertThat(run.put("empty", "").status()).isEqualTo(200);
        assertThat(service.api.artifact(job, "disk.img")).isEmpty();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory())))
                .isEqualTo("rwx------");

        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(content("disk.img")).isEqualTo("second");
        assertThat(content("empty")).isEmpty();
        assertThat(service.api.artifact(job, ".job")).isEmpty();
        assertThat(service.api.artifact(job, "../" + job + "/disk.img")).isEmpty();
        assertThat(directory()).doesNotExist();
        assertThat(refusal(run.put("late", "late"))).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(files()).hasSize(2);
    }

    @Test
    @DisplayName("S41: a job that failed keeps its artifacts too")
    void artifactsOfAFailure() throws Exception {
        assertThat(run.put("log", "text").status()).isEqualTo(200);
        assertThat(run.patch("{\"result\":{\"job_error\":{\"id\":11,\"reason\":\"no\"}}}")
                        .status())
                .isEqualTo(200);
        assertThat(content("log")).isEqualTo("text");
    }

    @ParameterizedTest(name = "S41, W6: {0} is no name of an artifact")
    @ValueSource(
            strings = {
                "..%2Fout",
                "..%2f..%2f..%2fout",
                "a%2Fb",
                "%2Fetc%2Fout",
                "..%5Cout",
                "a%5Cb",
                ".hidden",
                ".job",
                "...",
                "a%00",
                "a%0Ab",
                "a%7Fb",
                "%C2%85",
                "%FF"
            })
    void badNames(String name) throws Exception {
        Exchange exchange = run.put(name, "bad");
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.error()).isIn(WorkerError.BAD_ARTIFACT_NAME.number(), WorkerError.BAD_REQUEST.number());
        assertThat(files()).isEmpty();
    }

    @Test
    @DisplayName("S41: a name has at most 200 bytes")
    void longNames() throws Exception {
        assertThat(run.put("x".repeat(200), "good").status()).isEqualTo(200);
        assertThat(refusal(run.put("x".repeat(201), "bad"))).isEqualTo(refusal(WorkerError.BAD_ARTIFACT_NAME));
        assertThat(refusal(run.put("%C3%BC".repeat(101), "bad"))).isEqualTo(refusal(WorkerError.BAD_ARTIFACT_NAME));
        assertThat(files()).hasSize(1);
    }

    @ParameterizedTest(name = "S41, W6: the path {0} leads nowhere")
    @ValueSource(strings = {"..", "../", "../../out", "%2e%2e", "%2e%2e/out", "a/b", ""})
    void badPaths(String path) throws Exception {
        assertThat(run.put(path, "bad").status()).isBetween(400, 499);
        assertThat(files()).isEmpty();
        assertThat(queue.status(job).state()).isEqualTo(JobState.RUNNING);
    }

    @ParameterizedTest(name = "S41: {0} is a name like any other")
    @ValueSource(strings = {"disk.img", "a%20b", "%C3%BC", "a..b", "-", "x:y", "%F0%9F%98%80", "a%25b", "a+b"})
    void goodNames(String name) throws Exception {
        assertThat(run.put(name, "good").status()).isEqualTo(200);
        assertThat(files()).hasSize(1);
    }

    @Test
    @DisplayName("S41, W6: an artifact that is too large is refused, and of it nothing is left")
    void tooLarge() throws Exception {
        assertThat(run.put("exact", "x".repeat(2_000)).status()).isEqualTo(200);
        Exchange larger = run.put("larger", "x".repeat(2_001));
        assertThat(refusal(larger)).isEqualTo(refusal(WorkerError.TOO_LARGE));
        assertThat(larger.json().path("details").stringValue()).contains("2001", "2000");
        assertThat(chunked("chunked", "x".repeat(2_001))).contains(" 413 ", "2001", "2000");
        assertThat(files()).hasSize(1);
    }

    @Test
    @DisplayName("S41, W6: the artifacts of a run have a limit in sum; a file that is replaced does not count")
    void tooLargeInSum() throws Exception {
        assertThat(run.put("a", "x".repeat(2_000)).status()).isEqualTo(200);
        assertThat(run.put("b", "x".repeat(2_000)).status()).isEqualTo(200);
        Exchange refused = run.put("c", "x".repeat(1_001));
        assertThat(refusal(refused)).isEqualTo(refusal(WorkerError.RUN_TOO_LARGE));
        assertThat(refused.json().path("details").stringValue()).contains("5001", "5000");
        assertThat(chunked("c", "x".repeat(1_001))).contains(" 413 ", "5001", "5000");
        assertThat(files()).hasSize(2);

        assertThat(run.put("c", "x".repeat(1_000)).status()).isEqualTo(200);
        assertThat(run.put("a", "y".repeat(2_000)).status()).isEqualTo(200);
        assertThat(refusal(run.put("d", "x"))).isEqualTo(refusal(WorkerError.RUN_TOO_LARGE));
        assertThat(run.put("a", "").status()).isEqualTo(200);
        assertThat(run.put("d", "x".repeat(2_000)).status()).isEqualTo(200);
        restart();
        assertThat(refusal(run.put("a", "x"))).isEqualTo(refusal(WorkerError.RUN_TOO_LARGE));
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(content("d")).hasSize(2_000);
    }

    @Test
    @DisplayName("S41, W6: a run has a limited number of artifacts, which another run does not share")
    void tooMany() throws Exception {
        for (String name : List.of("a", "b", "c", "d", "a")) {
            assertThat(run.put(name, name).status()).isEqualTo(200);
        }
        Exchange refused = run.put("e", "");
        assertThat(refusal(refused)).isEqualTo(refusal(WorkerError.TOO_MANY_ARTIFACTS));
        assertThat(refused.json().path("details").stringValue()).contains("5 ", " 4 ");
        assertThat(files()).hasSize(4);
        take();
        assertThat(run.put("e", "").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("S41, W6: uploads under way count with what they announce, and no more once they have broken off")
    void limitsWhileUploadsComeIn() throws Exception {
        assertThat(run.put("a", "x".repeat(2_000)).status()).isEqualTo(200);
        try (Socket one = announced("b", 1_000)) {
            assertThat(one.isConnected()).isTrue();
            try (Socket two = announced("c", 2_000)) {
                assertThat(two.isConnected()).isTrue();
                assertThat(refusal(run.put("d", "x"))).isEqualTo(refusal(WorkerError.RUN_TOO_LARGE));
                assertThat(run.put("d", "").status()).isEqualTo(200);
                assertThat(refusal(run.put("e", ""))).isEqualTo(refusal(WorkerError.TOO_MANY_ARTIFACTS));
            }
            awaitStored("e", "x".repeat(2_000));
            assertThat(refusal(run.put("d", "x"))).isEqualTo(refusal(WorkerError.RUN_TOO_LARGE));
        }
        awaitStored("d", "x".repeat(1_000));
    }

    /** Uploads until it is taken: the service may not have noticed yet that another upload has broken off. */
    private void awaitStored(String name, String content) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> run.put(name, content).status() == 200);
    }

    /** An upload that has announced its length, and is known to the service. */
    private Socket announced(String name, int length) throws IOException {
        int before = files().size();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port());
        String head = "PUT /api/worker/v1" + run.artifacts + name + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + length + "\r\n\r\nx";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        await().atMost(Duration.ofSeconds(20)).until(() -> files().size() == before + 1);
        return socket;
    }

    /** Without a length at its head. */
    private String chunked(String name, String content) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
            String head = "PUT /api/worker/v1" + run.artifacts + name
                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + "Transfer-Encoding: chunked\r\n\r\n";
            String chunk = Integer.toHexString(content.length()) + "\r\n" + content + "\r\n0\r\n\r\n";
            socket.getOutputStream().write((head + chunk).getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    @DisplayName("S41: of an upload that breaks off nothing is left")
    void brokenUpload() throws Exception {
        assertThat(run.put("whole", "whole").status()).isEqualTo(200);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
            String head = "PUT /api/worker/v1" + run.artifacts
                    + "broken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nonly this";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            await().atMost(Duration.ofSeconds(20)).until(() -> files().size() == 2);
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> files().size() == 1);
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(service.api.artifact(job, "broken")).isEmpty();
        assertThat(content("whole")).isEqualTo("whole");
    }

    @Test
    @DisplayName("S41, W6: only a running job takes artifacts")
    void unknownTokens() throws Exception {
        Exchange unknown = service.client.send(
                "PUT", "/jobs/" + UUID.randomUUID() + "/artifacts/a", "a", "Content-Type", "application/octet-stream");
        assertThat(refusal(unknown)).isEqualTo(refusal(WorkerError.NO_TOKEN));
        Exchange noToken =
                service.client.send("PUT", "/jobs/me/artifacts/a", "a", "Content-Type", "application/octet-stream");
        assertThat(refusal(noToken)).isEqualTo(refusal(WorkerError.BAD_JOB_ID));
        queue.cancel(job, "no");
        assertThat(refusal(run.put("a", "a"))).isEqualTo(refusal(WorkerError.NO_TOKEN));
        assertThat(files()).isEmpty();
    }

    @Test
    @DisplayName("S40: after a restart of the service a worker goes on with its token and its artifacts")
    void restartInTheMiddle() throws Exception {
        assertThat(run.put("before", "before").status()).isEqualTo(200);
        restart();
        assertThat(run.get().json().path("canceled").asBoolean(true)).isFalse();
        assertThat(run.put("after", "after").status()).isEqualTo(200);
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(content("before")).isEqualTo("before");
        assertThat(content("after")).isEqualTo("after");
        restart();
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(content("after")).isEqualTo("after");
    }

    @ParameterizedTest(name = "S41: after a crash between finish and move the artifacts reach their job, result {0}")
    @ValueSource(strings = {"{\"osbuild_output\":{\"success\":true}}", "{\"job_error\":{\"id\":11,\"reason\":\"no\"}}"})
    void crashAfterTheFinish(String result) throws Exception {
        assertThat(run.put("disk.img", "image").status()).isEqualTo(200);
        service.close();
        var unused = queue.finish(token(), JobTypes.outcome(queue.jobType(job), RawJson.of(result)));
        assertThat(directory()).exists();
        restart();
        assertThat(content("disk.img")).isEqualTo("image");
        assertThat(directory()).doesNotExist();
        assertThat(run.patch("{\"result\":" + result + "}").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("S41: a worker that reports again after such a crash brings the artifacts home too")
    void reportedAgainAfterTheFinish() throws Exception {
        assertThat(run.put("disk.img", "image").status()).isEqualTo(200);
        var unused = queue.finish(
                token(), JobTypes.outcome(queue.jobType(job), RawJson.of("{\"osbuild_output\":{\"success\":true}}")));
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(content("disk.img")).isEqualTo("image");
    }

    @Test
    @DisplayName("S41, W6: runs that were canceled or lost leave nothing; what crashed or belongs to no job is removed")
    void leftovers() throws Exception {
        assertThat(run.put("a", "a").status()).isEqualTo(200);
        queue.cancel(job, "no");
        JobId canceled = job;
        take();
        assertThat(run.put("b", "b").status()).isEqualTo(200);
        queue.running(token()).orElseThrow().release(Duration.ZERO);
        Service.Run second = service.take("osbuild");
        assertThat(second.put("c", "c").status()).isEqualTo(200);
        run = second;
        Path dead = artifacts.resolve("tmp/coming/2");
        Files.createFile(Files.createDirectories(dead.resolve(".scratch-1")).resolve("1.part"));
        Files.createFile(artifacts.resolve("tmp/coming/2.lock"));
        Files.createFile(
                Files.createDirectories(artifacts.resolve(UUID.randomUUID().toString()))
                        .resolve("d"));
        Files.createFile(artifacts.resolve("README"));
        assertThat(files()).hasSize(6);

        restart();
        assertThat(files()).containsExactlyInAnyOrder("artifacts/tmp/" + token().reveal() + "/c", "artifacts/README");
        assertThat(dead).doesNotExist();
        assertThat(service.api.artifact(canceled, "a")).isEmpty();
        assertThat(run.patch(GOOD).status()).isEqualTo(200);
        assertThat(content("c")).isEqualTo("c");
    }

    @Test
    @DisplayName("S41: a sweep removes what runs leave that end outside of this API")
    void sweep() throws Exception {
        service.close();
        service = new Service(queue, Service.options(artifacts).sweepInterval(Duration.ofMillis(5)));
        run = service.new Run(run.answer);
        assertThat(run.put("a", "a").status()).isEqualTo(200);
        queue.cancel(job, "no");
        await().atMost(Duration.ofSeconds(20)).until(() -> !Files.exists(directory()));
    }
}
