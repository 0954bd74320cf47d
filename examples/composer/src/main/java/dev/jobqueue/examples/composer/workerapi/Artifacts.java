package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.examples.composer.build.Scratch;
import dev.jobqueue.examples.composer.build.Workplace;
import dev.jobqueue.examples.composer.http.ApiException;
import dev.jobqueue.examples.composer.workerapi.Uploads.Upload;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What workers bring besides results (S41).
 *
 * <pre>
 * tmp/coming/N/...    on its way through service N, see {@link Workplace}
 * tmp/TOKEN/NAME      of a run that is not over, or whose end was not seen here yet
 * tmp/TOKEN/.job      the id of its job
 * JOB/NAME            of a job that has ended
 * </pre>
 *
 * <p>The order of a finish is: files forced, job finished in the queue, directory renamed. After a crash in between {@link #settle} renames it: the queue still knows which
 * token ended the job. Runs that ended otherwise leave nothing.
 *
 * <p>Services over one queue share the directory. Each keeps what is on its way in a place of its own, which is removed once it is dead; all else is done by renaming and deleting, where it is
 * fine to find that another one was quicker. Thread-safe.
 */
final class Artifacts {
    private static final int MAX_NAME_BYTES = 200;
    private static final String JOB_FILE = ".job";
    private static final String PART = ".part";

    private final Path root;
    private final Path temporary;

    private final Predicate<JobId> exists;
    private final Uploads uploads;
    private final Workplace place;
    private final Scratch coming;

    /**
     * In this directory, which no other user may look into. What dead services have left on its way is removed.
     *
     * @param exists what the queue says about a job
     */
    Artifacts(Path root, WorkerLimits limits, Predicate<JobId> exists) throws IOException {
        this.root = root;
        this.exists = exists;
        uploads = new Uploads(limits);
        temporary = root.resolve("tmp");
        Files.createDirectories(
                temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        place = Workplace.in(temporary.resolve("coming"));
        coming = place.scratch();
    }

    /** Whether a name is that of a file in this very directory, on any system, and none of ours. */
    static boolean isName(String name) {
        return !name.isEmpty()
                && !name.startsWith(".")
                && name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES
                && name.codePoints()
                        .allMatch(c ->
                                c != '/' && c != '\\' && c != 0xfffd && !Character.isISOControl(c) && !isSurrogate(c));
    }

    private static boolean isSurrogate(int codePoint) {
        return Character.getType(codePoint) == Character.SURROGATE;
    }

    /**
     * Stores a file of a run, in place of one with the same name; it is there whole or not at all.
     *
     * @param length the bytes of the content, -1 if they are not known
     * @param running asked once all is there: the run may be over by then
     * @return false if the run is over; nothing is stored then
     * @throws ApiException if it is more than the limits allow; nothing is stored then
     */
    boolean store(JobToken token, JobId job, String name, InputStream content, long length, BooleanSupplier running)
            throws IOException {
        try (Upload upload = uploads.begin(token, name, length, () -> sizes(token))) {
            Path directory = directory(token, job);
            Path part = Files.createTempFile(coming.directory(), "", PART);
            try {
                copy(content, part, upload);
                if (!running.getAsBoolean()) {
                    return false;
                }
                Path file = directory.resolve(name);
                upload.complete(() -> Files.move(part, file, StandardCopyOption.ATOMIC_MOVE), () -> Files.delete(file));
                force(directory);
                return true;
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (NoSuchFileException e) {
            // The run ended meanwhile, and its directory is elsewhere.
            return false;
        }
    }

    /** The files of a run, with their bytes. */
    private SortedMap<String, Long> sizes(JobToken token) throws IOException {
        return sizes(temporary.resolve(token.reveal()));
    }

    /** The files of a job that has ended, with their bytes. */
    SortedMap<String, Long> ofJob(JobId job) throws IOException {
        return sizes(root.resolve(job.toString()));
    }

    private static SortedMap<String, Long> sizes(Path directory) throws IOException {
        SortedMap<String, Long> sizes = new TreeMap<>();
        if (Files.exists(directory)) {
            for (Path file : entries(directory, name -> !name.startsWith("."))) {
                sizes.put(file.getFileName().toString(), Files.size(file));
            }
        }
        return sizes;
    }

    /** The directory of a run: it appears with the file that says to which job it belongs. */
    private Path directory(JobToken token, JobId job) throws IOException {
        Path directory = temporary.resolve(token.reveal());
        if (!Files.exists(directory)) {
            Path made = Files.createTempDirectory(coming.directory(), "");
            Files.writeString(
                    made.resolve(JOB_FILE), job.toString(), StandardOpenOption.CREATE_NEW, StandardOpenOption.SYNC);
            force(made);
            try {
                Files.move(made, directory, StandardCopyOption.ATOMIC_MOVE);
                force(temporary);
            } catch (IOException e) {
                delete(made);
                if (!Files.exists(directory)) {
                    throw e;
                }
            }
        }
        return directory;
    }

    private static void copy(InputStream content, Path file, Upload upload) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                upload.grow(n);
                out.write(buffer, 0, n);
            }
            out.getFD().sync();
        }
    }

    /** Gives the files of the run that ended its job to the job, unless that was deleted meanwhile. Again is fine. */
    void keep(JobToken token) throws IOException {
        Path directory = temporary.resolve(token.reveal());
        JobId job;
        try {
            job = JobId.parse(Files.readString(directory.resolve(JOB_FILE)));
            Files.move(directory, root.resolve(job.toString()), StandardCopyOption.ATOMIC_MOVE);
            force(root);
        } catch (NoSuchFileException e) {
            // There are none, or somebody else was quicker, and does the rest.
            return;
        }
        // Who deletes a job removes its files afterwards, so either sees the other: it these files, or this that the
        // job is gone.
        forget(job);
    }

    /** Removes the files of a job if it is gone; there may be none. */
    void forget(JobId job) throws IOException {
        Path directory = root.resolve(job.toString());
        if (Files.exists(directory) && !exists.test(job)) {
            delete(directory);
        }
    }

    /**
     * Settles the directories of runs that are over.
     *
     * @param state what the queue says about a token
     */
    void settle(Function<JobToken, RunState> state) throws IOException {
        for (Path directory : entries(temporary, Artifacts::isToken)) {
            JobToken token = JobToken.parse(directory.getFileName().toString());
            switch (state.apply(token)) {
                case RUNNING -> {}
                case ENDED_THE_JOB -> keep(token);
                case OVER -> delete(directory);
            }
        }
    }

    /** What became of a run. */
    enum RunState {
        RUNNING,
        ENDED_THE_JOB,
        OVER
    }

    /** Removes the files of jobs that are gone. */
    void clean() throws IOException {
        for (Path directory : entries(root, Artifacts::isToken)) {
            if (!exists.test(JobId.parse(directory.getFileName().toString()))) {
                delete(directory);
            }
        }
    }

    /** A file of a job that has ended. */
    Optional<Path> find(JobId job, String name) {
        return Optional.of(root.resolve(job.toString()).resolve(name))
                .filter(file -> isName(name) && Files.isRegularFile(file));
    }

    /** Whether a name is a UUID, as tokens and ids of jobs are. */
    private static boolean isToken(String name) {
        try {
            return name.equals(JobToken.parse(name).reveal());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static List<Path> entries(Path directory, Predicate<String> names) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(
                directory, entry -> names.test(entry.getFileName().toString()))) {
            stream.forEach(entries::add);
        }
        return entries;
    }

    /** Removes a directory of files; what somebody else removes meanwhile does not matter. */
    private static void delete(Path directory) throws IOException {
        try {
            for (Path file : entries(directory, name -> true)) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException e) {
            // Somebody else was quicker.
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Leaves its place, when no upload is under way any more. */
    void close() throws IOException {
        coming.close();
        place.close();
    }
}
