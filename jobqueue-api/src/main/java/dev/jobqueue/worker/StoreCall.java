package dev.jobqueue.worker;

/** The calls that a worker makes to the store. */
public enum StoreCall {
    /** Takes jobs without waiting for them. Calls that wait are not timed, since their time says nothing of the store. */
    DEQUEUE,
    /** Heartbeats of all jobs. */
    HEARTBEAT,
    /** Ends attempts. */
    FINISH,
    /** Progress of one job. */
    REPORT
}
