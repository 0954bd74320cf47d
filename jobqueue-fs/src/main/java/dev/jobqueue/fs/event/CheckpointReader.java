package dev.jobqueue.fs.event;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.journal.Damage;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.state.IndexLoader;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads a checkpoint, drawn at {@link CheckpointWriter}, into an empty index. */
public final class CheckpointReader {
    private static final int WINDOW = 1 << 20;

    private final JsonLine line = new JsonLine();
    private final IndexLoader loader;
    private final long nowMillis;
    private final long nanos;
    private final Map<Integer, TypeChannel> pairs = new HashMap<>();
    private long position = -1;
    private long record;
    private int chain;
    private long nextSequence;
    private long jobs;

    private CheckpointReader(JobIndex index, StoreClock clock) {
        this.loader = new IndexLoader(index);
        this.nowMillis = clock.now().toEpochMilli();
        this.nanos = clock.nanoTime();
    }

    /**
     * What a checkpoint says of the journal.
     *
     * @param position the end of the last record that it covers
     * @param record the sequence number of the next one
     * @param chain the checksum of the last one
     * @param jobs how many jobs it has
     */
    public record Head(long position, long record, int chain, long jobs) {}

    /**
     * Loads a checkpoint.
     *
     * @throws dev.jobqueue.JobQueueException.Corrupt if it is damaged
     */
    public static Head load(Disk disk, Manifest.CheckpointFile file, JobIndex index, StoreClock clock)
            throws IOException {
        CheckpointReader reader = new CheckpointReader(index, clock);
        String path = disk.path(file.file());
        try (DiskFile bytes = disk.openForRead(file.file())) {
            if (bytes.size() != file.bytes()) {
                throw Damage.at(
                        path,
                        Math.min(bytes.size(), file.bytes()),
                        "it has " + bytes.size() + " bytes, not " + file.bytes(),
                        null);
            }
            reader.lines(bytes, file.bytes(), path);
        }
        try {
            reader.loader.finish(reader.nextSequence);
        } catch (IllegalArgumentException e) {
            throw Damage.at(path, 0, String.valueOf(e.getMessage()), e);
        }
        return new Head(reader.position, reader.record, reader.chain, reader.jobs);
    }

    private void lines(DiskFile file, long size, String path) throws IOException {
        byte[] window = new byte[(int) Math.min(WINDOW, size)];
        int start = 0;
        int length = 0;
        long read = 0;
        CRC32C sum = new CRC32C();
        boolean ended = false;
        while (true) {
            int end = start;
            while (end < length && window[end] != '\n') {
                end++;
            }
            if (end < length) {
                long at = read - length + start;
                try {
                    ended = line(window, start, end - start, sum, ended);
                } catch (JacksonException | IllegalArgumentException e) {
                    throw Damage.at(path, at, String.valueOf(e.getMessage()), e);
                }
                sum.update(window, start, end + 1 - start);
                start = end + 1;
                continue;
            }
            if (read == size) {
                break;
            }
            int rest = length - start;
            byte[] target = rest > window.length / 2 ? new byte[window.length * 2] : window;
            System.arraycopy(window, start, target, 0, rest);
            window = target;
            int n = file.read(read, window, rest, (int) Math.min(window.length - rest, size - read));
            if (n == 0) {
                throw Damage.at(path, read, "the file ends here", null);
            }
            read += n;
            start = 0;
            length = rest + n;
        }
        if (!ended || start != length) {
            throw Damage.at(path, size, "the last line is missing", null);
        }
    }

    /** Whether this was the last line. */
    private boolean line(byte[] bytes, int offset, int length, CRC32C sum, boolean ended) {
        if (ended) {
            throw new IllegalArgumentException("a line behind the last one");
        }
        line.begin(bytes, offset, length);
        String kind = line.nextField();
        switch (kind == null ? "" : kind) {
            case "checkpoint" -> head(line);
            case "pair" -> pair(line);
            case "pause" -> pause(line);
            case "job" -> job(line);
            case "jobs" -> foot(line, (int) sum.getValue());
            default -> throw new IllegalArgumentException("unknown line '" + kind + "'");
        }
        line.end();
        return "jobs".equals(kind);
    }

