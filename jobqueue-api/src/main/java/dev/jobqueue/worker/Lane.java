package dev.jobqueue.worker;

/** The kinds of work that a worker does beside its handlers, each in a thread of its own, so that none waits behind a slow call of another. */
enum Lane {
    /** Takes jobs, and waits for them when there are none. */
    CLAIM,
    /** Takes short jobs in advance while a claim is under way, so that the store works on one claim while the jobs of another are unpacked. */
    AHEAD,
    HEARTBEAT,
    FINISH,
    REPORT,
    /** Looks at the clock: fences, time-outs, stops. Never calls the store. */
    CLOCK;

    boolean takesJobs() {
        return this == CLAIM || this == AHEAD;
    }
}
