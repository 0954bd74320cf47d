package dev.jobqueue.fs.engine;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobState;
import dev.jobqueue.JobTimes;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.OpenJob;
import dev.jobqueue.fs.state.Running;
import dev.jobqueue.spi.Part;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job as the writer saw it at one moment.
 *
 * @param open the details if it was not finished; else they stand in its end event
 */
record Snapshot(
        Entry job,
        Outcome outcome,
        Ref definition,
        @Nullable Open open,
        @Nullable List<Outcome> dependencies) {
    /** The details of an unfinished job. */
    record Open(
            JobTimes times,
            int failures,
            int recoveries,
            List<Attempt> attempts,
            @Nullable Ref progress) {}

    /** Called by the writer. */
    static Snapshot of(Entry e, Set<Part> parts) {
        return new Snapshot(
                e,
                Outcome.of(e),
                e.definition(),
                e.state().finished() ? null : open(e.open()),
                parts.contains(Part.DEPENDENCIES) ? Outcome.of(e.edges()) : null);
    }

    private static Open open(OpenJob open) {
        JobTimes times = new JobTimes(
                Instant.ofEpochMilli(open.enqueued()),
                time(open.unblocked()),
                time(open.shownDue()),
                time(open.ready()),
                Optional.empty());
        List<Attempt> attempts = new ArrayList<>(open.ended());
        Running running = open.running();
        if (running != null) {
            attempts.add(new Attempt(
                    open.attempts(),
                    running.worker(),
                    Instant.ofEpochMilli(running.started()),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()));
        }
        return new Open(times, open.failures(), open.recoveries(), attempts, open.progress());
    }

    private static Optional<Instant> time(long millis) {
        return millis == OpenJob.NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    JobState state() {
        return outcome.state();
    }
}
