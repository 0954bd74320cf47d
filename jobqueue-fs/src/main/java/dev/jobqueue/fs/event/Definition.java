package dev.jobqueue.fs.event;

import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.journal.Utf8Out;
import java.util.List;

/** Writes the event {@code insert}, which keeps a job exactly as it was given (QRY-5). */
public final class Definition {
    /** The width of the two numbers that only the writer knows; blanks before a number are JSON. */
    static final int NUMBER = 16;

    /** In a millisecond. */
    private static final int NANOS = 1_000_000;

    private static final String INSERT = "{\"insert\":\"";
    private static final String SEQUENCE = "\",\"sequence\":";
    private static final String AT = ",\"at\":";
    private static final int SEQUENCE_OFFSET = INSERT.length() + 36 + SEQUENCE.length();
    private static final int AT_OFFSET = SEQUENCE_OFFSET + NUMBER + AT.length();

    /** Where the field {@code type} begins, with the comma before it. */
    static final int TYPE_OFFSET = AT_OFFSET + NUMBER;

    private Definition() {}

    /**
     * Writes the event; sequence and time are filled in later by {@link #complete}.
     *
     * @param wait the least time until it may run, in milliseconds
     * @param edges the edges in effect, if they are not the dependencies as given
     */
    public static void write(Utf8Out out, Job<RawJson> job, long wait, List<Dependency> edges) {
        out.ascii(INSERT)
                .uuid(
                        job.id().value().getMostSignificantBits(),
                        job.id().value().getLeastSignificantBits())
                .ascii(SEQUENCE)
                .padded(0, NUMBER)
                .ascii(AT)
                .padded(0, NUMBER)
                .field("type", job.type().toString());
        options(out, job.options());
        if (wait > 0) {
            out.field("wait", wait);
        }
        if (!job.dependencies().isEmpty()) {
            edges(out.field("dependencies"), job.dependencies());
            if (!edges.equals(job.dependencies())) {
                edges(out.field("edges"), edges);
            }
        }
        out.field("args", job.args().size()).ascii("}\n").raw(job.args()).put('\n');
    }

    /** Fills in what the writer has decided. */
    public static void complete(byte[] event, int offset, long sequence, long at) {
        Utf8Out.patch(event, offset + SEQUENCE_OFFSET, NUMBER, sequence);
        Utf8Out.patch(event, offset + AT_OFFSET, NUMBER, at);
    }

    /** Options that are not the default. */
    static void options(Utf8Out out, JobOptions options) {
        JobOptions normal = JobOptions.DEFAULT;
        if (options.equals(normal)) {
            return;
        }
        if (!options.channel().equals(normal.channel())) {
            out.field("channel", options.channel());
        }
        if (options.priority() != normal.priority()) {
            out.field("priority", options.priority());
        }
        if (options.attempts() != normal.attempts()) {
            out.field("attempts", options.attempts());
        }
        Backoff backoff = options.backoff();
        if (!backoff.equals(normal.backoff())) {
            out.field("backoff").put('[').number(backoff.first().toMillis()).put(',');
            out.number(backoff.limit().toMillis()).put(',');
            out.ascii(Double.toString(backoff.factor())).put(']');
            long first = backoff.first().toNanos() % NANOS;
            long limit = backoff.limit().toNanos() % NANOS;
            if (first != 0 || limit != 0) {
                out.field("backoffNanos")
                        .put('[')
                        .number(first)
                        .put(',')
                        .number(limit)
                        .put(']');
            }
        }
        if (options.recoveries() != normal.recoveries()) {
            out.field("recoveries", options.recoveries());
        }
        options.notBefore().ifPresent(t -> out.field("notBefore", t.toEpochMilli()));
        options.delay().ifPresent(d -> out.field("delay", d.toMillis()));
        options.timeout().ifPresent(d -> out.field("timeout", d.toMillis()));
        options.uniqueKey().ifPresent(k -> out.field("uniqueKey", k));
    }

    /** {@code ["after 018f...","requires 018f..."]}. */
    private static void edges(Utf8Out out, List<Dependency> edges) {
        char before = '[';
        for (Dependency edge : edges) {
            out.put(before).ascii(edge.required() ? "\"requires " : "\"after ");
            out.uuid(
                            edge.id().value().getMostSignificantBits(),
                            edge.id().value().getLeastSignificantBits())
                    .put('"');
            before = ',';
        }
        out.put(']');
    }
}
