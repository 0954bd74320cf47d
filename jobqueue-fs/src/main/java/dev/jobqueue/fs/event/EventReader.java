package dev.jobqueue.fs.event;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.JobError;
import dev.jobqueue.JobState;
import dev.jobqueue.JobTimes;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TypeName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads the events of a record body, one after the other. */
public final class EventReader {
    private static final UUID NO_ID = new UUID(0, 0);
    private static final TypeName NO_TYPE = TypeName.parse("?");

    private final JsonLine line = new JsonLine();
    private byte[] bytes;
    private int limit;
    private int offset;
    private int start;
    private int rawOffset;
    private TypeName lastType = NO_TYPE;
    private long lastStart;
    private String lastWorker = "";

    /** Reads the events between two offsets. */
    public EventReader(byte[] bytes, int offset, int limit) {
        this.bytes = bytes;
        this.offset = offset;
        this.limit = limit;
    }

    /** Goes on with events at another place, which are those of another record. */
    public void goOn(byte[] otherBytes, int otherOffset, int otherLimit) {
        bytes = otherBytes;
        offset = otherOffset;
        limit = otherLimit;
    }

    /** An event cannot be read. */
    public static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The next event; null at the end. */
    public @Nullable Event next() throws UnreadableException {
        if (offset == limit) {
            return null;
        }
        start = offset;
        int lineEnd = start;
        while (lineEnd < limit && bytes[lineEnd] != '\n') {
            lineEnd++;
        }
        if (lineEnd == limit) {
            throw new UnreadableException("an event has no end", null);
        }
        Event event;
        try {
            line.begin(bytes, start, lineEnd - start);
            event = parse(line);
            line.end();
        } catch (JacksonException | IllegalArgumentException e) {
            throw new UnreadableException("an event cannot be read: " + e.getMessage(), e);
        }
        rawOffset = lineEnd + 1;
        offset = event.raw() < 0 ? rawOffset : rawOffset + event.raw() + 1;
        if (offset > limit || bytes[offset - 1] != '\n') {
            throw new UnreadableException("an event is cut off", null);
        }
        return event;
    }

    /** Where the last event begins. */
    public int start() {
        return start;
    }

    /** The length of the last event with its line feed. */
    public int length() {
        return offset - start;
    }

    /** Where the raw bytes of the last event begin. */
    public int rawOffset() {
        return rawOffset;
    }

    private Event parse(JsonLine line) {
        String kind = line.nextField();
        return switch (kind == null ? "" : kind) {
            case "insert" -> insert(line);
            case "start" -> start(line);
            case "progress" -> progress(line);
            case "requeue" -> requeue(line);
            case "end" -> end(line);
            case "drop" -> new Event.Drop(line.uuids());
            case "pause" -> new Event.Pause(scope(line));
            case "resume" -> new Event.Resume(scope(line));
            default -> throw new IllegalArgumentException("unknown event '" + kind + "', perhaps of a later release");
        };
    }

