package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as the page shows it.
 *
 * @param variant empty if the type has none
 * @param why why it does not run, empty if it does or is finished
 * @param waitsFor the first unfinished jobs that it waits for
 * @param progress what its worker reported last
 * @param error what went wrong, down to the causes
 * @param unreadable whether its result is none of its type
 */
record JobView(
        JobId id,
        String family,
        String variant,
        Look look,
        List<JobId> dependencies,
        Moment enqueued,
        @Nullable Moment finished,
        String why,
        List<JobId> waitsFor,
        @Nullable Progress progress,
        List<AttemptView> attempts,
        @Nullable ErrorView error,
        String cancelReason,
        boolean unreadable) {
    JobView {
        dependencies = List.copyOf(dependencies);
        waitsFor = List.copyOf(waitsFor);
        attempts = List.copyOf(attempts);
    }

    /**
     * How far a running attempt is.
     *
     * @param total 0 if it is not known
     * @param text a message, or the report as it is
     */
    record Progress(long done, long total, String text) {}

    /**
     * One run of the job.
     *
     * @param took empty while it runs
     * @param end how it ended, empty while it runs
     */
    record AttemptView(
            int number,
            String worker,
            Moment started,
            String took,
            String end,
            Look look,
            @Nullable ErrorView error) {}

    /** The name for a person: family and variant. */
    public String name() {
        return variant.isEmpty() ? family : family + " " + variant;
    }

    /** Where on the page it stands. */
    public String anchor() {
        return "job-" + id;
    }
}
