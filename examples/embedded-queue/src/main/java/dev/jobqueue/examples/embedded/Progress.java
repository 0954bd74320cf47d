package dev.jobqueue.examples.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** What the workers of this process have done so far. Thread-safe. */
final class Progress {
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final OutputStream trace;

    /** @param trace gets a line for each file that was read */
    Progress(OutputStream trace) {
        this.trace = trace;
    }

    /** Notes that a file was read; its hash is not acknowledged yet. */
    void hashed(String name) {
        byte[] line = (name + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (trace) {
            try {
                trace.write(line);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Notes that a HASH job is finished for good. */
    void acknowledged() {
        acknowledged.incrementAndGet();
    }

    /** How many HASH jobs the workers of this process have finished. */
    int acknowledgedJobs() {
        return acknowledged.get();
    }
}
