package dev.jobqueue.examples.composer.workerapi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobToken;
import dev.jobqueue.examples.composer.http.ApiException;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Uploads under way, so that what a run has and what comes keep to the limits together. Of what comes through other services only what has arrived counts: it is looked for before and after each
 * file takes its place, so that a run never keeps more than the limits allow.
 *
 * <p>Thread-safe: what belongs to a run is guarded by its own monitor, so runs do not wait for each other.
 */
final class Uploads {
    private final WorkerLimits limits;

    /** Of runs with at least one upload under way. */
    private final Map<JobToken, Run> runs = new ConcurrentHashMap<>();

    Uploads(WorkerLimits limits) {
        this.limits = limits;
    }

    /** The artifacts of a run, by name, with their bytes. */
    interface Stored {
        Map<String, Long> read() throws IOException;
    }

    /** Puts a file in its place, or takes it away again. */
    interface Move {
        void make() throws IOException;
    }

    /** All but the number of users is guarded by its monitor. */
    private static final class Run {
        /** How many uploads use this; guarded by its entry in the map. */
        int users;

        /** Read by the first upload. */
        @Nullable
        Map<String, Long> stored;

        /** The names of uploads under way, with their numbers. */
        final Map<String, Integer> coming = new HashMap<>();

        /** Bytes of all that is stored and of all that is reserved for uploads. */
        long bytes;

        Map<String, Long> stored(Stored reader) throws IOException {
            return stored == null ? readAgain(reader) : stored;
        }

        Map<String, Long> readAgain(Stored reader) throws IOException {
            Map<String, Long> there = Map.copyOf(reader.read());
            bytes += sum(there) - (stored == null ? 0 : sum(stored));
            stored = there;
            return there;
        }

        private static long sum(Map<String, Long> files) {
            return files.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * Begins an upload, which must be closed.
     *
     * @param length its bytes, -1 if they are not known
     * @param stored asked if no other upload of the run is under way, and again when the file takes its place
     * @throws ApiException if it is too much; nothing has changed
     */
    Upload begin(JobToken token, String name, long length, Stored stored) throws IOException {
        Run run = requireNonNull(runs.compute(token, (t, there) -> {
            Run used = there == null ? new Run() : there;
            used.users++;
            return used;
        }));
        boolean begun = false;
        try {
            Upload upload = new Upload(token, run, name, length, stored);
            begun = true;
            return upload;
        } finally {
            if (!begun) {
                leave(token);
            }
        }
    }

    private void leave(JobToken token) {
        var unused = runs.computeIfPresent(token, (t, run) -> --run.users == 0 ? null : run);
    }

    private static ApiException tooMuch(WorkerError error, String message) {
        return ApiException.withDetails(error, message, message);
    }

    /** One upload. */
    final class Upload implements AutoCloseable {
        private final JobToken token;
        private final Run run;
        private final String name;
        private final Stored reader;
        private long reserved;
        private long received;

        private Upload(JobToken token, Run run, String name, long length, Stored reader) throws IOException {
            this.token = token;
            this.run = run;
            this.name = name;
            this.reader = reader;
            synchronized (run) {
                requirePlace(run.stored(reader));
                reserve(Math.max(0, length), run.stored(reader));
                run.coming.merge(name, 1, Integer::sum);
            }
        }

        private void requirePlace(Map<String, Long> stored) {
            Set<String> names = new HashSet<>(stored.keySet());
            names.addAll(run.coming.keySet());
            names.add(name);
            if (names.size() > limits.maxRunArtifacts()) {
                throw tooMuch(
                        WorkerError.TOO_MANY_ARTIFACTS,
                        names.size() + " artifacts in one run; at most " + limits.maxRunArtifacts() + " are allowed");
            }
        }

        /** Says that more is there; before it is written. */
        void grow(int bytes) throws IOException {
            received += bytes;
            if (received > reserved) {
                synchronized (run) {
                    reserve(received, run.stored(reader));
                }
            }
        }

        /** Under the run's monitor. What this replaces does not count. */
        private void requireRoom(long bytes, Map<String, Long> stored) {
            if (bytes > limits.maxArtifactBytes()) {
                throw tooMuch(
                        WorkerError.TOO_LARGE,
                        "an artifact of at least " + bytes + " bytes; at most " + limits.maxArtifactBytes()
                                + " are allowed");
            }
            long others = run.bytes - reserved - stored.getOrDefault(name, 0L);
            if (bytes > limits.maxRunBytes() - others) {
                throw tooMuch(
                        WorkerError.RUN_TOO_LARGE,
                        "artifacts of at least " + (others + bytes) + " bytes in one run; at most "
                                + limits.maxRunBytes() + " are allowed");
            }
        }

        private void reserve(long bytes, Map<String, Long> stored) {
            requireRoom(bytes, stored);
            run.bytes += bytes - reserved;
            reserved = bytes;
        }

        /**
         * Puts the file in its place.
         *
         * @param undo takes it away again
         * @throws ApiException if it is too much beside what others have stored meanwhile; it is not there then
         */
        void complete(Move move, Move undo) throws IOException {
            synchronized (run) {
                requirePlace(run.readAgain(reader));
                reserve(received, run.stored(reader));
                move.make();
                run.bytes -= reserved;
                reserved = 0;
                try {
                    requirePlace(run.readAgain(reader));
                    requireRoom(received, run.stored(reader));
                } catch (ApiException e) {
                    undo.make();
                    var unused = run.readAgain(reader);
                    throw e;
                }
            }
        }

        @Override
        public void close() {
            synchronized (run) {
                run.bytes -= reserved;
                run.coming.computeIfPresent(name, (n, count) -> count == 1 ? null : count - 1);
            }
            leave(token);
        }
    }
}
