package dev.jobqueue.examples.composer.worker;

import static java.util.Objects.requireNonNullElse;

import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** The worker API of the service, from the worker's side. Thread-safe. */
final class ServiceClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceClient.class);
    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** The most that is shown of an answer. */
    private static final int MOST_SHOWN = 500;

    /** The most that a job has: its manifest, and the results that it depends on. */
    private static final int MOST_JOB_BYTES = 1 << 30;

    /** The most that all other answers have. */
    private static final int MOST_ANSWER_BYTES = 1 << 20;

    private static final int UNAUTHORIZED = 401;

    private final List<ServiceAddress> services;

    /** Which one to ask next. */
    private final AtomicInteger current = new AtomicInteger();

    private final ServiceLogin login;
    private final Duration patience;
    private final Duration waitLimit;
    private volatile @Nullable AccessTokens tokens;
    private final HttpClient http = new HttpClient();

    /** What the service says of a running job. */
    enum Poll {
        CONTINUE,
        CANCELED,
        /** The token is not in force any more: somebody else has the job, or nobody. */
        GONE
    }

    /** The parts of an offer that this program looks at. */
    private record Job(
            String id,
            String type,
            String location,
            String artifactLocation,
            Optional<RawJson> args,
            Optional<List<RawJson>> dynamicArgs,
            Optional<Integer> attempt) {}

    private record Status(boolean canceled) {}

    private record Registered(String workerId) {}

    private record ServiceError(Optional<String> id) {
        int number() {
            return Integer.parseInt(id().orElse("0"));
        }
    }

    /**
     * @param login what to show the service
     * @param patience how long to wait for the answer to a request that the service answers at once
     * @param waitLimit how long to wait for a job
     */
    ServiceClient(List<ServiceAddress> services, ServiceLogin login, Duration patience, Duration waitLimit) {
        this.services = services;
        this.login = login;
        this.patience = patience;
        this.waitLimit = waitLimit;
        QueuedThreadPool threads = new QueuedThreadPool(8);
        threads.setName("service-client");
        threads.setDaemon(true);
        http.setExecutor(threads);
        http.setConnectTimeout(CONNECT.toMillis());
        http.setFollowRedirects(false);
    }

    /**
     * Gets ready for requests.
     *
     * @throws IOException if a file of the login cannot be read
     */
    void start() throws IOException {
        SslContextFactory.Client tls = login.factory();
        http.setSslContextFactory(tls);
        try {
            http.start();
        } catch (Exception e) {
            throw new IllegalStateException("no HTTP client", e);
        }
        // It would turn a 401 into a failure, or log in by ways of its own.
        var unused = http.getProtocolHandlers().remove(WWWAuthenticationProtocolHandler.NAME);
        tokens = login.tokens()
                .map(source -> new AccessTokens(source, tls.getSslContext(), patience))
                .orElse(null);
    }

    /** Tells the service that there is this worker, and gets its id. */
    String register(String name, String arch) throws IOException, InterruptedException {
        RawJson body = ComposerJson.raw(Map.of("name", name, "arch", arch));
        Answer answer = send(service -> patient(json(HttpMethod.POST, service, below(service, "/workers"), body)));
        return decoded(Registered.class, answer.expect(201)).workerId();
    }

    /** Tells the service that a worker lives. */
    void status(String workerId) throws IOException, InterruptedException {
        String path = "/workers/" + workerId + "/status";
        var unused = send(service -> patient(to(HttpMethod.POST, service, below(service, path))))
                .expect(200);
    }

    /**
     * Asks for a job; waits as long as the service does, or until it is canceled. Empty if there was none in that time. Fails with a {@link java.util.concurrent.TimeoutException} after the limit, and the next
     * service is the next to be asked.
     */
    CompletableFuture<Optional<Offer>> request(String workerId, List<String> types, String arch)
            throws IOException, InterruptedException {
        RawJson body = ComposerJson.raw(Map.of("types", types, "arch", arch, "worker_id", workerId));
        int asked = current.get();
        Call call = new Call(
                services.get(asked),
                service -> json(HttpMethod.POST, service, below(service, "/jobs"), body)
                        .idleTimeout(0, TimeUnit.SECONDS)
                        .timeout(waitLimit.toMillis(), TimeUnit.MILLISECONDS));
        CompletableFuture<Optional<Offer>> offer = call.make(MOST_JOB_BYTES).thenApply(this::offer);
        var unused = offer.whenComplete((o, failure) -> {
            if (offer.isCancelled()) {
                call.abort(new CancellationException());
            } else if (failure != null) {
                leave(asked);
            }
        });
        return offer;
    }

    private Optional<Offer> offer(Answer answer) {
        if (answer.status == 204) {
            return Optional.empty();
        }
        try {
            Job job = decoded(Job.class, answer.expect(201));
            return Optional.of(new Offer(
                    job.id(),
                    job.type(),
                    job.args().orElse(RawJson.NULL),
                    job.dynamicArgs().orElse(List.of()),
                    job.attempt().orElse(1),
                    URI.create(job.location()),
                    URI.create(job.artifactLocation())));
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** Says that the job goes on, and asks whether it should (S15, S16). */
    Poll poll(Offer offer) throws IOException, InterruptedException {
        Answer answer = send(service -> patient(to(HttpMethod.GET, service, offer.location())));
        if (answer.status == 404) {
            return Poll.GONE;
        }
        return decoded(Status.class, answer.expect(200)).canceled() ? Poll.CANCELED : Poll.CONTINUE;
    }

    /** Reports how a job ended. The same report may be sent again. */
    void finish(Offer offer, RawJson result) throws IOException, InterruptedException {
        RawJson body = ComposerJson.raw(Map.of("result", result));
        var unused = send(service -> patient(onLeave(json(HttpMethod.PATCH, service, offer.location(), body))))
                .expect(200);
    }

    /** Sends a file of a job; sending it again replaces it. */
    void upload(Offer offer, String name, Path file) throws IOException, InterruptedException {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        URI location = offer.artifactLocation().resolve(encoded);
        var unused = send(service -> onLeave(withFile(to(HttpMethod.PUT, service, location), file)))
                .expect(200);
    }

    private static Request withFile(Request request, Path file) throws IOException {
        return request.file(file, "application/octet-stream").idleTimeout(0, TimeUnit.SECONDS);
    }

    private static URI below(ServiceAddress service, String path) {
        return URI.create(service.base() + path);
    }

    /** Makes a request to a service; more than once, if it must be sent again. */
    private interface Maker {
        Request make(ServiceAddress service) throws IOException;
    }

    /** One request, made again once if the service does not take the bearer token, with a new one. */
    private final class Call {
        private final ServiceAddress service;
        private final Maker maker;
        private volatile @Nullable Request sent;
        private volatile @Nullable Throwable aborted;

        Call(ServiceAddress service, Maker maker) {
            this.service = service;
            this.maker = maker;
        }

        CompletableFuture<Answer> make(int mostBytes) throws IOException, InterruptedException {
            @Nullable AccessTokens all = tokens;
            if (all == null) {
                return send(maker.make(service), mostBytes);
            }
            String token = all.current();
            return send(bearing(token), mostBytes).thenCompose(answer -> again(all, token, answer, mostBytes));
        }

        private CompletableFuture<Answer> again(AccessTokens all, String token, Answer answer, int mostBytes) {
            try {
                return answer.status == UNAUTHORIZED && all.renew(token)
                        ? send(bearing(all.current()), mostBytes)
                        : CompletableFuture.completedFuture(answer);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return CompletableFuture.failedFuture(e);
            }
        }

        private Request bearing(String token) throws IOException {
            return maker.make(service).headers(headers -> headers.put(HttpHeader.AUTHORIZATION, "Bearer " + token));
        }

        private CompletableFuture<Answer> send(Request request, int mostBytes) {
            sent = request;
            CompletableFuture<Answer> answer = Answer.to(request, mostBytes);
            @Nullable Throwable cause = aborted;
            if (cause != null) {
                abort(cause);
            }
            return answer;
        }

        @Override
        public String toString() {
            @Nullable Request request = sent;
            return request == null ? "a request" : shown(request);
        }

        /** Ends what is under way. */
        void abort(Throwable cause) {
            aborted = cause;
            @Nullable Request request = sent;
            if (request != null) {
                var unused = request.abort(cause);
            }
        }
    }

    private Request to(HttpMethod method, ServiceAddress service, URI location) {
        Request request = http.newRequest(service.base().resolve(location)).method(method);
        service.socket().ifPresent(path -> request.transport(new Transport.TCPUnix(path)));
        return request;
    }

    private Request json(HttpMethod method, ServiceAddress service, URI location, RawJson body) {
        return to(method, service, location).body(new BytesRequestContent("application/json", body.toBytes()));
    }

    /** Sends the body once the service gives leave: a refusal in the middle of a body breaks the connection, and the answer is lost. */
    private static Request onLeave(Request request) {
        return request.headers(headers -> headers.put(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE));
    }

    private Request patient(Request request) {
        return request.timeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Makes a call that may be made twice, to the service in use or else to the next ones. */
    private Answer send(Maker maker) throws IOException, InterruptedException {
        for (int tries = 1; ; tries++) {
            int asked = current.get();
            try {
                Answer answer = send(new Call(services.get(asked), maker));
                if (answer.status >= 500) {
                    leave(asked);
                }
                return answer;
            } catch (IOException e) {
                leave(asked);
                if (tries == services.size()) {
                    throw e;
                }
                LOG.warn("The next service is asked", e);
            }
        }
    }

    private void leave(int asked) {
        current.compareAndSet(asked, (asked + 1) % services.size());
    }

    private static Answer send(Call call) throws IOException, InterruptedException {
        try {
            return call.make(MOST_ANSWER_BYTES).get();
        } catch (InterruptedException e) {
            call.abort(e);
            throw e;
        } catch (ExecutionException e) {
            throw new IOException(call + " has no answer", e.getCause());
        }
    }

    /** What the service answers. That may come before all of the request is sent, and then counts all the same. */
    private static final class Answer extends BufferingResponseListener {
        private final Request request;
        private final CompletableFuture<Answer> whole = new CompletableFuture<>();
        private int status;

        private Answer(Request request, int mostBytes) {
            super(mostBytes);
            this.request = request;
        }

        /** Sends a request. */
        static CompletableFuture<Answer> to(Request request, int mostBytes) {
            Answer answer = new Answer(request, mostBytes);
            request.send(answer);
            return answer.whole;
        }

        @Override
        public void onComplete(Result result) {
            @Nullable Throwable failure = result.getResponseFailure();
            if (failure == null) {
                status = result.getResponse().getStatus();
                whole.complete(this);
            } else {
                whole.completeExceptionally(failure);
            }
        }

        /** The number of the error, 0 if the answer is none. */
        private int error() {
            try {
                return ComposerJson.MAPPER
                        .readValue(getContent(), ServiceError.class)
                        .number();
            } catch (JacksonException | IllegalArgumentException e) {
                return 0;
            }
        }

        /** The body, if the status is this one. */
        byte[] expect(int expected) throws ServiceException {
            if (status != expected) {
                String body = requireNonNullElse(getContentAsString(), "");
                throw new ServiceException(
                        shown(request), status, error(), body.substring(0, Math.min(body.length(), MOST_SHOWN)));
            }
            return getContent();
        }
    }

    private static String shown(Request request) {
        return request.getMethod() + " " + request.getURI();
    }

    private static <T> T decoded(Class<T> type, byte[] json) throws IOException {
        try {
            return ComposerJson.MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw new IOException("the service has answered with something else than expected: " + e.getMessage(), e);
        }
    }

    /** Ends requests under way. Idempotent. */
    @Override
    public void close() {
        try {
            http.stop();
        } catch (Exception e) {
            LOG.warn("The HTTP client did not stop in order", e);
        }
    }
}