    private Event insert(JsonLine line) {
        UUID id = line.uuid();
        long sequence = 0;
        long at = 0;
        long wait = 0;
        int args = 0;
        TypeName type = NO_TYPE;
        List<Dependency> dependencies = List.of();
        List<Dependency> edges = List.of();
        JsonLine.Options options = new JsonLine.Options();
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "sequence" -> sequence = line.number();
                case "at" -> at = line.number();
                case "type" -> type = type(line.text());
                case "wait" -> wait = line.number();
                case "dependencies" -> dependencies = line.edges();
                case "edges" -> edges = line.edges();
                case "args" -> args = line.integer();
                default -> {
                    if (!options.read(field, line)) {
                        line.skip();
                    }
                }
            }
        }
        return new Event.Insert(
                id,
                sequence,
                at,
                type,
                options.build(),
                wait,
                dependencies,
                edges.isEmpty() ? dependencies : edges,
                args);
    }

    /** Types come in runs. */
    private TypeName type(String name) {
        if (!lastType.toString().equals(name)) {
            lastType = TypeName.parse(name);
        }
        return lastType;
    }

    private Event start(JsonLine line) {
        UUID id = line.uuid();
        UUID token = NO_ID;
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "at" -> lastStart = line.number();
                case "token" -> token = line.uuid();
                case "worker" -> lastWorker = line.text();
                default -> line.skip();
            }
        }
        return new Event.Start(id, lastStart, token, lastWorker);
    }

    private static Event progress(JsonLine line) {
        UUID id = line.uuid();
        int count = 0;
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            if (field.equals("bytes")) {
                count = line.integer();
            } else {
                line.skip();
            }
        }
        return new Event.Progress(id, count);
    }

    private static Event requeue(JsonLine line) {
        UUID id = line.uuid();
        long at = 0;
        long due = JsonLine.NEVER;
        Attempt.End how = Attempt.End.RELEASED;
        JobError error = null;
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "at" -> at = line.number();
                case "due" -> due = line.number();
                case "how" -> how = Attempt.End.valueOf(line.text());
                case "error" -> error = line.error();
                default -> line.skip();
            }
        }
        return new Event.Requeue(id, at, how, due, error);
    }

    private static Event end(JsonLine line) {
        UUID id = line.uuid();
        long at = 0;
        JobState state = JobState.FAILED;
        Attempt.End how = null;
        long enqueued = 0;
        long unblocked = JsonLine.NEVER;
        long due = JsonLine.NEVER;
        long ready = JsonLine.NEVER;
        int failures = 0;
        int recoveries = 0;
        List<Attempt> attempts = List.of();
        int number = 1;
        String worker = null;
        Instant started = Instant.EPOCH;
        Optional<JobError> error = Optional.empty();
        Optional<String> reason = Optional.empty();
        UUID cause = null;
        UUID root = null;
        int length = 0;
        int result = -1;
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            switch (field) {
                case "at" -> at = line.number();
                case "state" -> state = JobState.valueOf(line.text());
                case "how" -> how = Attempt.End.valueOf(line.text());
                case "enqueued" -> enqueued = line.number();
                case "unblocked" -> unblocked = line.number();
                case "due" -> due = line.number();
                case "ready" -> ready = line.number();
                case "failures" -> failures = line.integer();
                case "recoveries" -> recoveries = line.integer();
                case "attempts" -> attempts = line.attempts();
                case "number" -> number = line.integer();
                case "worker" -> worker = line.text();
                case "started" -> started = line.time();
                case "error" -> error = Optional.of(line.error());
                case "reason" -> reason = Optional.of(line.text());
                case "cause" -> cause = line.uuid();
                case "root" -> root = line.uuid();
                case "length" -> length = line.integer();
                case "result" -> result = line.integer();
                default -> line.skip();
            }
        }
        Optional<Instant> finished = Optional.of(Instant.ofEpochMilli(at));
        JobTimes times = new JobTimes(
                Instant.ofEpochMilli(enqueued),
                since(enqueued, unblocked),
                since(enqueued, due),
                since(enqueued, ready),
                finished);
        if (worker != null) {
            how = how == null ? Attempt.End.valueOf(state.name()) : how;
            attempts = new ArrayList<>(attempts);
            attempts.add(new Attempt(number, worker, started, finished, Optional.of(how), error));
        }
        return new Event.End(
                id, at, state, how, times, failures, recoveries, attempts, error, reason, cause, root, length, result);
    }

    private static Optional<Instant> since(long enqueued, long millis) {
        return millis == JsonLine.NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(enqueued + millis));
    }

    private static PauseScope scope(JsonLine line) {
        String kind = line.text();
        String name = "";
        for (String field = line.nextField(); field != null; field = line.nextField()) {
            if (field.equals("name")) {
                name = line.text();
            } else {
                line.skip();
            }
        }
        return JsonLine.scope(kind, name);
    }
}
