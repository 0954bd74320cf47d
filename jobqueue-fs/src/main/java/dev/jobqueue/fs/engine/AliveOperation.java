package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.Running;
import dev.jobqueue.spi.ProgressReport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Heartbeats, and reports of progress, which are heartbeats too (HB-1, FIN-5). Only progress is written. */
final class AliveOperation extends Operation {
    private final List<JobToken> tokens;
    private final @Nullable List<ProgressReport> reports;
    private final List<Tokens.Verdict> verdicts;

    private AliveOperation(List<JobToken> tokens, @Nullable List<ProgressReport> reports) {
        this.tokens = tokens;
        this.reports = reports;
        this.verdicts = new ArrayList<>(tokens.size());
    }

    /** Runs in the caller. */
    static List<TokenAnswer> heartbeat(Writer writer, JobReader reader, List<JobToken> tokens) {
        return new AliveOperation(tokens, null).call(writer, reader);
    }

    /** Runs in the caller. */
    static List<TokenAnswer> report(Writer writer, JobReader reader, List<ProgressReport> reports) {
        return new AliveOperation(reports.stream().map(ProgressReport::token).toList(), reports).call(writer, reader);
    }

    private List<TokenAnswer> call(Writer writer, JobReader reader) {
        writer.call(this);
        try {
            return verdicts.stream().map(v -> v.read(reader)).toList();
        } catch (JobQueueException.StoreUnavailable e) {
            throw unanswered(e);
        } finally {
            release();
        }
    }

    @Override
    long bound(Core core) {
        long bound = 0;
        if (reports != null) {
            for (ProgressReport report : reports) {
                bound += 100 + report.progress().size();
            }
        }
        return bound;
    }

    @Override
    boolean grows() {
        return reports != null;
    }

    @Override
    void execute(Core core) {
        long nanos = core.nanos;
        for (int i = 0; i < tokens.size(); i++) {
            Entry e = Tokens.running(core, tokens.get(i));
            if (e == null) {
                Tokens.Verdict verdict = Tokens.notInForce(core, tokens.get(i));
                if (verdict.canceled() != null) {
                    pin(core);
                }
                verdicts.add(verdict);
                continue;
            }
            Running running = e.open().running();
            if (running != null) {
                running.heartbeatNanos = nanos;
            }
            if (reports != null) {
                report(core, e, reports.get(i).progress());
            }
            verdicts.add(Tokens.Verdict.CONTINUE);
        }
    }

    private static void report(Core core, Entry e, RawJson progress) {
        int mark = core.journal.mark();
        EventWriter.progress(core.journal.out(), e, progress);
        core.transitions.progress(e, core.journal.since(mark));
    }
}
