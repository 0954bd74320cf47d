package dev.jobqueue.worker;

import dev.jobqueue.JobOutcome;
import java.time.Duration;

/**
 * Thrown by a handler to give the job back without a verdict: it counts neither as a failure nor as a recovery, and any worker may take it after the delay
 * (FIN-10).
 */
public final class JobReleasedException extends Exception {
    private static final long serialVersionUID = 1;
    private final Duration delay;

    /**
     * Gives the job back.
     *
     * @param delay 0 to 100 years
     */
    public JobReleasedException(Duration delay) {
        super("released for " + delay, null, false, false);
        this.delay = new JobOutcome.Released(delay).delay();
    }

    /** How long the job waits at least. */
    public Duration delay() {
        return delay;
    }
}
