package dev.jobqueue.examples.composer.operations;

import dev.jobqueue.JobQueue;
import dev.jobqueue.examples.composer.http.ListenAddress;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener for whoever runs the service, on the loopback or an address that only they can reach: nobody logs in.
 *
 * <ul>
 *   <li>{@code GET /health/live}: 200 while the program answers at all
 *   <li>{@code GET /health/ready}: 200 if the store answers too, else 503; after two seconds at the latest
 *   <li>{@code GET /metrics}: {@link Meters} as text
 * </ul>
 *
 * <p>Thread-safe.
 */
public final class OperationsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperationsServer.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final JobQueue queue;
    private final Meters meters;
    private final ListenAddress.Port address;
    private final Javalin javalin;

    /** Looks at the store, for one after the other. */
    private final ExecutorService looks = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "readiness");
        thread.setDaemon(true);
        return thread;
    });

    private OperationsServer(JobQueue queue, Meters meters, ListenAddress.Port address) {
        this.queue = queue;
        this.meters = meters;
        this.address = address;
        javalin = Javalin.create(this::configure);
    }

    /**
     * Starts to listen.
     *
     * @throws IOException if the port cannot be had
     */
    public static OperationsServer start(JobQueue queue, Meters meters, ListenAddress.Port address) throws IOException {
        OperationsServer server = new OperationsServer(queue, meters, address);
        try {
            address.start(server.javalin);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.jetty.host = address.host();
        config.jetty.port = address.port();
        config.routes.get("/health/live", context -> answer(context, 200, "UP"));
        config.routes.get("/health/ready", this::ready);
        config.routes.get(
                "/metrics",
                context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                        .result(meters.text()));
    }

    private static void answer(Context context, int status, String word) {
        context.status(status).contentType("application/json").result("{\"status\":\"" + word + "\"}");
    }

    private void ready(Context context) throws InterruptedException {
        boolean ready = storeAnswers();
        answer(context, ready ? 200 : 503, ready ? "UP" : "DOWN");
    }

    private boolean storeAnswers() throws InterruptedException {
        CompletableFuture<?> look = CompletableFuture.supplyAsync(queue::paused, looks);
        try {
            look.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("The service is not ready: the store does not answer", e);
            // If it has not begun yet it need not: the next look begins anew.
            look.cancel(false);
            return false;
        }
    }

    /** Where this listens, without a path. */
    public String url() {
        return "http://" + address.host() + ":" + javalin.port();
    }

    /** Stops. Idempotent. */
    @Override
    public void close() {
        javalin.stop();
        looks.shutdownNow();
    }
}
