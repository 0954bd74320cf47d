package dev.jobqueue.fs.engine;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.Receipt;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends jobs that have not run (FIN-6). */
final class PendingFinishOperation extends Operation {
    private final List<PendingFinish> requests;
    private final List<Answer<JobState>> answers;
    private Changes changes = Changes.NONE;

    private PendingFinishOperation(List<PendingFinish> requests) {
        this.requests = requests;
        this.answers = new ArrayList<>(requests.size());
    }

    /** Runs in the caller. */
    static Receipt<Answer<JobState>> call(Writer writer, List<PendingFinish> requests) {
        PendingFinishOperation operation = new PendingFinishOperation(requests);
        writer.call(operation);
        return new Receipt<>(operation.answers, operation.changes);
    }

    @Override
    long bound(Core core) {
        long bound = 0;
        for (PendingFinish request : requests) {
            Entry e = find(core, request.id());
            if (e == null || !e.state().pending()) {
                continue;
            }
            if (request.outcome() instanceof JobOutcome.Failed failed) {
                bound += core.endBound(e)
                        + EventWriter.bound(failed.error())
                        + failed.result().map(RawJson::size).orElse(0);
            } else if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
                bound += Core.endBoundAlone(e) + succeeded.result().size();
            }
        }
        return bound;
    }

    private static @Nullable Entry find(Core core, JobId id) {
        return core.index.job(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
    }

    @Override
    void execute(Core core) {
        for (PendingFinish request : requests) {
            Entry e = find(core, request.id());
            if (e == null) {
                answers.add(Answer.refused(Answer.Reason.NOT_FOUND, request.id()));
            } else if (e.finished()) {
                answers.add(Answer.refused(Answer.Reason.ALREADY_FINISHED, request.id(), e.state()));
            } else if (e.state() == JobState.RUNNING) {
                answers.add(Answer.refused(Answer.Reason.NOT_PENDING, request.id(), e.state()));
            } else {
                answers.add(Answer.accepted(finish(core, e, request.outcome())));
            }
        }
        changes = core.changes.take();
    }

    private static JobState finish(Core core, Entry e, JobOutcome outcome) {
        if (outcome instanceof JobOutcome.Failed failed) {
            core.end(
                    e,
                    JobState.FAILED,
                    null,
                    EventWriter.error(failed.error()),
                    null,
                    failed.result().orElse(null));
            core.cascade(List.of(e));
        } else if (outcome instanceof JobOutcome.Succeeded succeeded) {
            core.end(e, JobState.SUCCEEDED, null, null, null, succeeded.result());
        } else {
            throw new IllegalArgumentException("a job that does not run cannot be released: " + e.id());
        }
        return e.state();
    }
}
