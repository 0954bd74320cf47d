package dev.jobqueue.fs.state;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobOptions;
import dev.jobqueue.fs.journal.Ref;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is kept in memory of a job only while it is unfinished. Times are in milliseconds. */
public final class OpenJob {
    /** No time. */
    public static final long NEVER = Long.MIN_VALUE;

    JobOptions options;
    final long enqueued;

    /** When it may run next; fixed at insert, also for a BLOCKED job. */
    long due;

    /** Whether it ever was SCHEDULED, so that {@link #due} is shown. */
    boolean scheduled;

    long unblocked = NEVER;
    long ready = NEVER;
    int failures;
    int recoveries;

    /** How many attempts were started. */
    int attempts;

    /** How many distinct dependencies are unfinished. */
    int unfinished;

    /** The last ended attempts, oldest first. */
    @Nullable
    List<Attempt> ended;

    /** The bytes that {@link #ended} takes at most in an event. */
    long endedBytes;

    @Nullable
    Running running;

    OpenJob(JobOptions options, long enqueued) {
        this.options = options;
        this.enqueued = enqueued;
    }

    void ended(Attempt attempt) {
        List<Attempt> list = ended;
        if (list == null) {
            list = new ArrayList<>(1);
            ended = list;
        }
        if (list.size() == Attempt.KEPT) {
            endedBytes -= bytes(list.remove(0));
        }
        list.add(attempt);
        endedBytes += bytes(attempt);
    }

    /** The most bytes of JSON that an attempt takes; a character takes up to six, and details stand in a string. */
    private static long bytes(Attempt attempt) {
        return 300
                + 6L * attempt.worker().length()
                + attempt.error()
                        .map(e -> 200
                                + 6L * e.reason().length()
                                + 6L * e.details().size())
                        .orElse(0L);
    }

    public JobOptions options() {
        return options;
    }

    public long enqueued() {
        return enqueued;
    }

    public long due() {
        return due;
    }

    /** The due time to show: empty unless it was ever SCHEDULED. */
    public long shownDue() {
        return scheduled ? due : NEVER;
    }

    public long unblocked() {
        return unblocked;
    }

    public long ready() {
        return ready;
    }

    public int failures() {
        return failures;
    }

    public int recoveries() {
        return recoveries;
    }

    public int attempts() {
        return attempts;
    }

    public List<Attempt> ended() {
        List<Attempt> list = ended;
        return list == null ? List.of() : list;
    }

    public long endedBytes() {
        return endedBytes;
    }

    public @Nullable Running running() {
        return running;
    }

    /** The last progress of the running attempt. */
    public @Nullable Ref progress() {
        Running r = running;
        return r == null ? null : r.progress;
    }
}
