package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobGraph;
import dev.jobqueue.JobState;
import java.util.Locale;

/**
 * How the state of a job or of a compose is shown: a word, and a sign and a color that go with it.
 *
 * <p>Public methods are for the templates.
 */
enum Look {
    /** Has not begun and waits for other jobs. */
    BLOCKED,
    /** Waits for its time. */
    SCHEDULED,
    /** Waits for a worker. */
    READY,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELED;

    static Look of(JobState state) {
        return valueOf(state.name());
    }

    /** Of a whole compose: what it came to, or how far it is. */
    static Look of(JobGraph graph) {
        return switch (graph.outcome()) {
            case SUCCEEDED -> SUCCEEDED;
            case FAILED -> FAILED;
            case CANCELED -> CANCELED;
            case PENDING -> unfinished(graph);
        };
    }

    /** One that a worker has begun with is running, also between two of its jobs. */
    private static Look unfinished(JobGraph graph) {
        boolean begun = graph.jobs().values().stream()
                .anyMatch(job -> job.state() == JobState.RUNNING || job.state().finished());
        if (begun) {
            return RUNNING;
        }
        return graph.jobs().values().stream().anyMatch(job -> job.state() == JobState.READY) ? READY : SCHEDULED;
    }

    /** The word, also the name of the sign and of the class. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
