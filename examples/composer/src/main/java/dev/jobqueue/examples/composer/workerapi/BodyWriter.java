package dev.jobqueue.examples.composer.workerapi;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Writes all of the body of an answer, however slowly its client reads, without a thread that waits for it. */
final class BodyWriter implements WriteListener {
    private final ServletOutputStream out;
    private final byte[] body;
    private final CompletableFuture<Void> written = new CompletableFuture<>();
    private int steps;

    private BodyWriter(ServletOutputStream out, byte[] body) {
        this.out = out;
        this.body = body;
    }

    /**
     * Begins to write; the request must be an asynchronous one.
     *
     * @return done when all has been handed to the system, failed if the client does not take it
     */
    static CompletableFuture<Void> write(HttpServletResponse response, byte[] body) throws IOException {
        BodyWriter writer = new BodyWriter(response.getOutputStream(), body);
        response.setContentLength(body.length);
        writer.out.setWriteListener(writer);
        return writer.written;
    }

    @Override
    public void onWritePossible() throws IOException {
        while (out.isReady()) {
            switch (steps++) {
                case 0 -> out.write(body);
                case 1 -> out.flush();
                default -> {
                    written.complete(null);
                    return;
                }
            }
        }
    }

    @Override
    public void onError(Throwable failure) {
        written.completeExceptionally(failure);
    }
}
