package dev.jobqueue.fs.event;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Utf8Out;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the args in definitions of jobs without options and dependencies, which most are, without a parser: all else in their event is known of the job.
 * Not thread-safe.
 */
public final class PlainDefinition {
    private static final byte[] ARGS = ",\"args\":".getBytes(US_ASCII);
    private @Nullable TypeName lastType;
    private byte[] between = {};

    /**
     * Where the args begin; they go on to the line feed that ends the event. -1 if the job may have options or dependencies.
     *
     * @param type of the job
     */
    public int args(TypeName type, byte[] event, int offset, int length) {
        byte[] expected = between(type);
        int at = offset + Definition.TYPE_OFFSET;
        int end = offset + length;
        int number = at + expected.length;
        if (number > end || !Arrays.equals(event, at, number, expected, 0, expected.length)) {
            return -1;
        }
        int line = number;
        while (line < end && event[line] != '\n') {
            line++;
        }
        return line + 1;
    }

    /** What stands between the numbers of an event. Types come in runs. */
    private byte[] between(TypeName type) {
        if (!type.equals(lastType)) {
            between = new Utf8Out(40).field("type", type.toString()).raw(ARGS).toBytes();
            lastType = type;
        }
        return between;
    }
}
