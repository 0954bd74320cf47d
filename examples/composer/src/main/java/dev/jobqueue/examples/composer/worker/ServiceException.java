package dev.jobqueue.examples.composer.worker;

import java.io.IOException;

/** The service has answered with an error. */
final class ServiceException extends IOException {
    private static final long serialVersionUID = 1;

    /** Numbers of the service's errors for workers that it does not know. */
    private static final int BAD_WORKER_ID = 17;

    private static final int NO_WORKER = 18;

    private final int status;
    private final int error;

    /** @param error the number of the error, 0 if there is none in the answer */
    ServiceException(String request, int status, int error, String body) {
        super(request + " was answered with status " + status + ": " + body);
        this.status = status;
        this.error = error;
    }

    int status() {
        return status;
    }

    /** Whether the same request may succeed later: the service may get well, the login may be mended, and the limit of requests is one a second. */
    boolean temporary() {
        return status >= 500 || status == 401 || status == 429;
    }

    /** Whether the worker must register again. */
    boolean unknownWorker() {
        return status == 400 && (error == BAD_WORKER_ID || error == NO_WORKER);
    }
}
