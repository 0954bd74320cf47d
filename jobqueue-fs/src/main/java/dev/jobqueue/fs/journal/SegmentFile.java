package dev.jobqueue.fs.journal;

import dev.jobqueue.fs.disk.DiskFile;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A segment that is open for writing.
 *
 * @param size how many bytes of it the disk has given
 */
public record SegmentFile(int id, DiskFile file, long size) {
    private static final Pattern NAME = Pattern.compile("segment-([0-9a-f]{8})\\.log");

    /** The name of the file of a segment. */
    public static String name(int id) {
        return String.format("segment-%08x.log", id);
    }

    /** The id in the name of a file, if it is the name of a segment. */
    public static Optional<Integer> id(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? Optional.of(Integer.parseUnsignedInt(matcher.group(1), 16)) : Optional.empty();
    }

    public String name() {
        return name(id);
    }
}
