package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobError;
import dev.jobqueue.worker.AttemptInfo;
import dev.jobqueue.worker.WorkerListener;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the worker of this process has done so far. Thread-safe. */
final class Progress implements WorkerListener {
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final OutputStream trace;
    private volatile @Nullable IOException failure;

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

    /** Notes what ends the program: a failure that is no fault of a file. */
    void failed(IOException e) {
        failure = e;
    }

    /** Throws what ends the program. */
    void check() throws IOException {
        IOException e = failure;
        if (e != null) {
            throw e;
        }
    }

    /** A result is acknowledged. */
    @Override
    public void succeeded(AttemptInfo attempt) {
        acknowledge(attempt);
    }

    /** An error is acknowledged; no file gets a second attempt. */
    @Override
    public void failed(AttemptInfo attempt, JobError error) {
        acknowledge(attempt);
    }

    private void acknowledge(AttemptInfo attempt) {
        if (attempt.type().equals(Jobs.HASH.name())) {
            acknowledged.incrementAndGet();
        }
    }

    /** How many HASH jobs the worker of this process has finished for good. */
    int acknowledgedJobs() {
        return acknowledged.get();
    }
}
