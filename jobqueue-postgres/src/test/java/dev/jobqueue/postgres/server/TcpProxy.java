package dev.jobqueue.postgres.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * A way to a server that can be made bad: cut connections, let nothing through, or lose the answer to one message.
 *
 * <p>Knows the messages of PostgreSQL only as bytes that are searched for. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition thawed = lock.newCondition();
    private boolean frozen;
    private volatile Predicate<byte[]> loses = bytes -> false;
    private volatile boolean lost;

    /** Listens on a free port and leads to this one. */
    public TcpProxy(int target) {
        this.target = target;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept, "proxy");
    }

    private static void daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** With statements that are sent as text each time, so that {@link #loseAnswerTo} can find them. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + listening.getLocalPort()
                + "/postgres?user=postgres&tcpKeepAlive=true&prepareThreshold=0";
    }

    /** Nothing gets through any more, and nobody is told. */
    public void freeze() {
        lock.lock();
        try {
            frozen = true;
        } finally {
            lock.unlock();
        }
    }

    /** What was held back goes on. */
    public void thaw() {
        lock.lock();
        try {
            frozen = false;
            thawed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Cuts all connections. */
    public void cut() {
        sockets.forEach(TcpProxy::close);
    }

    /** Passes the next message with these bytes on, and cuts the connection as soon as the server has answered: the answer is lost. */
    public void loseAnswerTo(String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        lost = false;
        loses = message -> contains(message, bytes);
    }

    /** Whether an answer was lost since {@link #loseAnswerTo}. */
    public boolean lost() {
        return lost;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                lead(listening.accept());
            } catch (IOException e) {
                // Closed, or the server is away: the client sees its connection end.
            }
        }
    }

    private void lead(Socket client) throws IOException {
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException e) {
            client.close();
            throw e;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(server);
        Link link = new Link(client, server);
        daemon(link::toServer, "proxy to server");
        daemon(link::toClient, "proxy to client");
    }

    private final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean losing;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void toServer() {
            pump(client, server, bytes -> {
                if (loses.test(bytes)) {
                    loses = message -> false;
                    losing = true;
                }
                return true;
            });
        }

        void toClient() {
            pump(server, client, bytes -> {
                if (losing) {
                    lost = true;
                }
                return !losing;
            });
        }

        private void pump(Socket from, Socket to, Predicate<byte[]> passes) {
            byte[] buffer = new byte[64 << 10];
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    awaitThaw();
                    if (!passes.test(java.util.Arrays.copyOf(buffer, read))) {
                        break;
                    }
                    out.write(buffer, 0, read);
                }
            } catch (IOException e) {
                // One side has gone; the other one follows.
            } finally {
                sockets.remove(from);
                sockets.remove(to);
            }
        }
    }

    private void awaitThaw() {
        lock.lock();
        try {
            while (frozen && !listening.isClosed()) {
                thawed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean contains(byte[] message, byte[] part) {
        for (int i = 0; i + part.length <= message.length; i++) {
            if (java.util.Arrays.equals(message, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thaw();
        cut();
    }
}
