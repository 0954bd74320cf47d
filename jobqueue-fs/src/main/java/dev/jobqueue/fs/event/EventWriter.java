package dev.jobqueue.fs.event;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Running;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes events. Times are milliseconds since 1970; what is absent is left out.
 *
 * <pre>
 * {"insert":"ID","sequence":1,"at":T,"type":"osbuild:x86_64",OPTIONS,"wait":MS,"dependencies":["after ID","requires ID"],"edges":[...],"args":N}
 *   and N bytes of args; "edges" only if a unique key has changed them           {@link Definition}
 * {"start":"ID","at":T,"token":"TOKEN","worker":"4711@host"}
 * {"progress":"ID","bytes":N}                                                    and N bytes
 * {"requeue":"ID","at":T,"how":"FAILED","due":T,"error":ERROR}                   the attempt is over, the job is not
 * {"end":"ID","at":T,"state":"SUCCEEDED","how":"SUCCEEDED","enqueued":T,"unblocked":T,"due":T,"ready":T,"failures":N,"recoveries":N,
 *   "attempts":[ATTEMPT...],"error":ERROR,"reason":"...","cause":"ID","root":"ID","length":N,"result":N}
 *   and N bytes of the result; cause, root and length instead of an error that follows from a dependency
 * {"drop":["ID"...]}
 * {"pause":"channel","name":"..."}  {"resume":"family","name":"..."}             channel, type or family
 * </pre>
 */
public final class EventWriter {
    /** The most bytes of a start event but for the name of the worker. */
    public static final int START = 200;

    /** The most bytes of an end or requeue event but for attempts, error, reason and result. */
    public static final int END = 700;

    /** The bytes of each id in a drop event. */
    public static final int DROPPED_ID = 39;

    private EventWriter() {}

    /** The most bytes of a text as a JSON string. */
    public static long bound(String text) {
        return 6L * text.length() + 2;
    }

    /** The most bytes of an error. */
    public static long bound(JobError error) {
        return 200 + bound(error.reason()) + 6L * error.details().size();
    }

    public static void start(Utf8Out out, Entry e, long tokenHigh, long tokenLow, byte[] worker, long at) {
        head(out, "{\"start\":\"", e, at).ascii(",\"token\":\"").uuid(tokenHigh, tokenLow);
        out.ascii("\",\"worker\":").raw(worker).ascii("}\n");
    }

    private static Utf8Out head(Utf8Out out, String event, Entry e, long at) {
        return out.ascii(event).uuid(e.idHigh, e.idLow).ascii("\",\"at\":").number(at);
    }

    public static void progress(Utf8Out out, Entry e, RawJson progress) {
        out.ascii("{\"progress\":\"").uuid(e.idHigh, e.idLow).put('"').field("bytes", progress.size());
        out.ascii("}\n").raw(progress).put('\n');
    }

    public static void requeue(Utf8Out out, Entry e, Attempt.End how, long at, long due, byte @Nullable [] error) {
        head(out, "{\"requeue\":\"", e, at)
                .ascii(",\"how\":\"")
                .ascii(how.name())
                .put('"');
        time(out, "due", due);
        if (error != null) {
            out.field("error").raw(error);
        }
        out.ascii("}\n");
    }

    /**
     * The end of a job, with all that a reader wants to know of it later.
     *
     * @param how how the running attempt ended; null if none runs
     * @param error as written by {@link #error}
     */
    public static void end(
            Utf8Out out,
            Entry e,
            JobState state,
            long at,
            Attempt.@Nullable End how,
            byte @Nullable [] error,
            @Nullable String reason,
            @Nullable Cause cause,
            @Nullable RawJson result) {
        OpenJob open = e.open();
        head(out, "{\"end\":\"", e, at)
                .ascii(",\"state\":\"")
                .ascii(state.name())
                .put('"');
        if (how != null) {
            out.ascii(",\"how\":\"").ascii(how.name()).put('"');
        }
        times(out, open);
        counts(out, open, how);
        Running running = open.running();
        if (running != null || !open.ended().isEmpty()) {
            out.field("attempts").put('[');
            List<Attempt> ended = open.ended();
            // With the one that ends now there are at most KEPT.
            int first = running != null && ended.size() == Attempt.KEPT ? 1 : 0;
            for (int i = first; i < ended.size(); i++) {
                out.ascii(i == first ? "" : ",");
                attempt(out, ended.get(i));
            }
            if (running != null && how != null) {
                out.ascii(ended.isEmpty() ? "" : ",");
                attempt(out, open.attempts(), running.worker(), running.started(), at, how, error);
            }
            out.put(']');
        }
        if (error != null && how != Attempt.End.CANCELED) {
            out.field("error").raw(error);
        }
        if (reason != null) {
            out.field("reason", reason);
        }
        if (cause != null) {
            out.ascii(",\"cause\":\"").uuid(cause.dependency().idHigh, cause.dependency().idLow);
            out.ascii("\",\"root\":\"").uuid(cause.root().idHigh, cause.root().idLow);
            out.put('"').field("length", cause.length());
        }
        if (result != null) {
            out.field("result", result.size()).ascii("}\n").raw(result).put('\n');
        } else {
            out.ascii("}\n");
        }
    }

