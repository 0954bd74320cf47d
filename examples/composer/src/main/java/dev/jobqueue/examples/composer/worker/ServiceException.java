package dev.jobqueue.examples.composer.worker;

import java.io.IOException;

/** The service has answered with an error. */
final class ServiceException extends IOException {
    private static final long serialVersionUID = 1;

    private final int status;

    ServiceException(String request, int status, String body) {
        super(request + " was answered with status " + status + ": " + body);
        this.status = status;
    }

    int status() {
        return status;
    }

    /** Whether the same request may succeed later. */
    boolean temporary() {
        return status >= 500;
    }
}
