package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** The bearer token in force. Thread-safe: of several threads whose token is not taken one gets a new one, for all. */
public final class AccessTokens {
    private final TokenSource source;
    private final HttpClient http;
    private final Duration patience;
    private @Nullable String token;

    /**
     * @param tls whom to believe
     * @param patience how long to wait for an answer
     */
    public AccessTokens(TokenSource source, SSLContext tls, Duration patience) {
        this.source = source;
        this.patience = patience;
        http = HttpClient.newBuilder().sslContext(tls).connectTimeout(patience).build();
    }

    /** The token in force; gets one if there is none. */
    public synchronized String current() throws IOException, InterruptedException {
        String known = token;
        if (known == null) {
            known = fetch();
            token = known;
        }
        return known;
    }

    /**
     * Gets a new token, as the service did not take this one.
     *
     * @return false if there is no other one
     */
    public synchronized boolean renew(String refused) throws IOException, InterruptedException {
        if (refused.equals(token)) {
            token = null;
        }
        return !current().equals(refused);
    }

    private String fetch() throws IOException, InterruptedException {
        return source instanceof TokenSource.InFile file
                ? Files.readString(file.file()).strip()
                : fetch((TokenSource.ClientCredentials) source);
    }

    private record Granted(Optional<String> accessToken) {}

    private String fetch(TokenSource.ClientCredentials credentials) throws IOException, InterruptedException {
        String secret = Files.readString(credentials.secretFile()).strip();
        String login = encoded(credentials.clientId()) + ":" + encoded(secret);
        HttpRequest request = HttpRequest.newBuilder(credentials.endpoint())
                .timeout(patience)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)))
                .POST(BodyPublishers.ofString("grant_type=client_credentials"))
                .build();
        HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            // The answer may repeat the secret, so it is not shown.
            throw new IOException(credentials.endpoint() + " gives no token: status " + answer.statusCode());
        }
        try {
            return ComposerJson.MAPPER
                    .readValue(answer.body(), Granted.class)
                    .accessToken()
                    .orElseThrow(() -> new IOException(credentials.endpoint() + " gives no token, but something else"));
        } catch (JacksonException e) {
            throw new IOException(credentials.endpoint() + " gives no token, but something else", e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
