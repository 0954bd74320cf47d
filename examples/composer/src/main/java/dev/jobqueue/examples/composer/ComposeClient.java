package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The compose API, from the side of those who want images. Thread-safe. */
final class ComposeClient {
    private final String api;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param api where the API is, with its base path */
    ComposeClient(String api) {
        this.api = api;
    }

    /** A file of a compose. */
    record Artifact(String name, long size) {}

    /** Asks for a compose; gives its id. */
    String start(Object request) throws IOException, InterruptedException {
        HttpRequest post = to("/compose")
                .POST(BodyPublishers.ofString(ComposerJson.MAPPER.writeValueAsString(request)))
                .header("Content-Type", "application/json")
                .build();
        return json(post, 201).path("id").stringValue();
    }

    /** What has become of it. */
    JsonNode status(String id) throws IOException, InterruptedException {
        return json(to("/composes/" + id).GET().build(), 200);
    }

    /** Cancels what is unfinished of it, and removes it. */
    void cancel(String id) throws IOException, InterruptedException {
        json(to("/composes/" + id).DELETE().build(), 200);
    }

    /** Its files, which are there when it has ended. */
    List<Artifact> artifacts(String id) throws IOException, InterruptedException {
        List<Artifact> artifacts = new ArrayList<>();
        json(to("/composes/" + id + "/artifacts").GET().build(), 200)
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
        HttpRequest request = get.build();
        StandardOpenOption how = goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        HttpResponse<Path> answer = http.send(request, info -> {
            boolean as = info.statusCode() == (goesOn ? 206 : 200);
            return as
                    ? HttpResponse.BodySubscribers.ofFile(
                            part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)
                    : HttpResponse.BodySubscribers.replacing(part);
        });
        expect(request, answer.statusCode(), goesOn ? 206 : 200, Optional.empty());
        if (Files.size(part) != artifact.size()) {
            throw new IOException(part + " has " + Files.size(part) + " bytes in place of " + artifact.size());
        }
        Files.move(part, directory.resolve(artifact.name()), StandardCopyOption.ATOMIC_MOVE);
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(api + path));
    }

    private JsonNode json(HttpRequest request, int expected) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer;
        try {
            answer = http.send(request, BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            throw new ConnectException("nobody answers at " + api + "; --api says where the service is");
        }
        expect(request, answer.statusCode(), expected, Optional.of(new String(answer.body(), StandardCharsets.UTF_8)));
        return ComposerJson.MAPPER.readTree(answer.body());
    }

    private static void expect(HttpRequest request, int status, int expected, Optional<String> body)
            throws IOException {
        if (status != expected) {
            throw new IOException(request.method() + " " + request.uri() + " was answered with status " + status
                    + body.map(text -> ": " + text).orElse(""));
        }
    }
}
