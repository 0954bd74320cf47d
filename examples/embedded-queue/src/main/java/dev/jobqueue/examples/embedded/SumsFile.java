package dev.jobqueue.examples.embedded;

import dev.jobqueue.examples.embedded.Jobs.FileHash;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that {@code sha256sum -c} reads. It appears under its name only when it is whole and on the disk: written beside, forced, moved.
 *
 * <p>Not thread-safe.
 */
final class SumsFile implements AutoCloseable {
    private final Path path;
    private final Path unfinished;
    private final FileChannel channel;
    private final OutputStream out;

    SumsFile(Path path) throws IOException {
        this.path = path;
        unfinished = unfinished(path);
        channel = FileChannel.open(
                unfinished, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        out = new BufferedOutputStream(Channels.newOutputStream(channel));
    }

    /** Where the file is written before it is moved to its place. */
    static Path unfinished(Path path) {
        return path.resolveSibling("." + path.getFileName() + ".tmp");
    }

    /** Adds a line. */
    void add(FileHash hash) throws IOException {
        byte[] name = FileName.bytes(hash.name());
        byte[] escaped = escaped(name);
        if (escaped.length != name.length) {
            out.write('\\');
        }
        out.write(hash.sha256().getBytes(StandardCharsets.US_ASCII));
        out.write(' ');
        out.write(' ');
        if (hash.name().equals("-")) {
            // A lone dash would be the standard input.
            out.write("./".getBytes(StandardCharsets.US_ASCII));
        }
        out.write(escaped);
        out.write('\n');
    }

    /** As sha256sum writes names: backslash, line feed and carriage return become two bytes. */
    private static byte[] escaped(byte[] name) {
        ByteArrayOutputStream escaped = new ByteArrayOutputStream(name.length);
        for (byte b : name) {
            switch (b) {
                case '\\' -> escaped.writeBytes(new byte[] {'\\', '\\'});
                case '\n' -> escaped.writeBytes(new byte[] {'\\', 'n'});
                case '\r' -> escaped.writeBytes(new byte[] {'\\', 'r'});
                default -> escaped.write(b);
            }
        }
        return escaped.toByteArray();
    }

    /** Puts the file in its place; on the disk on return. */
    void publish() throws IOException {
        out.flush();
        channel.force(true);
        channel.close();
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** Removes what was not published. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(unfinished);
    }
}
