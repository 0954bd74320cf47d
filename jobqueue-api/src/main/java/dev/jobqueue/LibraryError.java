package dev.jobqueue;

/** The library's own error codes, all negative (ERR-2). */
public enum LibraryError implements ErrorCode {
    /** A handler threw an exception. */
    HANDLER_FAILED(-1, ErrorClass.INTERNAL),
    /** The worker was not heard of for longer than the limit, more often than the job's recoveries allow (HB-2). */
    HEARTBEAT_LOST(-2, ErrorClass.INTERNAL),
    /** A required dependency failed or was canceled; the class stored is that of the root (DEP-3, ERR-3). */
    DEPENDENCY_FAILED(-3, ErrorClass.INTERNAL),
    /** The attempt took longer than the job's timeout (FIN-9). */
    TIMED_OUT(-4, ErrorClass.INTERNAL),
    /** The args do not fit the class that the worker expects. */
    UNDECODABLE_ARGS(-5, ErrorClass.CLIENT),
    /** The worker has no handler for the type. */
    NO_HANDLER(-6, ErrorClass.INTERNAL);

    private final int code;
    private final ErrorClass errorClass;

    LibraryError(int code, ErrorClass errorClass) {
        this.code = code;
        this.errorClass = errorClass;
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public ErrorClass errorClass() {
        return errorClass;
    }
}
