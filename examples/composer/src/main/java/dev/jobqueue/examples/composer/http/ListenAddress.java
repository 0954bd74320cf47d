package dev.jobqueue.examples.composer.http;

import static java.util.Objects.requireNonNull;

import io.javalin.Javalin;
import io.javalin.util.JavalinException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;

/** Where a server listens. */
public sealed interface ListenAddress {
    /**
     * Starts a server that listens here.
     *
     * @throws IOException if that cannot be; names the address
     */
    default void start(Javalin server) throws IOException {
        try {
            server.start();
        } catch (JavalinException e) {
            throw new IOException(
                    "the program cannot listen on " + this + ": " + cause(e)
                            + "; stop what listens there, or choose another address",
                    e);
        }
    }

    private static String cause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /**
     * A TCP port.
     *
     * @param host the address
     * @param port 0 for any that is free
     */
    record Port(String host, int port) implements ListenAddress {
        public Port {
            requireNonNull(host, "host");
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException(
                        "a port is a number from 0, for any that is free, to 65535: " + port);
            }
        }

        /** Whether only this machine can reach it; not, if it is unknown what the host is. */
        boolean isLoopback() {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                return false;
            }
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /**
     * A Unix domain socket, for programs of the same user on this machine. Its file has mode 0600; it takes the place of one that a dead server has left, but not of one that
     * is listened on, and not of any other file.
     *
     * @param path where the file is made, in a directory that is there
     */
    record Socket(Path path) implements ListenAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }
}
