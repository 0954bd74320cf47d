package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.worker.AccessTokens;
import dev.jobqueue.examples.composer.worker.ServiceLogin;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;

/** The compose API, from the side of those who want images. Thread-safe. */
final class ComposeClient {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int UNAUTHORIZED = 401;

    private final String api;
    private final HttpClient http;
    private final Optional<AccessTokens> tokens;

    /**
     * @param api where the API is, with its base path
     * @throws IOException if a file of the login cannot be read
     */
    ComposeClient(String api, ServiceLogin login) throws IOException {
        this.api = api;
        SSLContext tls = login.context();
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(tls)
                .connectTimeout(PATIENCE)
                .build();
        tokens = login.tokens().map(source -> new AccessTokens(source, tls, PATIENCE));
    }

    /** A file of a compose. */
    record Artifact(String name, long size) {}

    /** Asks for a compose; gives its id. */
    String start(Object request) throws IOException, InterruptedException {
        HttpRequest.Builder post = to("/compose")
                .POST(BodyPublishers.ofString(ComposerJson.MAPPER.writeValueAsString(request)))
                .header("Content-Type", "application/json");
        return json(post, 201).path("id").stringValue();
    }

    /** What has become of it. */
    JsonNode status(String id) throws IOException, InterruptedException {
        return json(to("/composes/" + id).GET(), 200);
    }

    /** Cancels what is unfinished of it, and removes it. */
    void cancel(String id) throws IOException, InterruptedException {
        json(to("/composes/" + id).DELETE(), 200);
    }

    /** Its files, which are there when it has ended. */
    List<Artifact> artifacts(String id) throws IOException, InterruptedException {
        List<Artifact> artifacts = new ArrayList<>();
        json(to("/composes/" + id + "/artifacts").GET(), 200)
                .path("artifacts")
                .forEach(file -> artifacts.add(new Artifact(
                        file.path("name").stringValue(), file.path("size").longValue())));
        for (Artifact artifact : artifacts) {
            if (!artifact.name().equals(String.valueOf(Path.of(artifact.name()).getFileName()))
                    || artifact.name().startsWith(".")) {
                throw new IOException("no plain name of a file: " + artifact.name());
            }
        }
        return artifacts;
    }

    /** Brings one of its files into a directory, where it is whole or not at all; goes on where an earlier try has ended. */
    void fetch(String id, Artifact artifact, Path directory) throws IOException, InterruptedException {
        Path part = directory.resolve(artifact.name() + ".part");
        long there = Files.exists(part) ? Files.size(part) : 0;
        String name = URLEncoder.encode(artifact.name(), StandardCharsets.UTF_8).replace("+", "%20");
        HttpRequest.Builder get = to("/composes/" + id + "/artifacts/" + name).GET();
        boolean goesOn = there > 0 && there < artifact.size();
        if (goesOn) {
            get.header("Range", "bytes=" + there + "-");
        }
        StandardOpenOption how = goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        HttpResponse<Path> answer = send(get, info -> {
            boolean as = info.statusCode() == (goesOn ? 206 : 200);
            return as
                    ? HttpResponse.BodySubscribers.ofFile(
                            part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)
                    : HttpResponse.BodySubscribers.replacing(part);
        });
        expect(answer, goesOn ? 206 : 200, Optional.empty());
        if (Files.size(part) != artifact.size()) {
            throw new IOException(part + " has " + Files.size(part) + " bytes in place of " + artifact.size());
        }
        Files.move(part, directory.resolve(artifact.name()), StandardCopyOption.ATOMIC_MOVE);
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(api + path));
    }

    private JsonNode json(HttpRequest.Builder request, int expected) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(request, BodyHandlers.ofByteArray());
        expect(answer, expected, Optional.of(new String(answer.body(), StandardCharsets.UTF_8)));
        return ComposerJson.MAPPER.readTree(answer.body());
    }

    /** Makes a request; once more, with a new bearer token, if the service does not take the first one. */
    private <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> body)
            throws IOException, InterruptedException {
        try {
            if (tokens.isEmpty()) {
                return http.send(request.build(), body);
            }
            String token = tokens.get().current();
            HttpResponse<T> answer = http.send(bearing(request, token), body);
            return answer.statusCode() == UNAUTHORIZED && tokens.get().renew(token)
                    ? http.send(bearing(request, tokens.get().current()), body)
                    : answer;
        } catch (ConnectException e) {
            throw new ConnectException("nobody answers at " + api + "; --api says where the service is");
        }
    }

    private static HttpRequest bearing(HttpRequest.Builder request, String token) {
        return request.setHeader("Authorization", "Bearer " + token).build();
    }

    private static void expect(HttpResponse<?> answer, int expected, Optional<String> body) throws IOException {
        if (answer.statusCode() != expected) {
            throw new IOException(answer.request().method() + " " + answer.uri() + " was answered with status "
                    + answer.statusCode() + body.map(text -> ": " + text).orElse(""));
        }
    }
}
