package dev.jobqueue.examples.composer.http;

/** What every API can refuse or fail to do; each catalogue gives these a number of its own. */
public enum CommonError {
    MEDIA_TYPE(415, "Only 'application/json' content is supported"),
    /** The body is no JSON. */
    BODY(400, "The body is not the JSON that this call expects"),
    /** The body is JSON, but not such as the call expects; an API may tell this as {@link #BODY}. */
    SHAPE(400, "The body is not what this call expects"),
    UNAUTHENTICATED(401, "Nobody has logged in, or not with what this service takes"),
    TENANT(400, "The caller belongs to no tenant"),
    TOO_MANY_REQUESTS(429, "Too many requests; go on after the time that is told"),
    HEADERS(431, "The header fields are too large"),
    TOO_LARGE(413, "The body is too large"),
    BAD_REQUEST(400, "The request cannot be understood"),
    NO_RESOURCE(404, "There is no such resource"),
    METHOD(405, "This resource does not know the method"),
    NOT_ACCEPTABLE(406, "Only 'application/json' can be answered"),
    BAD_ERROR_ID(400, "The id of an error must be an integer"),
    NO_ERROR(404, "There is no error with this id"),
    BAD_PAGE(400, "The number of a page must be an integer"),
    BAD_SIZE(400, "The size of a page must be an integer"),
    UNSPECIFIED(500, "Something failed"),
    UNEXPECTED(500, "Something failed that should not"),
    NO_OPERATION_ID(500, "The request has no operation id");

    private final int status;
    private final String reason;

    CommonError(int status, String reason) {
        this.status = status;
        this.reason = reason;
    }

    /** The HTTP status that goes with it. */
    public int status() {
        return status;
    }

    /** Text for a person. */
    public String reason() {
        return reason;
    }

    /** The one for a status that the framework chose. */
    static CommonError ofStatus(int status) {
        return switch (status) {
            case 401 -> UNAUTHENTICATED;
            case 404 -> NO_RESOURCE;
            case 405 -> METHOD;
            case 406 -> NOT_ACCEPTABLE;
            case 413 -> TOO_LARGE;
            case 415 -> MEDIA_TYPE;
            case 431 -> HEADERS;
            // Methods and versions of HTTP that the server does not know: the client has to change them.
            case 501, 505 -> BAD_REQUEST;
            default -> status >= 400 && status < 500 ? BAD_REQUEST : UNSPECIFIED;
        };
    }
}
