package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A compose as its page shows it.
 *
 * @param title a name if it has one, else what it is
 * @param koji whether it is for koji
 * @param left how many jobs are not shown, as there are too many
 * @param failed the jobs where the failure began
 */
record ComposeView(
        JobId id,
        String title,
        boolean koji,
        Look look,
        Moment enqueued,
        @Nullable Moment finished,
        String took,
        List<Fact> facts,
        GraphView graph,
        int left,
        List<JobView> failed) {
    /** What the compose was given. */
    record Fact(String name, String value) {}
}
