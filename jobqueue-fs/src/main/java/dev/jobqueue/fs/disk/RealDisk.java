package dev.jobqueue.fs.disk;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory of the file system. */
public final class RealDisk implements Disk {
    private final Path directory;
    private final @Nullable DirectoryLock lock;

    private RealDisk(Path directory, @Nullable DirectoryLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Takes over a directory, which is made if it does not exist (DUR-4).
     *
     * @throws IOException if it cannot be made, or is in use by another queue; the message names it
     */
    public static RealDisk take(Path directory) throws IOException {
        createDirectories(directory.toAbsolutePath());
        Path real = directory.toRealPath();
        return new RealDisk(real, DirectoryLock.take(real));
    }

    /** Looks at a directory without taking it over; nothing may be written. */
    public static RealDisk lookAt(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString(), null, "not a directory");
        }
        return new RealDisk(directory.toRealPath(), null);
    }

    /** As {@link Files#createDirectories}, and every new name is durable. */
    private static void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path p = directory; p != null && !Files.isDirectory(p); p = p.getParent()) {
            missing.push(p);
        }
        for (Path p : missing) {
            Files.createDirectories(p);
            Path parent = p.getParent();
            if (parent != null) {
                force(parent);
            }
        }
    }

    @Override
    public Set<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(p -> String.valueOf(p.getFileName())).collect(Collectors.toSet());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public DiskFile create(String name) throws IOException {
        Path path = directory.resolve(name);
        Files.createFile(path);
        return new RealFile(path, true);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new RealFile(existing(name), true);
    }

    @Override
    public DiskFile openForRead(String name) throws IOException {
        return new RealFile(existing(name), false);
    }

    private Path existing(String name) throws FileNotFoundException {
        Path path = directory.resolve(name);
        if (!Files.isRegularFile(path)) {
            throw new FileNotFoundException(path.toString());
        }
        return path;
    }

    @Override
    public void rename(String from, String to) throws IOException {
        try {
            Files.move(
                    directory.resolve(from),
                    directory.resolve(to),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + directory + " cannot replace a file in one step", e);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void forceDirectory() throws IOException {
        force(directory);
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public String path(String name) {
        return directory.resolve(name).toString();
    }

    @Override
    public String path() {
        return directory.toString();
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
