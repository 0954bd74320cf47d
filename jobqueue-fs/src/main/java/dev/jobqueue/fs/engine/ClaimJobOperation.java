package dev.jobqueue.fs.engine;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts an attempt at one job (DEQ-7). */
final class ClaimJobOperation extends Operation {
    private final JobId id;
    private final ClaimSlot slot;
    private @Nullable Claim claim;
    private Answer<ClaimedJob> refused;

    private ClaimJobOperation(JobId id, ClaimSlot slot) {
        this.id = id;
        this.slot = slot;
        this.refused = Answer.refused(Answer.Reason.NOT_FOUND, id);
    }

    /** Runs in the caller. */
    static Answer<ClaimedJob> call(Writer writer, JobReader reader, JobId id, ClaimSlot slot) {
        ClaimJobOperation operation = new ClaimJobOperation(id, slot);
        writer.call(operation);
        try {
            return operation.claim == null
                    ? operation.refused
                    : Answer.accepted(reader.claimed(List.of(operation.claim)).get(0));
        } catch (JobQueueException.StoreUnavailable e) {
            throw operation.unanswered(e);
        } finally {
            operation.release();
        }
    }

    @Override
    long bound(Core core) {
        return EventWriter.START + EventWriter.bound(slot.worker());
    }

    @Override
    void execute(Core core) {
        long high = slot.token().value().getMostSignificantBits();
        long low = slot.token().value().getLeastSignificantBits();
        Entry e = core.index.job(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
        if (e == null) {
            return;
        }
        if (!e.runsUnder(high, low)) {
            boolean known = core.index.byToken(high, low) != null || core.index.pastToken(high, low) != null;
            if (e.state() != JobState.READY || known) {
                refused = Answer.refused(Answer.Reason.NOT_PENDING, id, e.state());
                return;
            }
            if (core.index.isPaused(e.pair)) {
                refused = Answer.refused(Answer.Reason.PAUSED, id);
                return;
            }
            core.start(e, slot);
        }
        pin(core);
        claim = Claim.of(e, slot.token());
    }
}
