package dev.jobqueue.examples.composer.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;

/** Where a server listens. */
public sealed interface ListenAddress {
    /**
     * A TCP port.
     *
     * @param host the address
     * @param port 0 for any that is free
     */
    record Port(String host, int port) implements ListenAddress {
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
