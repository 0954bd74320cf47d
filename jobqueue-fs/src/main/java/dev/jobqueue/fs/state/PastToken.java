package dev.jobqueue.fs.state;

import dev.jobqueue.Attempt;
import org.jspecify.annotations.Nullable;

/** The token of an attempt before the last one, so that a finish repeated with it is answered alike (FIN-8). A list, newest first. */
public final class PastToken {
    public final long high;
    public final long low;
    public final Attempt.End end;
    public final Entry entry;

    @Nullable
    PastToken older;

    PastToken(long high, long low, Attempt.End end, Entry entry) {
        this.high = high;
        this.low = low;
        this.end = end;
        this.entry = entry;
    }

    public @Nullable PastToken older() {
        return older;
    }
}
