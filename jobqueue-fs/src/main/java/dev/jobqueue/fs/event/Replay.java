package dev.jobqueue.fs.event;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobOptions;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.fs.state.Running;
import dev.jobqueue.fs.state.Transitions;
import dev.jobqueue.spi.StoreClock;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Applies the events of records that were read to the index. */
public final class Replay {
    private final JobIndex index;
    private final Transitions transitions;
    private final StoreClock clock;
    private final CRC32C sum = new CRC32C();
    private JobOptions lastOptions = JobOptions.DEFAULT;

    public Replay(JobIndex index, Transitions transitions, StoreClock clock) {
        this.index = index;
        this.transitions = transitions;
        this.clock = clock;
    }

    /**
     * Applies one record.
     *
     * @param bodyPosition where the body stands in the journal
     * @throws EventReader.UnreadableException if an event cannot be read or does not fit the state; the index is of no use any more
     */
    public void apply(RecordHeader header, byte[] bytes, int offset, long bodyPosition)
            throws EventReader.UnreadableException {
        EventReader reader = new EventReader(bytes, offset, offset + header.bodyLength());
        for (Event event = reader.next(); event != null; event = reader.next()) {
            sum.reset();
            sum.update(bytes, reader.start(), reader.length());
            Ref ref = new Ref(bodyPosition + (reader.start() - offset), reader.length(), (int) sum.getValue());
            try {
                if (header.kind() == RecordHeader.KEPT) {
                    moved(event, ref);
                } else {
                    apply(event, ref);
                }
            } catch (IllegalStateException | IllegalArgumentException e) {
                throw new EventReader.UnreadableException(
                        "the event at " + Position.show(ref.position()) + " does not fit: " + e.getMessage(), e);
            }
        }
    }

    /**
     * For repair: applies what fits of one record and tells of the rest.
     *
     * @param inserts whether to apply new jobs, each once, or everything else, or both if null
     */
    public void applyWhatFits(
            RecordHeader header,
            byte[] bytes,
            int offset,
            long bodyPosition,
            @Nullable Boolean inserts,
            Consumer<String> skipped) {
        EventReader reader = new EventReader(bytes, offset, offset + header.bodyLength());
        try {
            for (Event event = reader.next(); event != null; event = reader.next()) {
                if (inserts != null && inserts != event instanceof Event.Insert) {
                    continue;
                }
                sum.reset();
                sum.update(bytes, reader.start(), reader.length());
                Ref ref = new Ref(bodyPosition + (reader.start() - offset), reader.length(), (int) sum.getValue());
                try {
                    if (isNews(event) || (header.kind() == RecordHeader.JOURNAL && !Boolean.TRUE.equals(inserts))) {
                        apply(event, ref);
                    } else if (header.kind() == RecordHeader.KEPT) {
                        moved(event, ref);
                    }
                } catch (IllegalStateException | IllegalArgumentException e) {
                    skipped.accept("event at " + Position.show(ref.position()) + ": " + e.getMessage());
                }
            }
        } catch (EventReader.UnreadableException e) {
            skipped.accept("rest of the record at " + Position.show(bodyPosition) + ": " + e.getMessage());
        }
    }

    /** Whether a moved event says something that is not known, because the record that said it first is gone. */
    private boolean isNews(Event event) {
        if (event instanceof Event.Insert i) {
            return index.job(i.id().getMostSignificantBits(), i.id().getLeastSignificantBits()) == null;
        }
        return event instanceof Event.End e && !entry(e.id()).finished();
    }

    private Entry entry(UUID id) {
        Entry e = index.job(id.getMostSignificantBits(), id.getLeastSignificantBits());
        if (e == null) {
            throw new IllegalStateException("there is no job " + id);
        }
        return e;
    }

    private void apply(Event event, Ref ref) {
        if (event instanceof Event.Insert i) {
            insert(i, ref);
        } else if (event instanceof Event.Start s) {
            long nanos = clock.nanoTime();
            transitions.start(
                    entry(s.id()),
                    s.token().getMostSignificantBits(),
                    s.token().getLeastSignificantBits(),
                    s.worker(),
                    s.at(),
                    Running.startedNanos(s.at(), clock.now().toEpochMilli(), nanos),
                    nanos);
        } else if (event instanceof Event.Progress p) {
            transitions.progress(entry(p.id()), ref);
        } else if (event instanceof Event.Requeue r) {
            transitions.requeue(entry(r.id()), r.how(), r.at(), r.due(), r.error());
        } else if (event instanceof Event.End e) {
            Cause cause = e.cause() == null || e.root() == null
                    ? null
                    : new Cause(entry(e.cause()), entry(e.root()), e.length());
            transitions.end(entry(e.id()), e.state(), e.at(), e.how(), cause, e.result(), ref);
        } else if (event instanceof Event.Drop d) {
            d.ids().forEach(id -> transitions.drop(entry(id)));
        } else if (event instanceof Event.Pause p) {
            transitions.pause(p.scope());
        } else if (event instanceof Event.Resume r) {
            transitions.resume(r.scope());
        }
    }

    private void insert(Event.Insert i, Ref ref) {
        if (!lastOptions.equals(i.options())) {
            lastOptions = i.options(); // equal ones, which come in runs, are kept once
        }
        Pair pair = index.pairOrNew(new TypeChannel(i.type(), i.options().channel()));
        Entry e = new Entry(i.id().getMostSignificantBits(), i.id().getLeastSignificantBits(), pair);
        transitions.insert(e, i.sequence(), edges(i.edges()), lastOptions, i.at(), i.waitMillis(), ref);
    }

    private Edges edges(List<Dependency> given) {
        if (given.isEmpty()) {
            return Edges.NONE;
        }
        Entry[] targets = new Entry[given.size()];
        boolean[] required = new boolean[given.size()];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = entry(given.get(i).id().value());
            required[i] = given.get(i).required();
        }
        return Edges.of(targets, required);
    }

    private void moved(Event event, Ref ref) {
        if (event instanceof Event.Insert i) {
            transitions.movedDefinition(entry(i.id()), ref);
        } else if (event instanceof Event.End e) {
            transitions.movedEnd(entry(e.id()), ref);
        } else if (event instanceof Event.Progress p) {
            transitions.movedProgress(entry(p.id()), ref);
        }
    }
}
