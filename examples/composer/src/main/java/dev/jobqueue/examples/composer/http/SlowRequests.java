package dev.jobqueue.examples.composer.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/**
 * Cuts connections whose next request does not come in, up to its body, also if its bytes come in one by one. Jetty's idle timeout sees those only that are silent, and its minimum
 * data rate bodies only. Thread-safe.
 */
final class SlowRequests extends AbstractLifeCycle implements Connection.Listener, HttpConfiguration.Customizer {
    private final Connector connector;
    private final Duration limit;

    /** Those that have no request at the moment, and since when, by {@link System#nanoTime}. */
    private final Map<Connection, Long> waiting = new ConcurrentHashMap<>();

    SlowRequests(Connector connector, Duration limit) {
        this.connector = connector;
        this.limit = limit;
    }

    @Override
    protected void doStart() {
        schedule();
    }

    private void schedule() {
        var unused = connector
                .getScheduler()
                .schedule(
                        () -> {
                            if (isRunning()) {
                                check();
                                schedule();
                            }
                        },
                        Math.max(1, limit.toMillis() / 4),
                        TimeUnit.MILLISECONDS);
    }

    private void check() {
        long now = System.nanoTime();
        waiting.forEach((connection, since) -> {
            if (now - since > limit.toNanos()) {
                connection.getEndPoint().close(new TimeoutException("no request in " + limit));
            }
        });
    }

    @Override
    public void onOpened(Connection connection) {
        // One with TLS has another one inside, which is the one that requests come on.
        if (!(connection instanceof SslConnection)) {
            waits(connection);
        }
    }

    private void waits(Connection connection) {
        waiting.put(connection, System.nanoTime());
        // It may have been closed before it was put there.
        if (!connection.getEndPoint().isOpen()) {
            waiting.remove(connection);
        }
    }

    /** A request is there, up to its body. */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        Connection connection = request.getConnectionMetaData().getConnection();
        waiting.remove(connection);
        Request.addCompletionListener(request, failure -> waits(connection));
        return request;
    }

    @Override
    public void onClosed(Connection connection) {
        waiting.remove(connection);
    }
}
