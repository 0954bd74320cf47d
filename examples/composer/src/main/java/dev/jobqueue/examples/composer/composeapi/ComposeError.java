package dev.jobqueue.examples.composer.composeapi;

import dev.jobqueue.examples.composer.http.ApiError;
import dev.jobqueue.examples.composer.http.Errors;
import java.util.List;

/** What the compose API can refuse or fail to do (3.2). The numbers up to 50, and from 1000, are those of the modelled service; never reuse one. */
enum ComposeError implements ApiError {
    MEDIA_TYPE(3, 415, "Only 'application/json' content is supported"),
    BAD_COMPOSE_ID(14, 400, "The id of a compose must be a UUID"),
    NO_COMPOSE(15, 404, "There is no compose with this id"),
    BAD_ERROR_ID(16, 400, "The id of an error must be an integer"),
    NO_ERROR(17, 404, "There is no error with this id"),
    BAD_PAGE(18, 400, "The number of a page must be an integer"),
    BAD_SIZE(19, 400, "The size of a page must be an integer"),
    BODY(20, 400, "The body is not JSON"),
    NO_RESOURCE(21, 404, "There is no such resource"),
    METHOD(22, 405, "This resource does not know the method"),
    NOT_ACCEPTABLE(23, 406, "Only 'application/json' can be answered"),
    NUMBER_OF_IMAGES(25, 400, "A compose has exactly one image, one for koji at least one"),
    WRONG_JOB_TYPE(26, 404, "The job with this id is no compose"),
    VALIDATION(30, 400, "The body is not what this call expects"),
    BAD_REQUEST(42, 400, "The request cannot be understood"),
    TOO_LARGE(51, 413, "The body is too large"),
    ENQUEUE(1005, 500, "The jobs of the compose could not be enqueued"),
    MALFORMED_RESULT(1012, 500, "The result of a job of the compose cannot be read"),
    KOJI_DEPENDENCIES(1015, 500, "The compose for koji does not have the jobs that it needs"),
    STATUS(1017, 500, "The status of the compose could not be read"),
    LIST(1021, 500, "The composes could not be listed"),
    DELETE(1023, 400, "The compose cannot be deleted: it is part of another one"),
    UNSPECIFIED(10000, 500, "Something failed"),
    UNEXPECTED(10001, 500, "Something failed that should not"),
    NO_OPERATION_ID(10003, 500, "The request has no operation id");

    private final int number;
    private final int status;
    private final String reason;

    ComposeError(int number, int status, String reason) {
        this.number = number;
        this.status = status;
        this.reason = reason;
    }

    /** The catalogue. */
    static Errors catalogue() {
        return new Errors(
                "IMAGE-BUILDER-COMPOSER-",
                false,
                List.of(values()),
                MEDIA_TYPE,
                BODY,
                VALIDATION,
                TOO_LARGE,
                BAD_REQUEST,
                NO_RESOURCE,
                METHOD,
                NOT_ACCEPTABLE,
                BAD_ERROR_ID,
                NO_ERROR,
                BAD_PAGE,
                BAD_SIZE,
                UNSPECIFIED,
                UNEXPECTED,
                NO_OPERATION_ID);
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String reason() {
        return reason;
    }
}
