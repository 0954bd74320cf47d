package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The workers that have registered (3.1).
 *
 * <pre>
 * ID.json      who the worker is; its time of change is when the worker was heard of last
 * .ID          on its way
 * </pre>
 *
 * <p>The queue has no table of workers, on no backend, and nothing in it depends on one: its heartbeats are those of runs. So they are files, in a directory that all processes of the
 * service share, as they share the artifacts. A file appears whole by a rename and never changes after that, so the news of one worker is one change of a time and loses no other news
 * (F10). Nothing is forced: a worker that is unknown after a power failure registers again. Thread-safe, in many processes.
 */
final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final String SUFFIX = ".json";

    private final Path directory;
    private final int max;
    private final InstantSource clock;
    private final ScheduledExecutorService watcher =
            Executors.newSingleThreadScheduledExecutor(Threads.named("worker-watch"));

    /**
     * A worker that has registered.
     *
     * @param name for people
     * @param channel of the tenant that it works for
     */
    record Registered(UUID id, String name, String arch, String channel) {
        /** What the attempts of its jobs show. */
        String shown() {
            return name + " " + id;
        }
    }

    /** There are as many workers as there may be. */
    static final class TooMany extends Exception {
        private static final long serialVersionUID = 1;
    }

    /**
     * In this directory, which is made if there is none.
     *
     * @param max the most that may be registered at once
     */
    Workers(Path directory, int max, InstantSource clock) throws IOException {
        this.directory = directory;
        this.max = max;
        this.clock = clock;
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** Registers a worker; its id is new. */
    Registered register(String name, String arch, String channel) throws IOException, TooMany {
        if (files().size() >= max) {
            throw new TooMany();
        }
        Registered worker = new Registered(UUID.randomUUID(), name, arch, channel);
        Path part = directory.resolve("." + worker.id());
        try {
            Files.write(part, ComposerJson.MAPPER.writeValueAsBytes(worker));
            Files.setLastModifiedTime(part, now());
            Files.move(part, file(worker.id()), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        return worker;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX)).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Path file(UUID id) {
        return directory.resolve(id + SUFFIX);
    }

    private FileTime now() {
        return FileTime.from(clock.instant());
    }

    /** The worker with this id, which is heard of now; empty if there is none, or it is one of another channel. */
    Optional<Registered> heard(UUID id, String channel) throws IOException {
        try {
            Registered worker = ComposerJson.MAPPER.readValue(Files.readAllBytes(file(id)), Registered.class);
            if (!worker.channel().equals(channel)) {
                return Optional.empty();
            }
            Files.setLastModifiedTime(file(id), now());
            return Optional.of(worker);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException e) {
            LOG.warn("The file of worker {} cannot be read; it must register again", id, e);
            return Optional.empty();
        }
    }

    /** Removes workers that have been silent for longer than this, again and again. */
    void watch(Duration interval, Duration timeout) {
        long millis = interval.toMillis();
        var unused = watcher.scheduleWithFixedDelay(
                () -> {
                    try {
                        removeSilent(timeout);
                    } catch (IOException | RuntimeException e) {
                        LOG.warn("Silent workers were not looked for; the next watch does it", e);
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Removes those that have been silent for longer than this. One that is heard of at this very moment may be removed too; it registers again. */
    void removeSilent(Duration timeout) throws IOException {
        Instant limit = clock.instant().minus(timeout);
        for (Path file : files()) {
            if (heardOfBefore(file, limit) && Files.deleteIfExists(file)) {
                LOG.info("Worker {} has been silent for more than {}; it is removed", file.getFileName(), timeout);
            }
        }
    }

    private static boolean heardOfBefore(Path file, Instant limit) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(limit);
        } catch (NoSuchFileException e) {
            // Another process was quicker.
            return false;
        }
    }

    /** Ends the watch; returns when one under way has ended. Idempotent. */
    @Override
    public void close() {
        Threads.end(watcher);
    }
}
