package dev.jobqueue.worker;

/** The kinds of work that a worker does beside its handlers, each in a thread of its own, so that none waits behind a slow call of another. */
enum Lane {
    /** Takes jobs. */
    CLAIM,
    HEARTBEAT,
    FINISH,
    REPORT,
    /** Looks at the clock: fences, time-outs, stops. Never calls the store. */
    CLOCK
}
