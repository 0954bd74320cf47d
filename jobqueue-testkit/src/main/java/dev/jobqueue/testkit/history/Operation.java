package dev.jobqueue.testkit.history;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * One call, with the time around it.
 *
 * <p>Immutable and thread-safe.
 *
 * @param process a name for the JVM
 * @param invoked when it was sent, in nanoseconds by a monotonic clock that all processes of the machine share
 * @param ended when the caller went on, with an answer or without; {@link #NEVER} if its process died
 * @param reply the answer; empty if the outcome is unknown
 */
public record Operation(String process, String thread, Call call, long invoked, long ended, Optional<Reply> reply) {
    /** Later than everything. */
    public static final long NEVER = Long.MAX_VALUE;

    public Operation {
        requireNonNull(process, "process");
        requireNonNull(thread, "thread");
        requireNonNull(call, "call");
        requireNonNull(reply, "reply");
        if (ended < invoked) {
            throw new IllegalArgumentException("ended before it was invoked: " + invoked + ", " + ended);
        }
    }

    /** When it is certain that the call has taken effect, if it has one; {@link #NEVER} if the outcome is unknown. */
    public long returned() {
        return reply.isPresent() ? ended : NEVER;
    }

    /** Whether nobody knows if it has taken effect. */
    public boolean unknown() {
        return reply.isEmpty();
    }

    /** One line for a person: times in microseconds. */
    @Override
    public String toString() {
        String end = ended == NEVER ? "never" : Long.toString(ended / 1_000);
        return process + "/" + thread + " " + invoked / 1_000 + ".." + end + " " + Names.of(call) + " -> "
                + reply.map(Names::of).orElse("unknown");
    }
}
