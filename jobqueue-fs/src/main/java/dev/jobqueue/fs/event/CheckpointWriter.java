package dev.jobqueue.fs.event;

import dev.jobqueue.Attempt;
import dev.jobqueue.PauseScope;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.fs.state.PastToken;
import dev.jobqueue.fs.state.Running;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of a checkpoint, which states all jobs as they were behind one record of the journal:
 *
 * <pre>
 * {"checkpoint":1,"segment":3,"offset":8000,"record":42,"chain":"89abcdef","nextSequence":1000}    what follows is true up to there
 * {"pause":"channel","name":"..."}
 * {"pair":1,"type":"osbuild:x86_64","channel":"default"}                                           before the first job of the pair
 * {"job":"ID","sequence":7,"pair":1,"state":"SUCCEEDED","token":"TOKEN","how":"SUCCEEDED","past":["TOKEN FAILED"],
 *   "definition":[SEGMENT,OFFSET,LENGTH,CRC],"edges":["after ID"],"finished":T,"result":N,"end":[SEGMENT,OFFSET,LENGTH,CRC],"cause":"ID",...}
 * {"jobs":1,"crc32c":"89abcdef"}                                                                   of all lines before
 * </pre>
 *
 * <p>Jobs stand in no order. An unfinished one has, instead of its end, all that is kept of it in memory.
 */
public final class CheckpointWriter {
    private final Utf8Out out;
    private final int epoch;
    private int pairs;

    /**
     * @param epoch marks the pairs that were written
     */
    public CheckpointWriter(Utf8Out out, int epoch) {
        this.out = out;
        this.epoch = epoch;
    }

    public void head(long position, long record, int chain, long nextSequence) {
        out.ascii("{\"checkpoint\":1").field("segment", Position.segment(position));
        out.field("offset", Position.offset(position)).field("record", record);
        out.field("chain")
                .put('"')
                .hex(chain, 8)
                .put('"')
                .field("nextSequence", nextSequence)
                .ascii("}\n");
    }

    public void pause(PauseScope scope) {
        EventWriter.pause(out, scope);
    }

    /** The last line. */
    public static void foot(Utf8Out out, long jobs, int crc) {
        out.ascii("{\"jobs\":")
                .number(jobs)
                .field("crc32c")
                .put('"')
                .hex(crc, 8)
                .ascii("\"}\n");
    }

    private void pair(Pair pair) {
        if (pair.checkpointEpoch != epoch) {
            pair.checkpointEpoch = epoch;
            pair.checkpointNumber = ++pairs;
            out.ascii("{\"pair\":").number(pairs).field("type", pair.key.type().toString());
            out.field("channel", pair.key.channel()).ascii("}\n");
        }
    }

    public void job(Entry e) {
        pair(e.pair);
        out.ascii("{\"job\":\"").uuid(e.idHigh, e.idLow).put('"').field("sequence", e.sequence());
        out.field("pair", e.pair.checkpointNumber)
                .ascii(",\"state\":\"")
                .ascii(e.state().name())
                .put('"');
        tokens(e);
        ref("definition", e.definition());
        edges(e.edges());
        if (e.finished()) {
            finished(e);
        } else {
            unfinished(e.open());
        }
        out.ascii("}\n");
    }

    private void tokens(Entry e) {
        var token = e.token();
        Attempt.End how = e.lastEnd();
        if (token != null) {
            out.ascii(",\"token\":\"");
            out.uuid(token.value().getMostSignificantBits(), token.value().getLeastSignificantBits())
                    .put('"');
        }
        if (how != null) {
            out.ascii(",\"how\":\"").ascii(how.name()).put('"');
        }
        if (e.past() != null) {
            List<PastToken> oldestFirst = new ArrayList<>();
            for (PastToken t = e.past(); t != null; t = t.older()) {
                oldestFirst.add(0, t);
            }
            out.field("past");
            char before = '[';
            for (PastToken t : oldestFirst) {
                out.put(before)
                        .put('"')
                        .uuid(t.high, t.low)
                        .put(' ')
                        .ascii(t.end.name())
                        .put('"');
                before = ',';
            }
            out.put(']');
        }
    }

    private void ref(String name, @Nullable Ref ref) {
        if (ref != null) {
            out.field(name).put('[').number(Position.segment(ref.position())).put(',');
            out.number(Position.offset(ref.position()))
                    .put(',')
                    .number(ref.length())
                    .put(',');
            out.number(ref.crc() & 0xffff_ffffL).put(']');
        }
    }

    private void edges(Edges edges) {
        if (edges.size() > 0) {
            out.field("edges");
            for (int i = 0; i < edges.size(); i++) {
                out.put(i == 0 ? '[' : ',').ascii(edges.required(i) ? "\"requires " : "\"after ");
                out.uuid(edges.target(i).idHigh, edges.target(i).idLow).put('"');
            }
            out.put(']');
        }
    }

    private void finished(Entry e) {
        out.field("finished", e.finishedAt());
        if (e.resultBytes() >= 0) {
            out.field("result", e.resultBytes());
        }
        ref("end", e.end());
        Cause cause = e.cause();
        if (cause != null) {
            out.ascii(",\"cause\":\"").uuid(cause.dependency().idHigh, cause.dependency().idLow);
            out.ascii("\",\"root\":\"").uuid(cause.root().idHigh, cause.root().idLow);
            out.put('"').field("length", cause.length());
        }
    }

    private void unfinished(OpenJob open) {
        Definition.options(out, open.options());
        EventWriter.times(out, open);
        if (open.shownDue() == OpenJob.NEVER && open.due() != open.enqueued()) {
            out.field("wish", open.due()); // of a job with a delay that was never SCHEDULED
        }
        // "recoveries" is an option of the job, in the same object.
        number("failed", open.failures());
        number("recovered", open.recoveries());
        number("started", open.attempts());
        if (!open.ended().isEmpty()) {
            out.field("ended");
            char before = '[';
            for (Attempt a : open.ended()) {
                EventWriter.attempt(out.put(before), a);
                before = ',';
            }
            out.put(']');
        }
        Running running = open.running();
        if (running != null) {
            out.field("worker", running.worker()).field("since", running.started());
            ref("progress", running.progress());
        }
    }

    private void number(String name, long value) {
        if (value != 0) {
            out.field(name, value);
        }
    }
}
