package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import io.javalin.Javalin;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;

/** The page on a listener of its own, for callers who name their channel; and what users and workers do. Samples of the queue are taken by the test. */
final class Site implements AutoCloseable {
    static final Set<String> ARCHITECTURES = Set.of("x86_64", "aarch64");
    static final RawJson MANIFEST =
            RawJson.of("{\"version\":\"2\",\"pipelines\":[{\"name\":\"build\"},{\"name\":\"os\"}]}");
    static final String BUILT = "{\"success\":true,\"osbuild_output\":{\"success\":true}}";

    private static final String CHANNEL = "X-Channel";

    final JobQueue queue;
    final QueueSamples samples;
    private final StatusPage page;
    private final Javalin server;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Site(JobQueue queue) {
        this.queue = queue;
        samples = new QueueSamples(queue);
        page = new StatusPage(queue, ARCHITECTURES, "/api/composes", samples);
        server = Javalin.create(config -> {
                    config.startup.showJavalinBanner = false;
                    config.jetty.host = "127.0.0.1";
                    config.http.prefer405over404 = true;
                    page.addRoutes(
                            config.routes,
                            context ->
                                    Optional.ofNullable(context.header(CHANNEL)).orElse(JobOptions.DEFAULT_CHANNEL));
                })
                .start(0);
    }

    // ---- requests

    /** Where the list is. */
    String url() {
        return "http://127.0.0.1:" + server.port() + StatusPage.PATH;
    }

    HttpResponse<byte[]> send(String method, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url() + path)).method(method, BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofByteArray());
    }

    /** The page at a path below that of the list, which must be there. */
    Document get(String path) throws IOException, InterruptedException {
        return page(send("GET", path), 200);
    }

    Document get(String path, String channel) throws IOException, InterruptedException {
        return page(send("GET", path, CHANNEL, channel), 200);
    }

    Document compose(JobId id) throws IOException, InterruptedException {
        return get("/composes/" + id);
    }

    Document missing(String path, String channel) throws IOException, InterruptedException {
        return page(send("GET", path, CHANNEL, channel), 404);
    }

    static Document page(HttpResponse<byte[]> answer, int status) {
        String html = new String(answer.body(), StandardCharsets.UTF_8);
        assertThat(answer.statusCode()).as(html).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
        return Jsoup.parse(html);
    }

    // ---- what users do

    JobId plain(String channel) {
        return queue.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(MANIFEST, "disk.qcow2", List.of("os")))
                        .channel(channel))
                .id();
    }

    KojiCompose koji(String channel, String name, String... architectures) {
        List<KojiCompose.Image> images = new ArrayList<>();
        for (String architecture : architectures) {
            images.add(new KojiCompose.Image(
                    architecture, MANIFEST, "disk" + images.size() + ".qcow2", List.of("os"), Optional.empty()));
        }
        KojiCompose compose = KojiCompose.plan(
                new KojiInitArgs("https://koji.example.com/kojihub", name, "42", "1"),
                7,
                1_600_000_000,
                images,
                channel);
        var unused = queue.enqueueAll(compose.requests());
        return compose;
    }

    // ---- what workers do

    /** Takes the next job of this type, which must be there. */
    RunningJob<RawJson, RawJson> take(JobType<?, ?> type, String worker) throws InterruptedException {
        Selector selector = Selector.of(type).anyChannel();
        return queue.dequeueBatch(DequeueRequest.of(selector).worker(worker).timeout(Duration.ZERO)).stream()
                .findFirst()
                .orElseThrow(() -> new AssertionError("no job of type " + type + " is ready"));
    }

    void report(RunningJob<?, ?> job, String result) {
        assertThat(queue.finish(job.token(), JobTypes.outcome(job.type(), RawJson.of(result))))
                .isEqualTo(TokenAnswer.DONE);
    }

    void run(JobType<?, ?> type, String result) throws InterruptedException {
        report(take(type, "worker-1"), result);
    }

    @Override
    public void close() {
        server.stop();
        page.close();
    }
}
