package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Running;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ends attempts that are silent (HB-2) or take too long (FIN-9). */
final class ExpireOperation extends Operation {
    private final ExpireRequest request;
    private final List<Late> late = new ArrayList<>();
    private final List<JobId> expired = new ArrayList<>();
    private Changes changes = Changes.NONE;

    private record Late(Entry job, Attempt.End how, JobError error) {}

    private ExpireOperation(ExpireRequest request) {
        this.request = request;
    }

    /** Runs in the caller. */
    static Receipt<JobId> call(Writer writer, ExpireRequest request) {
        ExpireOperation operation = new ExpireOperation(request);
        writer.call(operation);
        return new Receipt<>(operation.expired, operation.changes);
    }

    @Override
    long bound(Core core) {
        late.clear();
        long bound = 0;
        long nanos = core.nanos;
        for (Entry e : core.index.running()) {
            if (late.size() == request.max()) {
                break;
            }
            Running running = e.open().running();
            if (running != null) {
                Optional<Late> found = late(e, running, nanos);
                if (found.isPresent()) {
                    late.add(found.get());
                    bound +=
                            core.endBound(e) + 2 * EventWriter.bound(found.get().error());
                }
            }
        }
        return bound;
    }

    private Optional<Late> late(Entry e, Running running, long nanos) {
        long limit = request.limit().toNanos();
        if (nanos - running.heartbeatNanos > limit) {
            return Optional.of(new Late(
                    e, Attempt.End.HEARTBEAT_LOST, StoreRules.heartbeatLost(running.worker(), request.limit())));
        }
        Optional<Duration> timeout = e.open().options().timeout();
        if (timeout.isPresent()
                && nanos - running.startedNanos() > timeout.get().toNanos() + limit) {
            return Optional.of(new Late(e, Attempt.End.TIMED_OUT, StoreRules.timedOut(timeout.get())));
        }
        return Optional.empty();
    }

    @Override
    void execute(Core core) {
        for (Late l : late) {
            Entry e = l.job();
            if (e.state() == JobState.RUNNING) {
                expire(core, e, l);
                expired.add(e.id());
            }
        }
        changes = core.changes.take();
    }

    private void expire(Core core, Entry e, Late l) {
        OpenJob open = e.open();
        JobOptions options = open.options();
        Optional<Duration> wait;
        if (l.how() == Attempt.End.HEARTBEAT_LOST) {
            wait = StoreRules.recovers(options, open.recoveries()) ? Optional.of(Duration.ZERO) : Optional.empty();
        } else {
            wait = StoreRules.retryAfter(options, open.failures() + 1, l.error(), request.jitter());
        }
        if (wait.isPresent()) {
            core.requeue(e, l.how(), wait.get().toMillis(), l.error());
        } else {
            core.end(e, JobState.FAILED, l.how(), EventWriter.error(l.error()), null, null);
            core.cascade(List.of(e));
        }
    }
}
