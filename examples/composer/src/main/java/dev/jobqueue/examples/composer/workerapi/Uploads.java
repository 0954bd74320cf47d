package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.JobToken;
import dev.jobqueue.examples.composer.http.ApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Uploads under way, so that what a run has and what comes keep to the limits together. Thread-safe: all state is guarded by this object's monitor.
 */
final class Uploads {
    private final WorkerLimits limits;

    /** Of runs with at least one upload under way. */
    private final Map<JobToken, Run> runs = new HashMap<>();

    Uploads(WorkerLimits limits) {
        this.limits = limits;
    }

    /** The artifacts of a run, by name, with their bytes. */
    interface Stored {
        Map<String, Long> read() throws IOException;
    }

    /** What takes the place of a file that was stored before. */
    interface Move {
        void make() throws IOException;
    }

    private static final class Run {
        final Map<String, Long> stored;
        final List<Upload> coming = new ArrayList<>();

        Run(Map<String, Long> stored) {
            this.stored = new HashMap<>(stored);
        }
    }

    /**
     * Begins an upload, which must be closed.
     *
     * @param length its bytes, -1 if they are not known
     * @param stored asked if no other upload of the run is under way
     * @throws ApiException if it is too much; nothing has changed
     */
    synchronized Upload begin(JobToken token, String name, long length, Stored stored) throws IOException {
        Run run = runs.get(token);
        if (run == null) {
            run = new Run(stored.read());
        }
        Upload upload = new Upload(token, run, name);
        Set<String> names = new HashSet<>(run.stored.keySet());
        run.coming.forEach(other -> names.add(other.name));
        names.add(name);
        if (names.size() > limits.maxRunArtifacts()) {
            throw tooMuch(
                    WorkerError.TOO_MANY_ARTIFACTS,
                    names.size() + " artifacts in one run; at most " + limits.maxRunArtifacts() + " are allowed");
        }
        upload.reserve(Math.max(0, length));
        run.coming.add(upload);
        runs.put(token, run);
        return upload;
    }

    private static ApiException tooMuch(WorkerError error, String message) {
        return ApiException.withDetails(error, message, message);
    }

    /** One upload. */
    final class Upload implements AutoCloseable {
        private final JobToken token;
        private final Run run;
        private final String name;
        private long reserved;
        private long received;

        private Upload(JobToken token, Run run, String name) {
            this.token = token;
            this.run = run;
            this.name = name;
        }

        /** Says that more is there; before it is written. */
        void grow(int bytes) {
            synchronized (Uploads.this) {
                received += bytes;
                if (received > reserved) {
                    reserve(received);
                }
            }
        }

        /** Under the monitor. */
        private void reserve(long bytes) {
            if (bytes > limits.maxArtifactBytes()) {
                throw tooMuch(
                        WorkerError.TOO_LARGE,
                        "an artifact of at least " + bytes + " bytes; at most " + limits.maxArtifactBytes()
                                + " are allowed");
            }
            long others = run.stored.entrySet().stream()
                            .filter(file -> !file.getKey().equals(name))
                            .mapToLong(Map.Entry::getValue)
                            .sum()
                    + run.coming.stream()
                            .filter(other -> other != this)
                            .mapToLong(other -> other.reserved)
                            .sum();
            if (bytes > limits.maxRunBytes() - others) {
                throw tooMuch(
                        WorkerError.RUN_TOO_LARGE,
                        "artifacts of at least " + (others + bytes) + " bytes in one run; at most "
                                + limits.maxRunBytes() + " are allowed");
            }
            reserved = bytes;
        }

        /** Puts the file in its place. */
        void complete(Move move) throws IOException {
            synchronized (Uploads.this) {
                move.make();
                run.stored.put(name, received);
            }
        }

        @Override
        public void close() {
            synchronized (Uploads.this) {
                run.coming.remove(this);
                if (run.coming.isEmpty()) {
                    runs.remove(token);
                }
            }
        }
    }
}
