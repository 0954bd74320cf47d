package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import tools.jackson.core.JacksonException;

/** The worker API of the service, from the worker's side. Thread-safe. */
final class ServiceClient {
    /** The most that is shown of an answer. */
    private static final int MOST_SHOWN = 500;

    private final URI base;
    private final Duration patience;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /** What the service says of a running job. */
    enum Poll {
        CONTINUE,
        CANCELED,
        /** The token is not in force any more: somebody else has the job, or nobody. */
        GONE
    }

    /**
     * The parts of an offer that this program looks at.
     */
    private record Job(
            String id,
            String type,
            String location,
            String artifactLocation,
            Optional<RawJson> args,
            Optional<List<RawJson>> dynamicArgs,
            Optional<Integer> attempt) {}

    private record Status(boolean canceled) {}

    /**
     * @param base of the worker API
     * @param patience how long to wait for the answer to a request that the service answers at once
     */
    ServiceClient(URI base, Duration patience) {
        this.base = base;
        this.patience = patience;
    }

    /** Asks for a job; waits as long as the service does, or until it is canceled. Empty if there was none in that time. */
    CompletableFuture<Optional<Offer>> request(List<String> types, String arch) {
        RawJson body = ComposerJson.raw(Map.of("types", types, "arch", arch));
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(
                json(URI.create(base + "/jobs")).method("POST", bytes(body)).build(), BodyHandlers.ofByteArray());
        CompletableFuture<Optional<Offer>> offer = answer.thenApply(this::offer);
        var unused = offer.whenComplete((o, failure) -> {
            if (offer.isCancelled()) {
                answer.cancel(true);
            }
        });
        return offer;
    }

    private Optional<Offer> offer(HttpResponse<byte[]> answer) {
        if (answer.statusCode() == 204) {
            return Optional.empty();
        }
        try {
            Job job = decoded(Job.class, expect(answer, 201));
            return Optional.of(new Offer(
                    job.id(),
                    job.type(),
                    job.args().orElse(RawJson.NULL),
                    job.dynamicArgs().orElse(List.of()),
                    job.attempt().orElse(1),
                    base.resolve(job.location()),
                    base.resolve(job.artifactLocation())));
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** Says that the job goes on, and asks whether it should (S15, S16). */
    Poll poll(Offer offer) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(offer.location()).timeout(patience).GET().build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() == 404) {
            return Poll.GONE;
        }
        return decoded(Status.class, expect(answer, 200)).canceled() ? Poll.CANCELED : Poll.CONTINUE;
    }

    /** Reports how a job ended. The same report may be sent again. */
    void finish(Offer offer, RawJson result) throws IOException, InterruptedException {
        RawJson body = ComposerJson.raw(Map.of("result", result));
        expect(
                http.send(
                        json(offer.location())
                                .timeout(patience)
                                .method("PATCH", bytes(body))
                                .build(),
                        BodyHandlers.ofByteArray()),
                200);
    }

    /** Sends a file of a job; sending it again replaces it. */
    void upload(Offer offer, String name, Path file) throws IOException, InterruptedException {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        expect(
                http.send(
                        HttpRequest.newBuilder(offer.artifactLocation().resolve(encoded))
                                .header("Content-Type", "application/octet-stream")
                                .PUT(ofFile(file))
                                .build(),
                        BodyHandlers.ofByteArray()),
                200);
    }

    private static BodyPublisher ofFile(Path file) throws FileNotFoundException {
        return BodyPublishers.ofFile(file);
    }

    private static HttpRequest.Builder json(URI uri) {
        return HttpRequest.newBuilder(uri).header("Content-Type", "application/json");
    }

    private static BodyPublisher bytes(RawJson body) {
        return BodyPublishers.ofByteArray(body.toBytes());
    }

    private static byte[] expect(HttpResponse<byte[]> answer, int status) throws ServiceException {
        if (answer.statusCode() != status) {
            String body = new String(answer.body(), StandardCharsets.UTF_8);
            throw new ServiceException(
                    answer.request().method() + " " + answer.request().uri(),
                    answer.statusCode(),
                    body.substring(0, Math.min(body.length(), MOST_SHOWN)));
        }
        return answer.body();
    }

    private static <T> T decoded(Class<T> type, byte[] json) throws IOException {
        try {
            return ComposerJson.MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw new IOException("the service has answered with something else than expected: " + e.getMessage(), e);
        }
    }
}
