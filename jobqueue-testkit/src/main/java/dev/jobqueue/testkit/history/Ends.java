package dev.jobqueue.testkit.history;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * When jobs were finished: not before a time, and by a time.
 *
 * <p>A job can end with a success, with its last failure, with a cancel, with one lost heartbeat too many, and with the failure of a job that it
 * requires. A release ends an attempt only.
 */
final class Ends {
    /** Nothing is known of a job that was stored before the history began. */
    private static final long ALWAYS = Long.MIN_VALUE;

    private final Index index;
    private final Map<JobId, Long> failedFrom = new HashMap<>();

    Ends(Index index) {
        this.index = index;
    }

    /** The job was unfinished until this time, for certain. */
    long endedFrom(JobId id) {
        Optional<Life> life = index.life(id);
        return life.map(l -> Math.min(
                        failedFrom(id),
                        earliest(l.runs.stream()
                                .flatMap(r -> r.perhaps(Call.Ending.SUCCESS))
                                .mapToLong(Operation::invoked))))
                .orElse(ALWAYS);
    }

    /** The job had neither failed nor was it canceled until this time, for certain. */
    private long failedFrom(JobId id) {
        Long known = failedFrom.get(id);
        if (known == null) {
            known = index.life(id).map(this::failedFrom).orElse(ALWAYS);
            failedFrom.put(id, known);
        }
        return known;
    }

    private long failedFrom(Life life) {
        long own = earliest(LongStream.concat(
                life.perhapsCanceled().mapToLong(Operation::invoked),
                life.runs.stream()
                        .flatMap(r -> r.perhaps(Call.Ending.PERMANENT_FAILURE))
                        .mapToLong(Operation::invoked)));
        long[] failures = life.runs.stream()
                .mapToLong(r -> earliest(r.perhaps(Call.Ending.FAILURE).mapToLong(Operation::invoked)))
                .toArray();
        own = Math.min(own, nth(failures, life.entry.attempts()));
        own = Math.min(
                own, nth(life.expires.stream().mapToLong(Operation::invoked).toArray(), life.entry.recoveries() + 1));
        for (Dependency dependency : life.entry.dependencies()) {
            if (required(life.entry.dependencies(), dependency.id())) {
                own = Math.min(own, failedFrom(dependency.id()));
            }
        }
        return own;
    }

    /** An id that is named both ways is required. */
    static boolean required(List<Dependency> dependencies, JobId id) {
        return dependencies.stream().anyMatch(d -> d.required() && d.id().equals(id));
    }

    /** The job was finished by this time, for certain, because of a call that ended it. */
    static long endedBy(Life life) {
        long[] failures = life.failed().stream()
                .mapToLong(r -> earliest(r.surely(Call.Ending.FAILURE).mapToLong(Operation::returned)))
                .toArray();
        long failed = earliest(LongStream.concat(
                life.surelyCanceled().mapToLong(Operation::returned),
                life.surely(Call.Ending.PERMANENT_FAILURE).mapToLong(Operation::returned)));
        return Math.min(Math.min(succeededBy(life), failed), nth(failures, life.entry.attempts()));
    }

    /** The job had succeeded by this time, for certain. */
    static long succeededBy(Life life) {
        return earliest(life.surely(Call.Ending.SUCCESS).mapToLong(Operation::returned));
    }

    private static long earliest(LongStream times) {
        return times.min().orElse(Operation.NEVER);
    }

    /** The time of the nth of these, counted from 1. */
    private static long nth(long[] times, int n) {
        return n > times.length
                ? Operation.NEVER
                : LongStream.of(times).sorted().skip(n - 1L).findFirst().orElseThrow();
    }
}
