package dev.jobqueue.spi;

/** What of a job a reader wants besides its state, times, attempts and progress. */
public enum Part {
    /** {@link StoredJob#definition}, with the args. */
    DEFINITION,
    /** Result of the job itself; its error always comes. */
    RESULT,
    /** Dependencies with their outcomes and results; without it the list is empty. */
    DEPENDENCIES
}
