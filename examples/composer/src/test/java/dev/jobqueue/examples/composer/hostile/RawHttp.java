package dev.jobqueue.examples.composer.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.SocketFactory;
import javax.net.ssl.SSLException;

/** Sends bytes as they are, each time on a connection of its own. Thread-safe. */
final class RawHttp {
    /** Far more than a service may take that cuts slow clients after less than a second. */
    private static final int PATIENCE_MILLIS = 30_000;

    private static final Pattern STATUS = Pattern.compile("(?s)HTTP/1\\.1 (\\d{3}) .*");

    private final SocketFactory sockets;
    private final int port;

    RawHttp(SocketFactory sockets, int port) {
        this.sockets = sockets;
        this.port = port;
    }

    /** What is sent. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * What came back.
     *
     * @param status 0 if the connection was cut without an answer
     */
    record Answer(int status, String text) {
        /** The number of the error, 0 for none. */
        int error() {
            Matcher number =
                    Pattern.compile("\"code\":\"IMAGE-BUILDER-[A-Z]+-(\\d+)\"").matcher(text);
            return number.find() ? Integer.parseInt(number.group(1)) : 0;
        }
    }

    /**
     * Sends something and waits for the end of the connection.
     *
     * @throws Hang if it does not end
     */
    Answer send(Content content) throws IOException {
        try (Socket socket = sockets.createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            try {
                content.writeTo(socket.getOutputStream());
                socket.getOutputStream().flush();
            } catch (SocketException | SSLException e) {
                // It was cut before all was sent; there may be an answer.
            }
            String text = read(socket);
            Matcher status = STATUS.matcher(text);
            return new Answer(status.matches() ? Integer.parseInt(status.group(1)) : 0, text);
        }
    }

    private static String read(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(all);
        } catch (SocketTimeoutException e) {
            throw new Hang("nothing more after " + all, e);
        } catch (SocketException | SSLException e) {
            // Cut.
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** A connection neither ends nor goes on. */
    static final class Hang extends IOException {
        private static final long serialVersionUID = 1;

        Hang(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
