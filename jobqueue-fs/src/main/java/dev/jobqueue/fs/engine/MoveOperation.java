package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Entry;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Copies events that are still needed out of a segment that is mostly dead. */
final class MoveOperation extends Operation {
    private final List<Candidate> candidates;

    /** An event as it stands in the old segment. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Candidate(Event event, long position, byte[] bytes) {}

    MoveOperation(List<Candidate> candidates) {
        this.candidates = candidates;
    }

    @Override
    boolean alone() {
        return true;
    }

    @Override
    char kind() {
        return RecordHeader.KEPT;
    }

    @Override
    long bound(Core core) {
        return candidates.stream().mapToLong(c -> c.bytes().length).sum();
    }

    @Override
    void execute(Core core) {
        for (Candidate c : candidates) {
            move(core, c);
        }
    }

    private static void move(Core core, Candidate c) {
        if (c.event() instanceof Event.Insert insert) {
            Entry e = find(core, insert.id());
            if (e != null && e.definition().position() == c.position()) {
                core.transitions.movedDefinition(e, copy(core, c));
            }
        } else if (c.event() instanceof Event.End end) {
            Entry e = find(core, end.id());
            if (e != null && e.finished() && e.end().position() == c.position()) {
                core.transitions.movedEnd(e, copy(core, c));
            }
        } else if (c.event() instanceof Event.Progress progress) {
            Entry e = find(core, progress.id());
            Ref ref = e == null || e.finished() ? null : e.open().progress();
            if (e != null && ref != null && ref.position() == c.position()) {
                core.transitions.movedProgress(e, copy(core, c));
            }
        }
    }

    private static @Nullable Entry find(Core core, UUID id) {
        return core.index.job(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    private static Ref copy(Core core, Candidate c) {
        Utf8Out out = core.journal.out();
        int mark = core.journal.mark();
        out.raw(c.bytes());
        return core.journal.since(mark);
    }
}
