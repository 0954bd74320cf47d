package dev.jobqueue.fs.state;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.fs.journal.Ref;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is kept in memory of a job. A finished job with one edge takes about 180 bytes with its places in tables and orders; what is needed only while it
 * is unfinished stands in {@link OpenJob}, everything else on disk.
 */
public final class Entry {
    public final long idHigh;
    public final long idLow;
    public final Pair pair;

    /** Enqueue order. */
    long sequence;

    /** The last token, if {@link #hasToken}. */
    long tokenHigh;

    long tokenLow;
    private long definition;
    private long end;
    private int definitionLength;
    private int definitionCrc;
    private int endLength;
    private int endCrc;

    /** The size of the result, -1 if there is none. */
    int resultBytes = -1;

    /** When it was finished, in milliseconds. */
    long finished;

    Edges edges = Edges.NONE;

    /** Null, one {@code Entry}, or an {@link EntryList} in enqueue order. */
    @Nullable
    Object dependents;

    /** Null once finished. */
    @Nullable
    OpenJob open;

    /** Why it was failed without an error of its own. */
    @Nullable
    Cause cause;

    @Nullable
    PastToken past;

    /** The checkpoint that has, or need not have, this entry. */
    public int captured;

    private JobState state = JobState.BLOCKED;
    private Attempt.@Nullable End lastEnd;
    boolean hasToken;
    boolean dropped;

    public Entry(long idHigh, long idLow, Pair pair) {
        this.idHigh = idHigh;
        this.idLow = idLow;
        this.pair = pair;
    }

    /** An entry to compare others with. */
    static Entry probe(Pair pair, long finished, long sequence) {
        Entry probe = new Entry(0, 0, pair);
        probe.finished = finished;
        probe.sequence = sequence;
        return probe;
    }

    public JobId id() {
        return new JobId(new UUID(idHigh, idLow));
    }

    public long sequence() {
        return sequence;
    }

    public JobState state() {
        return state;
    }

    public boolean finished() {
        return state.finished();
    }

    /** Whether it failed or was canceled. */
    public boolean unsuccessful() {
        return state == JobState.FAILED || state == JobState.CANCELED;
    }

    void state(JobState next) {
        state = next;
    }

    /** The details of a job that is not finished. */
    public OpenJob open() {
        OpenJob o = open;
        if (o == null) {
            throw new IllegalStateException("job " + id() + " is finished");
        }
        return o;
    }

    /** How its last attempt ended; null if it never ran or is running. */
    public Attempt.@Nullable End lastEnd() {
        return lastEnd;
    }

    void lastEnd(Attempt.@Nullable End how) {
        lastEnd = how;
    }

    /** Whether it was canceled while it ran. */
    public boolean canceledWhileRunning() {
        return state() == JobState.CANCELED && lastEnd() == Attempt.End.CANCELED;
    }

    void token(long high, long low) {
        tokenHigh = high;
        tokenLow = low;
        hasToken = true;
    }

    /** The last token. */
    public @Nullable JobToken token() {
        return hasToken ? new JobToken(new UUID(tokenHigh, tokenLow)) : null;
    }

    /** Whether it runs under this token. */
    public boolean runsUnder(long high, long low) {
        return state() == JobState.RUNNING && hasToken && tokenHigh == high && tokenLow == low;
    }

    public Ref definition() {
        return new Ref(definition, definitionLength, definitionCrc);
    }

    void definition(Ref ref) {
        definition = ref.position();
        definitionLength = ref.length();
        definitionCrc = ref.crc();
    }

    /** The event that ended it; only if finished. */
    public Ref end() {
        return new Ref(end, endLength, endCrc);
    }

    void end(Ref ref) {
        end = ref.position();
        endLength = ref.length();
        endCrc = ref.crc();
    }

    public int resultBytes() {
        return resultBytes;
    }

    public long finishedAt() {
        return finished;
    }

    public Edges edges() {
        return edges;
    }

    public @Nullable Cause cause() {
        return cause;
    }

    public @Nullable PastToken past() {
        return past;
    }

    public boolean dropped() {
        return dropped;
    }

    @Override
    public String toString() {
        return "job " + id() + " " + state();
    }
}
