package dev.jobqueue.examples.composer.http;

import org.jspecify.annotations.Nullable;

/** Ends a request with an error of the catalogue. The message and the cause are for the log; the client sees the catalogue's text only. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient ApiError error;

    /** Without a cause. */
    public ApiException(ApiError error, String message) {
        this(error, message, null);
    }

    /** With what went wrong inside. */
    public ApiException(ApiError error, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    /** The entry of the catalogue. */
    public ApiError error() {
        return error;
    }
}
