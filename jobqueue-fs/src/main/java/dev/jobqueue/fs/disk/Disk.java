package dev.jobqueue.fs.disk;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Set;

/**
 * One directory of files.
 *
 * <p>What is durable after a power loss: the bytes of a file that were forced, and the names that the directory had when it was last forced. A rename is
 * atomic: afterwards either the old or the new name stands, each with a whole file. Everything else may be lost, kept, or kept in part.
 *
 * <p>Thread-safe. Names are plain file names without a separator.
 */
public interface Disk extends Closeable {
    /** The names of all files, ours and foreign ones. */
    Set<String> list() throws IOException;

    /** Makes a new empty file, open for reading and writing; fails if the name exists. */
    DiskFile create(String name) throws IOException;

    /** Opens an existing file for reading and writing. */
    DiskFile open(String name) throws IOException;

    /**
     * Opens an existing file for reading only.
     *
     * @throws FileNotFoundException if there is none
     */
    DiskFile openForRead(String name) throws IOException;

    /** Gives a file another name, in place of a file that has it already; atomic, durable once the directory is forced. */
    void rename(String from, String to) throws IOException;

    /** Removes a file if it exists. */
    void delete(String name) throws IOException;

    /** Makes all new, renamed and removed names durable. */
    void forceDirectory() throws IOException;

    /** Where this file is, for messages. */
    String path(String name);

    /** Where the directory is, for messages. */
    String path();

    /** Gives up the directory. Files that are open stay open. */
    @Override
    void close() throws IOException;
}
