package dev.jobqueue;

/** Where a job is in its life. Each job ends in exactly one of the three finished states and stays there. */
public enum JobState {
    /** A dependency is unfinished. */
    BLOCKED,
    /** Waits for its time: {@code notBefore}, a delay, a backoff or a release with a delay. */
    SCHEDULED,
    /** May be dequeued now. */
    READY,
    /** Dequeued; its token is in somebody's hands. */
    RUNNING,
    /** Finished with a result. */
    SUCCEEDED,
    /** Finished with an error. */
    FAILED,
    /** Finished by a cancel. */
    CANCELED;

    /** Whether this state is final. */
    public boolean finished() {
        return this == SUCCEEDED || this == FAILED || this == CANCELED;
    }

    /** Whether the job has not run yet or waits to run again: BLOCKED, SCHEDULED or READY. */
    public boolean pending() {
        return this == BLOCKED || this == SCHEDULED || this == READY;
    }
}
