package dev.jobqueue.examples.composer.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Passes on what clients send to a port, and what comes back; holds the first upload on its way, until one end breaks it off. */
final class Relay implements AutoCloseable {
    private static final byte[] UPLOAD = "PUT ".getBytes(StandardCharsets.US_ASCII);

    private final int target;
    private final int bytesOfUpload;
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch reached = new CountDownLatch(1);
    private final AtomicBoolean held = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param bytesOfUpload how much of the upload is passed on */
    Relay(int target, int bytesOfUpload) throws IOException {
        this.target = target;
        this.bytesOfUpload = bytesOfUpload;
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Returns when an upload is held. */
    void await() throws InterruptedException {
        if (!reached.await(1, TimeUnit.MINUTES)) {
            throw new AssertionError("nothing was uploaded");
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                threads.execute(() -> connect(client));
            } catch (IOException e) {
                // Closed.
                return;
            }
        }
    }

    private void connect(Socket client) {
        try (client;
                Socket service = new Socket(InetAddress.getLoopbackAddress(), target)) {
            threads.execute(() -> passBack(service, client));
            pass(client.getInputStream(), service.getOutputStream());
        } catch (IOException e) {
            // One of both has gone; the other one sees it too.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void passBack(Socket service, Socket client) {
        try (client) {
            service.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // As above.
        }
    }

    private void pass(InputStream in, OutputStream out) throws IOException, InterruptedException {
        byte[] buffer = new byte[1 << 16];
        int passed = -1;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            if (passed < 0 && isUpload(buffer, n) && held.compareAndSet(false, true)) {
                passed = 0;
            }
            if (passed >= 0 && passed + n >= bytesOfUpload) {
                out.write(buffer, 0, bytesOfUpload - passed);
                reached.countDown();
                closed.await();
                return;
            }
            out.write(buffer, 0, n);
            passed = passed < 0 ? passed : passed + n;
        }
    }

    private static boolean isUpload(byte[] buffer, int length) {
        return length >= UPLOAD.length
                && buffer[0] == UPLOAD[0]
                && buffer[1] == UPLOAD[1]
                && buffer[2] == UPLOAD[2]
                && buffer[3] == UPLOAD[3];
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
        threads.shutdownNow();
    }
}
