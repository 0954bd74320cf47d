package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A compose in the list.
 *
 * @param title a name if it has one
 * @param more how many images are not named
 */
record ComposeRow(
        JobId id,
        String title,
        boolean koji,
        Look look,
        List<Image> images,
        int more,
        Moment enqueued,
        @Nullable Moment finished,
        String took) {
    /** An image by its architecture, and where the job is that builds it. */
    record Image(String architecture, Look look) {}
}
