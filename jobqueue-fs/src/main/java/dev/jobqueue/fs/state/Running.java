package dev.jobqueue.fs.state;

import dev.jobqueue.fs.journal.Ref;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An attempt under way. */
public final class Running {
    /** 200 years: longer than any timeout, and its nanoseconds fit into a long. */
    private static final long MAX_ELAPSED = Duration.ofDays(73_000).toMillis();

    final String worker;

    /** By the wall clock, in milliseconds. */
    final long started;

    /** By the monotonic clock; of this process. */
    final long startedNanos;

    /** By the monotonic clock; of this process. */
    public long heartbeatNanos;

    @Nullable
    Ref progress;

    Running(String worker, long started, long startedNanos, long heartbeatNanos) {
        this.worker = worker;
        this.started = started;
        this.startedNanos = startedNanos;
        this.heartbeatNanos = heartbeatNanos;
    }

    /**
     * When an attempt of a former process began, on the monotonic clock of this one.
     *
     * @param started by the wall clock, in milliseconds
     */
    public static long startedNanos(long started, long nowMillis, long nanos) {
        long elapsed = Math.min(Math.max(0, nowMillis - started), MAX_ELAPSED);
        return nanos - elapsed * 1_000_000;
    }

    public String worker() {
        return worker;
    }

    public long started() {
        return started;
    }

    public long startedNanos() {
        return startedNanos;
    }

    public @Nullable Ref progress() {
        return progress;
    }
}
