package dev.jobqueue.examples.composer.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Ends a request with an error of the catalogue. The message and the cause are for the log; the client sees the catalogue's text only. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient ApiError error;
    private final transient Optional<Object> details;

    /** Without a cause. */
    public ApiException(ApiError error, String message) {
        this(error, message, null);
    }

    /** With what went wrong inside. */
    public ApiException(ApiError error, String message, @Nullable Throwable cause) {
        this(error, message, cause, Optional.empty());
    }

    private ApiException(ApiError error, String message, @Nullable Throwable cause, Optional<Object> details) {
        super(message, cause);
        this.error = error;
        this.details = details;
    }

    /** With words about the request that the client may see. */
    public static ApiException withDetails(ApiError error, String message, Object details) {
        return new ApiException(error, message, null, Optional.of(details));
    }

    /** What the client may see besides. */
    Optional<Object> details() {
        return details;
    }

    /** The entry of the catalogue. */
    public ApiError error() {
        return error;
    }
}