    static void times(Utf8Out out, OpenJob open) {
        out.field("enqueued", open.enqueued());
        time(out, "unblocked", open.unblocked());
        time(out, "due", open.shownDue());
        time(out, "ready", open.ready());
    }

    private static void counts(Utf8Out out, OpenJob open, Attempt.@Nullable End how) {
        int failures = open.failures() + (how == Attempt.End.FAILED || how == Attempt.End.TIMED_OUT ? 1 : 0);
        int recoveries = open.recoveries() + (how == Attempt.End.HEARTBEAT_LOST ? 1 : 0);
        if (failures > 0) {
            out.field("failures", failures);
        }
        if (recoveries > 0) {
            out.field("recoveries", recoveries);
        }
    }

    static void time(Utf8Out out, String name, long time) {
        if (time != OpenJob.NEVER) {
            out.field(name, time);
        }
    }

    static void attempt(Utf8Out out, Attempt a) {
        attempt(
                out,
                a.number(),
                a.worker(),
                a.started().toEpochMilli(),
                a.ended().map(Instant::toEpochMilli).orElse(OpenJob.NEVER),
                a.end().orElse(null),
                a.error().map(EventWriter::error).orElse(null));
    }

    private static void attempt(
            Utf8Out out,
            int number,
            String worker,
            long started,
            long ended,
            Attempt.@Nullable End how,
            byte @Nullable [] error) {
        out.ascii("{\"number\":").number(number).field("worker", worker).field("started", started);
        time(out, "ended", ended);
        if (how != null) {
            out.ascii(",\"end\":\"").ascii(how.name()).put('"');
        }
        if (error != null) {
            out.field("error").raw(error);
        }
        out.put('}');
    }

    /** An error as JSON. The details are a string, so that they stay exactly as they were given. */
    public static byte[] error(JobError error) {
        Utf8Out out =
                new Utf8Out(100 + error.reason().length() + error.details().size());
        out.ascii("{\"code\":")
                .number(error.code())
                .ascii(",\"class\":\"")
                .ascii(error.errorClass().name());
        out.put('"').field("reason", error.reason());
        if (!error.details().equals(RawJson.NULL)) {
            out.field("details", error.details().toString());
        }
        if (error.permanent()) {
            out.ascii(",\"permanent\":true");
        }
        return out.put('}').toBytes();
    }

    public static void drop(Utf8Out out, List<Entry> entries) {
        out.ascii("{\"drop\":");
        char before = '[';
        for (Entry e : entries) {
            out.put(before).put('"').uuid(e.idHigh, e.idLow).put('"');
            before = ',';
        }
        out.ascii("]}\n");
    }

    public static void pause(Utf8Out out, PauseScope scope) {
        scope(out.ascii("{\"pause\":\""), scope).ascii("}\n");
    }

    public static void resume(Utf8Out out, PauseScope scope) {
        scope(out.ascii("{\"resume\":\""), scope).ascii("}\n");
    }

    static Utf8Out scope(Utf8Out out, PauseScope scope) {
        if (scope instanceof PauseScope.Channel c) {
            return out.ascii("channel\"").field("name", c.channel());
        }
        if (scope instanceof PauseScope.Type t) {
            return out.ascii("type\"").field("name", t.type().toString());
        }
        return out.ascii("family\"").field("name", ((PauseScope.Family) scope).family());
    }
}
