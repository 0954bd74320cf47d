package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ends attempts by token and stores their follow-ups in the same step (FIN-1 to FIN-3, FIN-7, FIN-8). */
final class FinishOperation extends Operation {
    /** Results of calls with up to so many items go into the cache. */
    private static final int CACHED_ITEMS = 16;

    private final List<Item> items;
    private final Inserts inserts;
    private final List<Answer<Tokens.Verdict>> answers;
    /** What {@link #bound} found for each item; the state does not change between it and the first item. */
    private final @Nullable Entry[] found;

    private final List<Kept> kept = new ArrayList<>(0);
    private final boolean grows;
    private Changes changes = Changes.NONE;

    /** A request and what the caller has prepared for it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Item(FinishRequest request, byte @Nullable [] error, List<JobDraft> followUps, long bound) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(Ref ref, byte[] event) {}

    private FinishOperation(List<Item> items, Inserts inserts) {
        this.items = items;
        this.inserts = inserts;
        this.answers = new ArrayList<>(items.size());
        this.found = new Entry[items.size()];
        this.grows = items.stream().anyMatch(i -> !i.followUps().isEmpty());
    }

    /** Runs in the caller. */
    static Receipt<Answer<TokenAnswer>> call(Writer writer, JobReader reader, List<FinishRequest> requests) {
        Utf8Out block = new Utf8Out(64);
        List<Item> items = new ArrayList<>(requests.size());
        for (FinishRequest request : requests) {
            items.add(prepare(request, block));
        }
        Inserts inserts = new Inserts(block);
        while (true) {
            FinishOperation operation = new FinishOperation(items, inserts);
            writer.call(operation);
            try {
                if (inserts.toCompare.isEmpty()) {
                    return operation.receipt(reader);
                }
                reader.compare(inserts);
            } catch (JobQueueException.StoreUnavailable e) {
                throw operation.unanswered(e);
            } finally {
                operation.release();
            }
        }
    }

    private static Item prepare(FinishRequest request, Utf8Out block) {
        List<JobDraft> followUps =
                request.followUps().isEmpty() ? List.of() : JobDraft.graph(request.followUps(), block);
        byte[] error = null;
        long bound = Inserts.bound(followUps);
        if (request.outcome() instanceof JobOutcome.Failed failed) {
            error = EventWriter.error(failed.error());
            // Once in the attempt and once as the error of the job.
            bound += 2L * error.length + failed.result().map(RawJson::size).orElse(0);
        } else if (request.outcome() instanceof JobOutcome.Succeeded succeeded) {
            bound += succeeded.result().size();
        }
        return new Item(request, error, followUps, bound);
    }

    private Receipt<Answer<TokenAnswer>> receipt(JobReader reader) {
        for (Kept k : kept) {
            reader.keep(k.ref(), k.event());
        }
        List<Answer<TokenAnswer>> read = new ArrayList<>(answers.size());
        for (Answer<Tokens.Verdict> answer : answers) {
            if (answer instanceof Answer.Accepted<Tokens.Verdict> accepted) {
                read.add(Answer.accepted(accepted.value().read(reader)));
            } else {
                read.add(((Answer.Refused<Tokens.Verdict>) answer).cast());
            }
        }
        return new Receipt<>(read, changes);
    }

    @Override
    boolean grows() {
        return grows;
    }

    @Override
    long bound(Core core) {
        long bound = 0;
        for (int i = 0; i < found.length; i++) {
            Item item = items.get(i);
            Entry e = Tokens.running(core, item.request().token());
            found[i] = e;
            if (e != null) {
                boolean mayFail = item.request().outcome() instanceof JobOutcome.Failed;
                bound += item.bound() + (mayFail ? core.endBound(e) : Core.endBoundAlone(e));
            }
        }
        return bound;
    }

    @Override
    void execute(Core core) {
        boolean compared = true;
        for (Item item : items) {
            if (!item.followUps().isEmpty()
                    && Tokens.running(core, item.request().token()) != null) {
                compared &= inserts.compared(core, item.followUps());
            }
        }
        if (!compared) {
            pin(core);
            return;
        }
        for (int i = 0; i < found.length; i++) {
            answers.add(finish(core, items.get(i), found[i]));
        }
        changes = core.changes.take();
    }

    private Answer<Tokens.Verdict> finish(Core core, Item item, @Nullable Entry before) {
        FinishRequest request = item.request();
        Entry e = before;
        // An item before may have ended it.
        if (e == null || !Tokens.isRunning(e, request.token())) {
            if (Tokens.acceptedBefore(core, request.token(), request.outcome())) {
                return Answer.accepted(Tokens.Verdict.DONE);
            }
            Tokens.Verdict verdict = Tokens.notInForce(core, request.token());
            if (verdict.canceled() != null) {
                pin(core);
            }
            return Answer.accepted(verdict);
        }
        Optional<Duration> wait = wait(e, request);
        if (!item.followUps().isEmpty()) {
            Answer.Refused<List<Enqueued>> refused = inserts.refusal(
                    core,
                    item.followUps(),
                    wait.isPresent() ? Set.of() : ending(core, e, request),
                    request.outcome() instanceof JobOutcome.Failed);
            if (refused != null) {
                return refused.cast();
            }
        }
        end(core, e, item, wait);
        if (!item.followUps().isEmpty()) {
            inserts.store(core, item.followUps());
        }
        return Answer.accepted(Tokens.Verdict.DONE);
    }

    /** The wait before the next attempt; empty if the job ends. */
    private static Optional<Duration> wait(Entry e, FinishRequest request) {
        if (request.outcome() instanceof JobOutcome.Released released) {
            return Optional.of(released.delay());
        }
        if (request.outcome() instanceof JobOutcome.Failed failed) {
            return StoreRules.retryAfter(e.open().options(), e.open().failures() + 1, failed.error(), request.jitter());
        }
        return Optional.empty();
    }

    private static Set<Entry> ending(Core core, Entry e, FinishRequest request) {
        Set<Entry> ending = new HashSet<>();
        ending.add(e);
        if (request.outcome() instanceof JobOutcome.Failed) {
            ending.addAll(core.doomedBy(e));
        }
        return ending;
    }

    private void end(Core core, Entry e, Item item, Optional<Duration> wait) {
        JobOutcome outcome = item.request().outcome();
        if (wait.isPresent()) {
            boolean failed = outcome instanceof JobOutcome.Failed;
            core.requeue(
                    e,
                    failed ? Attempt.End.FAILED : Attempt.End.RELEASED,
                    wait.get().toMillis(),
                    failed ? ((JobOutcome.Failed) outcome).error() : null);
            return;
        }
        int mark = core.journal.mark();
        Ref ref;
        if (outcome instanceof JobOutcome.Succeeded succeeded) {
            ref = core.end(e, JobState.SUCCEEDED, Attempt.End.SUCCEEDED, null, null, succeeded.result());
        } else {
            RawJson result = ((JobOutcome.Failed) outcome).result().orElse(null);
            ref = core.end(e, JobState.FAILED, Attempt.End.FAILED, item.error(), null, result);
        }
        if (items.size() <= CACHED_ITEMS && core.index.hasDependents(e)) {
            kept.add(new Kept(ref, Arrays.copyOfRange(core.journal.out().array(), mark, mark + ref.length())));
        }
        if (e.unsuccessful()) {
            core.cascade(List.of(e));
        }
    }
}
