package dev.jobqueue.fs.event;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.state.OpenJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.async.ByteArrayFeeder;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads lines of JSON, one after the other, field by field; unknown fields are skipped (TYP-6). Not thread-safe.
 *
 * <p>One parser is fed with all lines: to make one for each line would cost more than to read it.
 */
final class JsonLine {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JsonParser parser = newParser();

    /** Whether the parser has not come to the end of its line, because that was no good. */
    private boolean inside;

    private static JsonParser newParser() {
        return FACTORY.createNonBlockingByteArrayParser(ObjectReadContext.empty());
    }

    /** Begins with a line, which is one object. */
    void begin(byte[] bytes, int offset, int length) {
        if (inside) {
            parser = newParser();
        }
        inside = true;
        ((ByteArrayFeeder) parser.nonBlockingInputFeeder()).feedInput(bytes, offset, offset + length);
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new StreamReadException(parser, "a line is not a JSON object");
        }
    }

    /** Ends with a line, whose values read so far are whole. */
    void end() {
        while (parser.currentToken() != JsonToken.END_OBJECT && nextField() != null) {
            skip();
        }
        if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != JsonToken.NOT_AVAILABLE) {
            throw new StreamReadException(parser, "a line is not one JSON object");
        }
        inside = false;
    }

    /** The name of the next field of this object, whose value comes next; null at its end. */
    @Nullable
    String nextField() {
        String name = parser.nextName();
        if (name != null) {
            parser.nextToken();
        }
        return name;
    }

    void skip() {
        parser.skipChildren();
    }

    String text() {
        String text = parser.getString();
        if (text == null) {
            throw new StreamReadException(parser, "a line ends before a value");
        }
        return text;
    }

    long number() {
        return parser.getLongValue();
    }

    int integer() {
        return parser.getIntValue();
    }

    boolean bool() {
        return parser.getBooleanValue();
    }

    UUID uuid() {
        return UUID.fromString(text());
    }

    Instant time() {
        return Instant.ofEpochMilli(number());
    }

    /** Whether the array that begins or goes on here has another item, which comes next. */
    boolean nextItem() {
        JsonToken next = parser.nextToken();
        if (next == JsonToken.NOT_AVAILABLE) {
            throw new StreamReadException(parser, "a line ends inside an array");
        }
        return next != JsonToken.END_ARRAY;
    }

    List<UUID> uuids() {
        List<UUID> all = new ArrayList<>();
        while (nextItem()) {
            all.add(uuid());
        }
        return all;
    }

    List<Dependency> edges() {
        List<Dependency> all = new ArrayList<>(2);
        while (nextItem()) {
            String edge = text();
            int space = edge.indexOf(' ');
            all.add(new Dependency(new JobId(UUID.fromString(edge.substring(space + 1))), edge.startsWith("requires")));
        }
        return all;
    }

    JobError error() {
        int code = 0;
        ErrorClass errorClass = ErrorClass.INTERNAL;
        String reason = "";
        RawJson details = RawJson.NULL;
        boolean permanent = false;
        for (String field = nextField(); field != null; field = nextField()) {
            switch (field) {
                case "code" -> code = integer();
                case "class" -> errorClass = ErrorClass.valueOf(text());
                case "reason" -> reason = text();
                case "details" -> details = RawJson.ofStored(text().getBytes(StandardCharsets.UTF_8));
                case "permanent" -> permanent = bool();
                default -> skip();
            }
        }
        return new JobError(code, errorClass, reason, details, permanent);
    }

    List<Attempt> attempts() {
        List<Attempt> all = new ArrayList<>(1);
        while (nextItem()) {
            all.add(attempt());
        }
        return all;
    }

    private Attempt attempt() {
        int number = 0;
        String worker = "";
        Instant started = Instant.EPOCH;
        Optional<Instant> ended = Optional.empty();
        Optional<Attempt.End> end = Optional.empty();
        Optional<JobError> error = Optional.empty();
        for (String field = nextField(); field != null; field = nextField()) {
            switch (field) {
                case "number" -> number = integer();
                case "worker" -> worker = text();
                case "started" -> started = time();
                case "ended" -> ended = Optional.of(time());
                case "end" -> end = Optional.of(Attempt.End.valueOf(text()));
                case "error" -> error = Optional.of(error());
                default -> skip();
            }
        }
        return new Attempt(number, worker, started, ended, end, error);
    }

    /** Collects the options of a job; all that is absent is the default. */
    static final class Options {
        private boolean any;
        private String channel = JobOptions.DEFAULT.channel();
        private int priority = JobOptions.DEFAULT.priority();
        private int attempts = JobOptions.DEFAULT.attempts();
        private long[] backoff = {0, 0};
        private double factor = 1;
        private long[] backoffNanos = {0, 0};
        private int recoveries = JobOptions.DEFAULT.recoveries();
        private Optional<Instant> notBefore = Optional.empty();
        private Optional<Duration> delay = Optional.empty();
        private Optional<Duration> timeout = Optional.empty();
        private Optional<String> uniqueKey = Optional.empty();

        /** Reads this field if it is an option. */
        boolean read(String field, JsonLine line) {
            switch (field) {
                case "channel" -> channel = line.text();
                case "priority" -> priority = line.integer();
                case "attempts" -> attempts = line.integer();
                case "backoff" -> {
                    backoff = new long[] {next(line), next(line)};
                    line.nextItem();
                    factor = line.parser.getDoubleValue();
                    line.nextItem();
                }
                case "backoffNanos" -> {
                    backoffNanos = new long[] {next(line), next(line)};
                    line.nextItem();
                }
                case "recoveries" -> recoveries = line.integer();
                case "notBefore" -> notBefore = Optional.of(line.time());
                case "delay" -> delay = Optional.of(Duration.ofMillis(line.number()));
                case "timeout" -> timeout = Optional.of(Duration.ofMillis(line.number()));
                case "uniqueKey" -> uniqueKey = Optional.of(line.text());
                default -> {
                    return false;
                }
            }
            any = true;
            return true;
        }

        private static long next(JsonLine line) {
            line.nextItem();
            return line.number();
        }

        JobOptions build() {
            if (!any) {
                return JobOptions.DEFAULT;
            }
            Backoff waits = new Backoff(
                    Duration.ofMillis(backoff[0]).plusNanos(backoffNanos[0]),
                    Duration.ofMillis(backoff[1]).plusNanos(backoffNanos[1]),
                    factor);
            return new JobOptions(channel, priority, attempts, waits, recoveries, notBefore, delay, timeout, uniqueKey);
        }
    }

    /** A scope from its two fields. */
    static PauseScope scope(String kind, String name) {
        return switch (kind) {
            case "channel" -> new PauseScope.Channel(name);
            case "type" -> new PauseScope.Type(TypeName.parse(name));
            default -> new PauseScope.Family(name);
        };
    }

    static final long NEVER = OpenJob.NEVER;
}
