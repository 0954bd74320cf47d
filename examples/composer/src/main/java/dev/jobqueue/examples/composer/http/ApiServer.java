package dev.jobqueue.examples.composer.http;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.logs.LogKeys;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A listener with one API on it: start, routes, errors, stop. Each API has a listener of its own, with a server of its own (S38).
 *
 * <p>An error that nobody expected is logged with its operation id and answered without a word about the inside (S20).
 */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final Pattern UUIDS = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final int DEFAULT_PAGE_SIZE = 100;
    private static final int ACCEPT_QUEUE = 1_024;

    /** A refusal that a client meets by waiting, no failure of the service. */
    private static final int SERVICE_UNAVAILABLE = 503;

    private final ApiServerOptions options;
    private final Errors errors;
    private final OpenApi openApi;
    private final Requests requests;
    private final Login login;
    private final RateLimit rateLimit;
    private final Optional<SslContextFactory.Server> tls;
    private final Optional<UnixSocket> socket;
    private final Javalin javalin;

    private ApiServer(
            ApiServerOptions options, OpenApi openApi, Errors errors, BiConsumer<ApiServer, RoutesConfig> routes)
            throws IOException {
        this.options = options;
        this.openApi = openApi;
        this.errors = errors;
        requests = new Requests(errors, openApi, options.maxBodyBytes(), options.limits());
        options.requireSafe();
        login = Login.of(options.access());
        rateLimit = new RateLimit(options.limits());
        tls = options.tls().isPresent() ? Optional.of(options.tls().get().factory()) : Optional.empty();
        socket = options.address() instanceof ListenAddress.Socket at
                ? Optional.of(UnixSocket.at(at.path()))
                : Optional.empty();
        javalin = Javalin.create(config -> configure(config, routes));
    }

    /**
     * Starts to listen; returns when requests are answered.
     *
     * @throws IOException if there can be no socket at its path, or a file with keys cannot be read
     * @throws IllegalArgumentException if the options would let in those who should stay out
     */
    public static ApiServer start(
            ApiServerOptions options, OpenApi openApi, Errors errors, BiConsumer<ApiServer, RoutesConfig> routes)
            throws IOException {
        ApiServer server = new ApiServer(options, openApi, errors, routes);
        try {
            options.address().start(server.javalin);
            if (server.socket.isPresent()) {
                server.socket.get().publish();
            }
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void configure(JavalinConfig config, BiConsumer<ApiServer, RoutesConfig> apiRoutes) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.jetty.modifyHttpConfiguration(this::limit);
        config.jetty.addConnector(this::connector);
        config.jetty.modifyServer(server -> server.setErrorHandler(this::failEarly));
        config.jetty.modifyServletContextHandler(handler -> handler.addEventListener(Operation.LOGGED));
        config.http.prefer405over404 = true;
        config.requestLogger.http(this::meter);
        config.routes.before(this::before);
        config.routes.beforeMatched(this::admit);
        config.routes.get(path("/openapi"), context -> send(context, 200, openApi.json()), Role.ANYBODY);
        config.routes.get(path("/errors"), this::listErrors, Role.ANYBODY);
        config.routes.get(path("/errors/{id}"), this::oneError, Role.ANYBODY);
        apiRoutes.accept(this, config.routes);
        // The framework answers its own exceptions itself, unless they are named here.
        config.routes.exception(HttpResponseException.class, (e, context) -> fail(context, e));
        config.routes.exception(Exception.class, (e, context) -> fail(context, e));
    }

    private void limit(HttpConfiguration http) {
        http.setRequestHeaderSize(options.limits().maxHeaderBytes());
        http.setSendServerVersion(false);
        if (tls.isPresent()) {
            http.addCustomizer(new SecureRequestCustomizer());
        }
    }

    private Connector connector(Server server, HttpConfiguration http) {
        AbstractConnector connector = socket.map(file -> socketConnector(server, http, file))
                .orElseGet(() -> portConnector(server, http, (ListenAddress.Port) options.address()));
        connector.setIdleTimeout(options.limits().idleTimeout().toMillis());
        connector.addBean(new NetworkConnectionLimit(options.limits().maxConnections(), connector));
        SlowRequests slow = new SlowRequests(connector, options.limits().idleTimeout());
        http.addCustomizer(slow);
        connector.addBean(slow);
        return connector;
    }

    private static AbstractConnector socketConnector(Server server, HttpConfiguration http, UnixSocket socket) {
        UnixDomainServerConnector connector = new UnixDomainServerConnector(server, new HttpConnectionFactory(http));
        connector.setUnixDomainPath(socket.bound());
        return connector;
    }

    private void meter(Context context, float millis) {
        @Nullable Endpoint endpoint = context.endpoints().matchedHttpEndpoint();
        options.meter()
                .answered(
                        context.method().name(),
                        endpoint == null ? "none" : endpoint.path,
                        context.statusCode(),
                        Duration.ofNanos((long) (millis * 1_000_000)));
    }

    private AbstractConnector portConnector(Server server, HttpConfiguration http, ListenAddress.Port port) {
        HttpConnectionFactory factory = new HttpConnectionFactory(http);
        ServerConnector connector = tls.map(keys -> new ServerConnector(server, keys, factory))
                .orElseGet(() -> new ServerConnector(server, factory));
        connector.setHost(port.host());
        connector.setPort(port.port());
        // After a restart all clients come at once; what the system queues no more gets no answer.
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        return connector;
    }

    private void before(Context context) {
        Operation.tell(context);
        // Pages beside the API are for browsers.
        if (context.path().startsWith(options.basePath())) {
            requests.requireJsonAccepted(context);
        }
    }

    /** Lets in who may use the route, and not too often. */
    private void admit(Context context) {
        if (options.access() instanceof Access.Open) {
            Caller.ANYBODY.begin(context);
            return;
        }
        boolean forAnybody = context.routeRoles().contains(Role.ANYBODY);
        try {
            Caller caller = login.caller(context);
            count(context, "caller " + caller.name().orElse(""));
            caller.begin(context);
        } catch (Login.Refused e) {
            count(context, "address " + context.ip());
            if (!forAnybody) {
                login.challenge().ifPresent(scheme -> context.header("WWW-Authenticate", scheme));
                throw new ApiException(errors.of(CommonError.UNAUTHENTICATED), "not logged in: " + e.getMessage(), e);
            }
        }
    }

    private void count(Context context, String caller) {
        long seconds = rateLimit.secondsToWait(caller);
        if (seconds > 0) {
            context.header("Retry-After", Long.toString(seconds));
            throw new ApiException(errors.of(CommonError.TOO_MANY_REQUESTS), "too many requests of one caller");
        }
    }

    /** Reads requests. */
    public Requests requests() {
        return requests;
    }

    /** The path of something below the base path; also its href. */
    public String path(String below) {
        return options.basePath() + below;
    }

    /** Where this listens: a URL with the base path, or {@code unix:} and the path of a socket. */
    public String url() {
        return options.address() instanceof ListenAddress.Port port
                ? (tls.isPresent() ? "https://" : "http://") + port.host() + ":" + javalin.port() + path("")
                : options.address().toString();
    }

    /** Answers with a value as JSON. */
    public static void send(Context context, int status, Object body) {
        send(context, status, ComposerJson.MAPPER.writeValueAsBytes(body));
    }

    private static void send(Context context, int status, byte[] json) {
        context.status(status).contentType("application/json").result(json);
    }

    private void oneError(Context context) {
        int number = number(context.pathParam("id"), errors.of(CommonError.BAD_ERROR_ID));
        ApiError error = errors.find(number)
                .orElseThrow(() -> new ApiException(errors.of(CommonError.NO_ERROR), "no error " + number));
        send(context, 200, body(error, Operation.id(context)));
    }

    private void listErrors(Context context) {
        Paging paging = paging(context);
        List<ErrorBody> items = paging.of(errors.all()).stream()
                .map(error -> body(error, Operation.id(context)))
                .toList();
        send(
                context,
                200,
                new ErrorList(
                        "ErrorList",
                        path("/errors"),
                        "errors",
                        paging.page(),
                        items.size(),
                        errors.all().size(),
                        items));
    }

    private record ErrorList(
            String kind, String href, String id, int page, int size, int total, List<ErrorBody> items) {}

    /** Which part of a list a client asks for. */
    public Paging paging(Context context) {
        return new Paging(
                parameter(context, "page", 0, CommonError.BAD_PAGE),
                parameter(context, "size", DEFAULT_PAGE_SIZE, CommonError.BAD_SIZE));
    }

    private int parameter(Context context, String name, int otherwise, CommonError error) {
        @Nullable String text = context.queryParam(name);
        return text == null ? otherwise : number(text, errors.of(error));
    }

    /** A part of a list, from page 0 on. */
    public record Paging(int page, int size) {
        /** The items of the page; none on a negative page, and none if the size is negative. */
        public <T> List<T> of(List<? extends T> all) {
            long first = Math.min(all.size(), (long) page * size);
            return page < 0 || size < 0
                    ? List.of()
                    : List.copyOf(all.subList((int) first, (int) Math.min(all.size(), first + size)));
        }
    }

    private static int number(String text, ApiError error) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ApiException(error, "no number", e);
        }
    }

    private ErrorBody body(ApiError error, Optional<String> operationId) {
        return body(error, operationId, Optional.empty());
    }

    private ErrorBody body(ApiError error, Optional<String> operationId, Optional<Object> details) {
        return ErrorBody.of(error, options.basePath(), errors, operationId, details);
    }

    /** Answers with the error that an exception stands for, and logs it. */
    private void fail(Context context, Exception exception) {
        ApiError error = errorOf(exception);
        Optional<String> operationId = Operation.id(context);
        ApiError shown = operationId.isPresent() ? error : errors.of(CommonError.NO_OPERATION_ID);
        // Perhaps in a thread that has not begun with the request.
        MDC.put(LogKeys.OPERATION_ID, operationId.orElse("-"));
        if (shown.status() >= 500 && shown.status() != SERVICE_UNAVAILABLE) {
            LOG.error("{} {} failed: error {}", context.method(), log(context), shown.number(), exception);
        } else {
            LOG.info(
                    "{} {} refused: error {}: {}",
                    context.method(),
                    log(context),
                    shown.number(),
                    exception instanceof ApiException ? exception.getMessage() : "by the framework");
        }
        MDC.remove(LogKeys.OPERATION_ID);
        Optional<Object> details = exception instanceof ApiException api ? api.details() : Optional.empty();
        send(context, shown.status(), body(shown, operationId, details));
    }

    /** Answers what is no HTTP request, or none for this server: it does not get as far as the routes. */
    private boolean failEarly(Request request, Response response, Callback callback) {
        ApiError error = errors.of(CommonError.ofStatus(response.getStatus()));
        String operationId = Operation.newId();
        MDC.put(LogKeys.OPERATION_ID, operationId);
        LOG.info("A request refused before it was routed: error {}", error.number());
        MDC.remove(LogKeys.OPERATION_ID);
        response.setStatus(error.status());
        response.getHeaders().put("Content-Type", "application/json");
        response.getHeaders().put(Operation.HEADER, operationId);
        byte[] json = ComposerJson.MAPPER.writeValueAsBytes(body(error, Optional.of(operationId)));
        response.write(true, ByteBuffer.wrap(json), callback);
        return true;
    }

    /** The path without what may be a token. */
    private static String log(Context context) {
        return UUIDS.matcher(context.path()).replaceAll("{id}");
    }

    private ApiError errorOf(Exception exception) {
        if (exception instanceof ApiException api) {
            return api.error();
        }
        return exception instanceof HttpResponseException http
                ? errors.of(CommonError.ofStatus(http.getStatus()))
                : errors.of(CommonError.UNEXPECTED);
    }

    /** Stops to listen; returns when that is done. Idempotent. */
    @Override
    public void close() {
        javalin.stop();
        try {
            if (socket.isPresent()) {
                socket.get().remove();
            }
        } catch (IOException e) {
            LOG.warn("The file of a socket is still there; the next start on it removes it", e);
        }
    }
}