    private void head(JsonLine line) {
        int format = line.integer();
        if (format != 1) {
            throw new IllegalArgumentException("format " + format + " of a later release");
        }
        int segment = 0;
        long offset = 0;
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "segment" -> segment = line.integer();
                case "offset" -> offset = line.number();
                case "record" -> record = line.number();
                case "chain" -> chain = Integer.parseUnsignedInt(line.text(), 16);
                case "nextSequence" -> nextSequence = line.number();
                default -> line.skip();
            }
        }
        position = Position.of(segment, offset);
    }

    private void foot(JsonLine line, int crc) {
        long expected = line.number();
        String sum = "";
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            if (field.equals("crc32c")) {
                sum = line.text();
            } else {
                line.skip();
            }
        }
        if (expected != jobs || Integer.parseUnsignedInt(sum, 16) != crc || position < 0) {
            throw new IllegalArgumentException("the checksum or the number of jobs is wrong");
        }
    }

    private void pair(JsonLine line) {
        int number = line.integer();
        String type = "";
        String channel = "";
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "type" -> type = line.text();
                case "channel" -> channel = line.text();
                default -> line.skip();
            }
        }
        pairs.put(number, new TypeChannel(TypeName.parse(type), channel));
    }

    private void pause(JsonLine line) {
        String kind = line.text();
        line.nextField();
        loader.pause(JsonLine.scope(kind, line.text()));
    }

    private void job(JsonLine line) {
        UUID id = line.uuid();
        long sequence = 0;
        TypeChannel pair = null;
        JobState state = JobState.BLOCKED;
        UUID token = null;
        Attempt.End how = null;
        List<IndexLoader.Past> past = List.of();
        Ref definition = null;
        List<Dependency> edges = List.of();
        JsonLine.Options options = new JsonLine.Options();
        long[] times = {0, JsonLine.NEVER, JsonLine.NEVER, JsonLine.NEVER, JsonLine.NEVER};
        int failures = 0;
        int recoveries = 0;
        int attempts = 0;
        List<Attempt> ended = List.of();
        String worker = null;
        long since = 0;
        Ref progress = null;
        long finished = 0;
        int result = -1;
        Ref end = null;
        UUID cause = null;
        UUID root = null;
        int causeLength = 0;
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "sequence" -> sequence = line.number();
                case "pair" -> pair = pairs.get(line.integer());
                case "state" -> state = JobState.valueOf(line.text());
                case "token" -> token = line.uuid();
                case "how" -> how = Attempt.End.valueOf(line.text());
                case "past" -> past = past(line);
                case "definition" -> definition = ref(line);
                case "edges" -> edges = line.edges();
                case "enqueued" -> times[0] = line.number();
                case "unblocked" -> times[1] = line.number();
                case "due" -> times[2] = line.number();
                case "ready" -> times[3] = line.number();
                case "wish" -> times[4] = line.number();
                case "failed" -> failures = line.integer();
                case "recovered" -> recoveries = line.integer();
                case "started" -> attempts = line.integer();
                case "ended" -> ended = line.attempts();
                case "worker" -> worker = line.text();
                case "since" -> since = line.number();
                case "progress" -> progress = ref(line);
                case "finished" -> finished = line.number();
                case "result" -> result = line.integer();
                case "end" -> end = ref(line);
                case "cause" -> cause = line.uuid();
                case "root" -> root = line.uuid();
                case "length" -> causeLength = line.integer();
                default -> {
                    if (!options.read(field, line)) {
                        line.skip();
                    }
                }
            }
        }
        for (int i = 1; i <= 3; i++) {
            times[i] = since(times[0], times[i]);
        }
        if (pair == null || definition == null) {
            throw new IllegalArgumentException("a job without pair or definition");
        }
        boolean[] required = new boolean[edges.size()];
        List<UUID> targets = new ArrayList<>(edges.size());
        for (int i = 0; i < required.length; i++) {
            required[i] = edges.get(i).required();
            targets.add(edges.get(i).id().value());
        }
        IndexLoader.Job job =
                new IndexLoader.Job(id, sequence, pair, state, token, how, past, definition, targets, required);
        jobs++;
        if (state.finished()) {
            if (end == null) {
                throw new IllegalArgumentException("a finished job without end");
            }
            loader.add(job, new IndexLoader.Finished(finished, result, end, cause, root, causeLength));
        } else {
            loader.add(
                    job,
                    new IndexLoader.Unfinished(
                            options.build(),
                            times[0],
                            times[1],
                            due(times),
                            times[2] != JsonLine.NEVER,
                            times[3],
                            failures,
                            recoveries,
                            attempts,
                            ended,
                            worker,
                            since,
                            progress),
                    nowMillis,
                    nanos);
        }
    }

    private static long since(long enqueued, long millis) {
        return millis == JsonLine.NEVER ? JsonLine.NEVER : enqueued + millis;
    }

    private static long due(long[] times) {
        return times[2] != JsonLine.NEVER ? times[2] : times[4] != JsonLine.NEVER ? times[4] : times[0];
    }

    private static List<IndexLoader.Past> past(JsonLine line) {
        List<IndexLoader.Past> all = new ArrayList<>();
        while (line.nextItem()) {
            String text = line.text();
            int space = text.indexOf(' ');
            if (space < 0) {
                throw new IllegalArgumentException("a token without its end: it has " + text.length() + " characters");
            }
            all.add(new IndexLoader.Past(
                    UUID.fromString(text.substring(0, space)), Attempt.End.valueOf(text.substring(space + 1))));
        }
        return all;
    }

    private static @Nullable Ref ref(JsonLine line) {
        line.nextItem();
        int segment = line.integer();
        line.nextItem();
        long offset = line.number();
        line.nextItem();
        int length = line.integer();
        line.nextItem();
        int crc = (int) line.number();
        line.nextItem();
        return new Ref(Position.of(segment, offset), length, crc);
    }
}
