package dev.jobqueue.fs.engine;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts attempts at READY jobs that match (DEQ-1, DEQ-13). */
final class ClaimOperation extends Operation {
    private final ClaimRequest request;
    private final List<TypeChannel> keys;
    private final List<Claim> claims;
    private boolean more;
    private Optional<Duration> nextDue = Optional.empty();

    private ClaimOperation(ClaimRequest request) {
        this.request = request;
        this.keys = Matching.keys(request.selector());
        this.claims = new ArrayList<>(request.slots().size());
    }

    /** Runs in the caller. */
    static Claimed call(Writer writer, JobReader reader, ClaimRequest request) {
        ClaimOperation operation = new ClaimOperation(request);
        writer.call(operation);
        try {
            return new Claimed(
                    operation.claims.isEmpty() ? List.of() : reader.claimed(operation.claims),
                    operation.more,
                    operation.nextDue);
        } catch (JobQueueException.StoreUnavailable e) {
            throw operation.unanswered(e);
        } finally {
            operation.release();
        }
    }

    @Override
    long bound(Core core) {
        long bound = 0;
        String worker = null;
        for (ClaimSlot slot : request.slots()) {
            if (slot.worker().equals(worker)) {
                bound += EventWriter.NEXT_START;
            } else {
                worker = slot.worker();
                bound += EventWriter.START + EventWriter.bound(worker);
            }
        }
        return bound;
    }

    @Override
    void execute(Core core) {
        pin(core);
        JobIndex index = core.index;
        List<ClaimSlot> free = free(index);
        ReadyMerge ready = new ReadyMerge(Matching.ready(index, request.selector(), keys));
        for (ClaimSlot slot : free) {
            Entry e = ready.next();
            if (e == null) {
                break;
            }
            core.start(e, slot);
            ready.taken();
            claims.add(Claim.of(e, slot.token()));
        }
        more = ready.next() != null;
        nextDue = nextDue(core, request.selector(), keys);
    }

    /** Answers the slots whose tokens are known; the others are free. */
    private List<ClaimSlot> free(JobIndex index) {
        List<ClaimSlot> free = new ArrayList<>(request.slots().size());
        for (ClaimSlot slot : request.slots()) {
            if (slot.fresh()) {
                free.add(slot);
                continue;
            }
            long high = slot.token().value().getMostSignificantBits();
            long low = slot.token().value().getLeastSignificantBits();
            Entry e = index.byToken(high, low);
            if (e == null && index.pastToken(high, low) == null) {
                free.add(slot);
            } else if (e != null && e.runsUnder(high, low)) {
                claims.add(Claim.of(e, slot.token()));
            }
        }
        return free;
    }

    private static Optional<Duration> nextDue(Core core, Selector selector, List<TypeChannel> keys) {
        long due = Long.MAX_VALUE;
        if (selector.channels().isEmpty()) {
            for (TypeName type : selector.types()) {
                for (Pair pair : core.index.scheduledPairs(type)) {
                    due = Math.min(due, pair.firstDue());
                }
            }
        } else if (core.index.hasScheduled()) {
            for (TypeChannel key : keys) {
                Pair pair = core.index.pair(key);
                if (pair != null) {
                    due = Math.min(due, pair.firstDue());
                }
            }
        }
        return due == Long.MAX_VALUE ? Optional.empty() : Optional.of(Duration.ofMillis(due - core.now));
    }
}
