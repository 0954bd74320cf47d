package dev.jobqueue.examples.composer.build;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory for the files of one program, a worker or a service. Others may share the directory above it.
 *
 * <pre>
 * 1.lock    locked by the program whose place it is, for as long as it lives
 * 1/        its files
 * 2.lock    ...
 * </pre>
 *
 * <p>A place whose lock is free belongs to nobody: what a dead program has left there is removed. The locks stay, so nobody locks a file that is gone.
 */
public final class Workplace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workplace.class);

    private final Path directory;
    private final FileChannel lock;

    private Workplace(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /** Takes the first free place, and empties all others that are free. */
    public static Workplace in(Path above) throws IOException {
        Files.createDirectories(above);
        @Nullable Workplace own = null;
        for (int number = 1; own == null || Files.exists(lockFile(above, number)); number++) {
            Optional<Workplace> free = take(above, number);
            if (free.isEmpty()) {
                continue;
            }
            free.get().empty();
            if (own == null) {
                own = free.get();
            } else {
                free.get().close();
            }
        }
        return own;
    }

    private static Path lockFile(Path above, int number) {
        return above.resolve(number + ".lock");
    }

    private static Optional<Workplace> take(Path above, int number) throws IOException {
        FileChannel channel =
                FileChannel.open(lockFile(above, number), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (isLocked(channel)) {
            return Optional.of(new Workplace(above.resolve(Integer.toString(number)), channel));
        }
        channel.close();
        return Optional.empty();
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            // Of this process.
            return false;
        }
    }

    private void empty() throws IOException {
        if (Files.exists(directory)) {
            LOG.info("What a dead program has left in {} is removed", directory);
            new Scratch(directory).close();
        }
    }

    /** A directory in it, for one piece of work. */
    public Scratch scratch() throws IOException {
        return Scratch.in(directory);
    }

    /** Leaves the place to others. Idempotent. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(directory);
            lock.close();
        } catch (IOException e) {
            LOG.warn("{} is not left in order; the next program there will mend that", directory, e);
        }
    }
}
