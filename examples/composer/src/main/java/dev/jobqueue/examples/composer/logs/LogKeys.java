package dev.jobqueue.examples.composer.logs;

import dev.jobqueue.worker.JobWorker;

/** What lines of the log tell beside their message: keys of the MDC. */
public final class LogKeys {
    /** Of the request. */
    public static final String OPERATION_ID = "operationId";

    /** The name that the library has for it. */
    public static final String JOB_ID = JobWorker.MDC_JOB_ID;

    public static final String COMPOSE_ID = "composeId";

    private LogKeys() {}
}
