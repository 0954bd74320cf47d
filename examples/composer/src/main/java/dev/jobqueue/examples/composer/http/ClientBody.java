package dev.jobqueue.examples.composer.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BiFunction;
import org.eclipse.jetty.http.HttpException;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request as it comes in. Whatever keeps it from coming is the client's fault: it breaks off, is no chunk, stops for too long, or comes too slowly. Jetty cuts it only if
 * it stops.
 */
final class ClientBody extends FilterInputStream {
    private final HttpLimits limits;
    private final BiFunction<String, @Nullable Throwable, ApiException> refusal;
    private long bytesRead;
    private long nanosWaited;

    ClientBody(InputStream body, HttpLimits limits, BiFunction<String, @Nullable Throwable, ApiException> refusal) {
        super(body);
        this.limits = limits;
        this.refusal = refusal;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
        long start = System.nanoTime();
        int read;
        try {
            read = super.read(bytes, from, length);
        } catch (IOException | HttpException.RuntimeException e) {
            throw refusal.apply("body that does not come in whole", e);
        }
        bytesRead += Math.max(0, read);
        nanosWaited += System.nanoTime() - start;
        requireSpeed();
        return read;
    }

    /** Only the time that the client takes counts, and only once it has had a while. */
    private void requireSpeed() {
        if (nanosWaited > limits.idleTimeout().toNanos()
                && bytesRead < nanosWaited / 1e9 * limits.minBytesPerSecond()) {
            throw refusal.apply(
                    "body of " + bytesRead + " bytes in " + nanosWaited / 1_000_000 + " ms; at least "
                            + limits.minBytesPerSecond() + " bytes a second are wanted",
                    null);
        }
    }
}
