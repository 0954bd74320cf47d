package dev.jobqueue.fs.journal;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which files are in force. The file {@value #NAME} has two lines of JSON, the second with the checksum of the first:
 *
 * <pre>
 * {"format":1,"checkpoint":{"file":"checkpoint-00000007.jsonl","bytes":4711},"segments":[{"id":3,"bytes":16777190},{"id":4},{"id":5}]}
 * {"crc32c":"89abcdef"}
 * </pre>
 *
 * <p>Segments stand in the order of the log. One with a number of bytes is sealed: it is never written again and ends there. The others are open: the log
 * goes on from the sealed ones into the first open one, and from there perhaps into the next.
 *
 * @param checkpoint the state at some record; empty if there is none yet
 */
public record Manifest(Optional<CheckpointFile> checkpoint, List<Segment> segments) {
    /** The name of the file. */
    public static final String NAME = "MANIFEST";

    /** The name of the next manifest until it is whole. */
    public static final String TEMPORARY = "MANIFEST.tmp";

    private static final int FORMAT = 1;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-([0-9a-f]{8})\\.jsonl(\\.tmp)?");

    public Manifest {
        segments = List.copyOf(segments);
    }

    /** A checkpoint and its length in bytes. */
    public record CheckpointFile(String file, long bytes) {
        /** The number in the name. */
        public int number() {
            return Integer.parseUnsignedInt(file.substring(11, 19), 16);
        }

        /** The name of the checkpoint with this number. */
        public static String name(int number) {
            return String.format("checkpoint-%08x.jsonl", number);
        }
    }

    /** A segment; with its length in bytes if it is sealed. */
    public record Segment(int id, OptionalLong bytes) {
        public String name() {
            return SegmentFile.name(id);
        }
    }

    /** An empty journal. */
    public static final Manifest EMPTY = new Manifest(Optional.empty(), List.of());

    /** Whether this is the name of a file that only the store makes; such a file is removed at open if the manifest does not name it. */
    public static boolean isOurs(String name) {
        return name.equals(TEMPORARY)
                || SegmentFile.id(name).isPresent()
                || CHECKPOINT.matcher(name).matches();
    }

    public boolean names(String file) {
        return checkpoint.map(c -> c.file().equals(file)).orElse(false)
                || segments.stream().anyMatch(s -> s.name().equals(file));
    }

    /** The manifest with one more open segment at the end. */
    public Manifest withOpen(int id) {
        List<Segment> all = new ArrayList<>(segments);
        all.add(new Segment(id, OptionalLong.empty()));
        return new Manifest(checkpoint, all);
    }

    /** The manifest with a segment sealed at this length, or without it if that is 0. */
    public Manifest withSealed(int id, long bytes) {
        List<Segment> all = new ArrayList<>(segments);
        all.replaceAll(s -> s.id() == id ? new Segment(id, OptionalLong.of(bytes)) : s);
        all.removeIf(s -> s.id() == id && bytes == 0);
        return new Manifest(checkpoint, all);
    }

    public Manifest without(int id) {
        return withSealed(id, 0);
    }

    public Manifest withCheckpoint(CheckpointFile file) {
        return new Manifest(Optional.of(file), segments);
    }

    /** Replaces the manifest of the directory; durable on return. */
    public void write(Disk disk) throws IOException {
        Utf8Out out = new Utf8Out(200 + 40 * segments.size());
        out.ascii("{\"format\":").number(FORMAT);
        checkpoint.ifPresent(c -> out.field("checkpoint")
                .ascii("{\"file\":")
                .string(c.file())
                .field("bytes", c.bytes())
                .put('}'));
        out.field("segments").put('[');
        String comma = "";
        for (Segment s : segments) {
            out.ascii(comma).ascii("{\"id\":").number(s.id());
            s.bytes().ifPresent(b -> out.field("bytes", b));
            out.put('}');
            comma = ",";
        }
        out.ascii("]}\n");
        int crc = crc(out.array(), out.length());
        out.ascii("{\"crc32c\":\"").hex(crc, 8).ascii("\"}\n");
        disk.delete(TEMPORARY);
        try (DiskFile file = disk.create(TEMPORARY)) {
            file.write(0, ByteBuffer.wrap(out.toBytes()));
            file.force();
        }
        disk.rename(TEMPORARY, NAME);
        disk.forceDirectory();
    }

    /**
     * The manifest of a directory; empty if there is none.
     *
     * @throws JobQueueException.Corrupt if it is damaged or of a later release
     */
    public static Optional<Manifest> read(Disk disk) throws IOException {
        byte[] bytes;
        try (DiskFile file = disk.openForRead(NAME)) {
            bytes = new byte[(int) file.size()];
            file.read(0, bytes, 0, bytes.length);
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        String where = disk.path(NAME) + " is damaged";
        if (lines.length != 3) {
            throw new JobQueueException.Corrupt(where + ": it has not two lines. " + Damage.ADVICE, null);
        }
        try {
            // Not by the text, in which damaged bytes are longer than they were.
            int length = 1;
            while (bytes[length - 1] != '\n') {
                length++;
            }
            String crc = String.format("%08x", crc(bytes, length));
            if (!MAPPER.readTree(lines[1]).path("crc32c").asString("").equals(crc)) {
                throw new JobQueueException.Corrupt(
                        where + ": its checksum should be " + crc + ". " + Damage.ADVICE, null);
            }
            return Optional.of(parse(MAPPER.readTree(lines[0]), disk));
        } catch (JacksonException e) {
            throw new JobQueueException.Corrupt(where + ": " + e.getOriginalMessage() + ". " + Damage.ADVICE, e);
        }
    }

    private static Manifest parse(JsonNode json, Disk disk) {
        int format = json.path("format").asInt(0);
        if (format != FORMAT) {
            throw new JobQueueException.Corrupt(
                    disk.path(NAME) + " has format " + format + ", this release reads format " + FORMAT
                            + ": use a later release",
                    null);
        }
        List<Segment> segments = new ArrayList<>();
        for (JsonNode s : json.path("segments")) {
            segments.add(new Segment(
                    s.path("id").asInt(),
                    s.has("bytes") ? OptionalLong.of(s.path("bytes").asLong()) : OptionalLong.empty()));
        }
        JsonNode c = json.path("checkpoint");
        return new Manifest(
                c.isObject()
                        ? Optional.of(new CheckpointFile(
                                c.path("file").asString(), c.path("bytes").asLong()))
                        : Optional.empty(),
                segments);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }
}
