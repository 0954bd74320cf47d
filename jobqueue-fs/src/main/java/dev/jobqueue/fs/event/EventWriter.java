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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes events. Times are milliseconds: {@code at}, {@code enqueued}, {@code started} and {@code ended} since 1970; {@code unblocked}, {@code ready} and
 * the {@code due} of an end since the enqueue. What is absent is left out.
 *
 * <pre>
 * {"insert":"ID","sequence":1,"at":T,"type":"osbuild:x86_64",OPTIONS,"wait":MS,"dependencies":["after ID","requires ID"],"edges":[...],"args":N}
 *   and N bytes of args; "edges" only if a unique key has changed them           {@link Definition}
 * {"start":"ID","at":T,"token":"TOKEN","worker":"4711@host"}                     without at and worker: as in the start before, in the same record
 * {"progress":"ID","bytes":N}                                                    and N bytes
 * {"requeue":"ID","at":T,"how":"FAILED","due":T,"error":ERROR}                   the attempt is over, the job is not
 * {"end":"ID","at":T,"state":"FAILED","how":"TIMED_OUT","enqueued":T,"unblocked":MS,"due":MS,"ready":MS,"failures":N,"recoveries":N,
 *   "attempts":[ATTEMPT...],"number":N,"worker":"...","started":T,"error":ERROR,"reason":"...","cause":"ID","root":"ID","length":N,"result":N}
 *   and N bytes of the result; cause, root and length instead of an error that follows from a dependency; number, worker and started of the attempt that
 *   ended the job, whose end and error are those of the job; without how: as the state; without number: 1
 * {"drop":["ID"...]}
 * {"pause":"channel","name":"..."}  {"resume":"family","name":"..."}             channel, type or family
 * </pre>
 */
public final class EventWriter {
    /** The most bytes of a start event but for the name of the worker. */
    public static final int START = 140;

    /** The most bytes of a start event that follows one of the same worker at the same time. */
    public static final int NEXT_START = 100;

    /** The most bytes of a requeue event but for the error. */
    public static final int REQUEUE = 160;

    /** The most bytes more if the job fails because of a dependency. */
    public static final int CAUSE = 110;

    /** The bytes of each id in a drop event. */
    public static final int DROPPED_ID = 39;

    private EventWriter() {}

    /** The most bytes of a text as a JSON string. */
    public static long bound(String text) {
        long bound = 2;
        for (int i = 0; i < text.length(); i++) {
            bound += Utf8Out.isPlain(text.charAt(i)) ? 1 : 6;
        }
        return bound;
    }

    /** The most bytes of the end or requeue event of a job but for error, reason, result and cause. */
    public static long bound(OpenJob open) {
        Running running = open.running();
        int time = width(open.enqueued() | (running == null ? 0 : running.started()));
        long bound = 190 + 4L * time + open.endedBytes();
        if (open.shownDue() != OpenJob.NEVER) {
            bound += 8 + time;
        }
        if (open.failures() > 0 || open.recoveries() > 0) {
            bound += 30;
        }
        if (running != null) {
            bound += 42 + time + bound(running.worker());
        }
        return bound;
    }

    /** The most digits of such times, and of their differences with a sign: those before the year 2248 have 13. */
    private static int width(long times) {
        return times >>> 43 == 0 ? 14 : 20;
    }

    /** The most bytes of an error. */
    public static long bound(JobError error) {
        return 200 + bound(error.reason()) + 6L * error.details().size();
    }

    /**
     * An attempt begins.
     *
     * @param worker as JSON; null if time and worker are those of the start before, in the same record
     */
    public static void start(Utf8Out out, Entry e, long tokenHigh, long tokenLow, byte @Nullable [] worker, long at) {
        out.ascii("{\"start\":\"").uuid(e.idHigh, e.idLow);
        out.ascii("\",\"token\":\"").uuid(tokenHigh, tokenLow).put('"');
        if (worker != null) {
            out.field("at", at).field("worker").raw(worker);
        }
        out.ascii("}\n");
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
        if (how != null && !how.name().equals(state.name())) {
            out.ascii(",\"how\":\"").ascii(how.name()).put('"');
        }
        times(out, open);
        counts(out, open, how);
        Running running = open.running();
        attempts(out, open.ended(), running != null);
        if (running != null) {
            if (open.attempts() != 1) {
                out.field("number", open.attempts());
            }
            out.field("worker", running.worker()).field("started", running.started());
        }
        if (error != null) {
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

    /** @param more whether one attempt follows: there are at most {@link Attempt#KEPT} together */
    private static void attempts(Utf8Out out, List<Attempt> ended, boolean more) {
        int first = more && ended.size() == Attempt.KEPT ? 1 : 0;
        if (ended.size() > first) {
            out.field("attempts");
            for (int i = first; i < ended.size(); i++) {
                attempt(out.put(i == first ? '[' : ','), ended.get(i));
            }
            out.put(']');
        }
    }

    static void times(Utf8Out out, OpenJob open) {
        out.field("enqueued", open.enqueued());
        since(out, "unblocked", open.unblocked(), open);
        since(out, "due", open.shownDue(), open);
        since(out, "ready", open.ready(), open);
    }

    private static void since(Utf8Out out, String name, long time, OpenJob open) {
        if (time != OpenJob.NEVER) {
            out.field(name, time - open.enqueued());
        }
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
        out.ascii("{\"number\":").number(a.number()).field("worker", a.worker());
        out.field("started", a.started().toEpochMilli());
        a.ended().ifPresent(t -> out.field("ended", t.toEpochMilli()));
        a.end().ifPresent(how -> out.ascii(",\"end\":\"").ascii(how.name()).put('"'));
        a.error().ifPresent(error -> out.field("error").raw(error(error)));
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
