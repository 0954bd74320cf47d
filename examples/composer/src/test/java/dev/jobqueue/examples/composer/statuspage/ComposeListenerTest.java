package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.composeapi.ComposeFiles;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page beside the compose API, as it is delivered. */
@ExtendWith(JobQueueExtension.class)
class ComposeListenerTest {
    private static final ComposeFiles NO_FILES = new ComposeFiles() {
        @Override
        public SortedMap<String, Long> of(JobId job) {
            return Collections.emptySortedMap();
        }

        @Override
        public Optional<Path> find(JobId job, String name) {
            return Optional.empty();
        }

        @Override
        public void deleted(Set<JobId> jobs) {}
    };

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ComposeApi api;
    private JobId id;

    @BeforeEach
    void start(JobQueue queue) throws IOException {
        id = queue.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(Site.MANIFEST, "disk.qcow2", List.of("os"))))
                .id();
        api = ComposeApi.start(queue, ComposeApi.loopback(0), Set.of("x86_64"), NO_FILES);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(api.url()).resolve(path))
                .method(method, BodyPublishers.noBody())
                .header("Accept", "text/html")
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    @Test
    void theListenerHasTheListTheComposeAndTheQueue() throws Exception {
        assertThat(Jsoup.parse(send("GET", "/ui").body())
                        .select(".list tbody .id")
                        .text())
                .isEqualTo(id.toString());
        await().untilAsserted(() -> assertThat(Jsoup.parse(send("GET", "/ui").body())
                        .select(".type h3")
                        .text())
                .isEqualTo("osbuild:x86_64"));
        Document compose = Jsoup.parse(send("GET", "/ui/composes/" + id).body());
        for (String link : compose.select(".links a").eachAttr("href")) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(api.url()).resolve(link)).build();
            assertThat(http.send(request, BodyHandlers.ofString()).statusCode())
                    .as(link)
                    .isEqualTo(200);
        }
        assertThat(compose.select(".links a")).hasSize(4);
    }

    @Test
    void nothingButReadingIsAllowed() throws Exception {
        for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
            for (String path : List.of("/ui", "/ui/composes/" + id, "/ui/find", "/ui/assets/page.js")) {
                assertThat(send(method, path).statusCode())
                        .as("%s %s", method, path)
                        .isEqualTo(405);
            }
        }
        assertThat(send("GET", "/ui/composes/" + id).statusCode()).isEqualTo(200);
        assertThat(send("HEAD", "/ui").headers().firstValue("Content-Security-Policy"))
                .isPresent();
    }
}
