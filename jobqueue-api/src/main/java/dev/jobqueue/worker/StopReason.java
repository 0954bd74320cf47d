package dev.jobqueue.worker;

/** Why a handler was told to stop. */
public enum StopReason {
    /** The job was canceled. Nothing more is sent for it (WRK-2). */
    CANCELED,
    /**
     * The attempt is not this worker's any more, or may soon not be: the store said so, or no heartbeat was confirmed for too long (WRK-1). Nothing more is
     * sent for it, whatever the handler returns.
     */
    LOST,
    /** The attempt took longer than the job's timeout and ends as TIMED_OUT, whatever the handler returns (FIN-9). */
    TIMED_OUT,
    /** The worker stops and its limit has passed. A result is still stored; any exception releases the job (WRK-3). */
    WORKER_STOPPED
}
