package dev.jobqueue.fs.state;

import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The jobs of one type and channel, by state. */
public final class Pair {
    public final TypeChannel key;
    final TypePairs type;
    final SortedEntries blocked = new SortedEntries(Order.SEQUENCE);
    final SortedEntries scheduled = new SortedEntries(Order.SEQUENCE);
    final SortedEntries due = new SortedEntries(Order.DUE);
    final SortedEntries readyBySequence = new SortedEntries(Order.SEQUENCE);
    final SortedEntries ready = new SortedEntries(Order.PRIORITY);
    final SortedEntries running = new SortedEntries(Order.SEQUENCE);
    final SortedEntries finished = new SortedEntries(Order.FINISH);

    /** How many jobs there are in all. */
    int jobs;

    /** The number in the checkpoint that is being captured, and which one that is. */
    public int checkpointNumber;

    public int checkpointEpoch;

    /** Jobs that became READY, for {@link ChangeLog}. */
    int becameReady;

    Pair(TypeChannel key, TypePairs type) {
        this.key = key;
        this.type = type;
    }

    /** The next READY job in claim order. */
    public @Nullable Entry firstReady() {
        return ready.first();
    }

    /** When the next SCHEDULED job is due; {@link Long#MAX_VALUE} if there is none. */
    public long firstDue() {
        Entry first = due.first();
        return first == null ? Long.MAX_VALUE : first.open().due;
    }

    /** Jobs in an unfinished state behind this sequence number, in enqueue order. */
    public Iterator<Entry> unfinishedAfter(JobState state, long sequence) {
        return in(state).after(Entry.probe(this, 0, sequence));
    }

    /** Finished jobs behind this place in the order of finish. */
    public Iterator<Entry> finishedAfter(long finished, long sequence) {
        return this.finished.after(Entry.probe(this, finished, sequence));
    }

    /** How many jobs are in an unfinished state. */
    public int count(JobState state) {
        return in(state).size();
    }

    /** Jobs in an unfinished state, in enqueue order. */
    SortedEntries in(JobState state) {
        return switch (state) {
            case BLOCKED -> blocked;
            case SCHEDULED -> scheduled;
            case READY -> readyBySequence;
            case RUNNING -> running;
            default -> finished;
        };
    }
}
