package dev.jobqueue.examples.composer.http;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;

/** A client that checks every request and every answer against the OpenAPI file. */
public final class ApiClient {
    private final HttpClient http;
    private final String base;
    private final Conformity conformity;
    private final Optional<String> token;

    /** For an API at this URL, base path included. */
    public ApiClient(String base, OpenApi openApi) {
        this(
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(),
                base,
                new Conformity(openApi),
                Optional.empty());
    }

    /** One with TLS. */
    public ApiClient(String base, OpenApi openApi, SSLContext tls) {
        this(
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(tls)
                        .build(),
                base,
                new Conformity(openApi),
                Optional.empty());
    }

    private ApiClient(HttpClient http, String base, Conformity conformity, Optional<String> token) {
        this.http = http;
        this.base = base;
        this.conformity = conformity;
        this.token = token;
    }

    /** The same one, with this bearer token in each request. */
    public ApiClient as(String newToken) {
        return new ApiClient(http, base, conformity, Optional.of(newToken));
    }

    /** Gets a path below the base path. */
    public Exchange get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    /** Sends a body, as JSON unless the headers give another type; names and values in turn. */
    public Exchange send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return exchange(
                method, path, body, http.send(request(method, path, bytes, headers), BodyHandlers.ofByteArray()));
    }

    /** As {@link #send}, without waiting for the answer. */
    public CompletableFuture<Exchange> start(String method, String path, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return http.sendAsync(request(method, path, bytes), BodyHandlers.ofByteArray())
                .thenApply(answer -> exchange(method, path, body, answer));
    }

    private HttpRequest request(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
        if (headers.length > 0) {
            request.headers(headers);
        } else if (body.length > 0) {
            request.header("Content-Type", "application/json");
        }
        return request.build();
    }

    private Exchange exchange(String method, String path, String body, HttpResponse<byte[]> answer) {
        JsonNode json = answer.body().length == 0
                ? ComposerJson.MAPPER.missingNode()
                : ComposerJson.MAPPER.readTree(answer.body());
        Exchange exchange =
                new Exchange(method, path.split("\\?", 2)[0], body, answer.statusCode(), json, answer.headers());
        conformity.check(exchange);
        return exchange;
    }
}
