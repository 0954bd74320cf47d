package dev.jobqueue.examples.composer.workerapi;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that a client has gone while it waits for its answer.
 *
 * <p>Jetty does not read from a connection whose request it is answering, so it cannot notice; this does, and therefore the connection must be closed after the answer: another
 * request on it would not be read properly.
 */
final class ClientWatch implements Callback {
    private final EndPoint endPoint;
    private final Runnable gone;
    private final long idleMillis;

    private ClientWatch(EndPoint endPoint, Runnable gone) {
        this.endPoint = endPoint;
        this.gone = gone;
        idleMillis = endPoint.getIdleTimeout();
    }

    /**
     * Watches the client of a request whose body has been read.
     *
     * @param gone called, perhaps more than once and in any thread, when the connection ends, also after the answer
     */
    static ClientWatch of(HttpServletRequest request, Runnable gone) {
        EndPoint endPoint = ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        ClientWatch watch = new ClientWatch(endPoint, gone);
        // A client that waits says nothing.
        endPoint.setIdleTimeout(0);
        endPoint.fillInterested(watch);
        return watch;
    }

    /** The wait is over: from now on a client that does not read its answer counts as gone. */
    void answer() {
        endPoint.setIdleTimeout(idleMillis);
    }

    @Override
    public void succeeded() {
        try {
            ByteBuffer buffer = BufferUtil.allocate(1);
            int read = endPoint.fill(buffer);
            if (read < 0) {
                gone.run();
            } else if (read == 0) {
                endPoint.fillInterested(this);
            }
        } catch (IOException e) {
            gone.run();
        }
    }

    @Override
    public void failed(Throwable cause) {
        gone.run();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
