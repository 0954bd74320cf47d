package dev.jobqueue.examples.composer.composeapi;

import dev.jobqueue.examples.composer.http.ApiError;
import dev.jobqueue.examples.composer.http.CommonError;
import dev.jobqueue.examples.composer.http.Errors;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the compose API can refuse or fail to do (3.2). The numbers up to 50, and from 1000, are those of the modelled service; never reuse one. */
enum ComposeError implements ApiError {
    MEDIA_TYPE(3, CommonError.MEDIA_TYPE),
    BAD_COMPOSE_ID(14, 400, "The id of a compose must be a UUID"),
    NO_COMPOSE(15, 404, "There is no compose with this id"),
    BAD_ERROR_ID(16, CommonError.BAD_ERROR_ID),
    NO_ERROR(17, CommonError.NO_ERROR),
    BAD_PAGE(18, CommonError.BAD_PAGE),
    BAD_SIZE(19, CommonError.BAD_SIZE),
    BODY(20, CommonError.BODY),
    NO_RESOURCE(21, CommonError.NO_RESOURCE),
    METHOD(22, CommonError.METHOD),
    NOT_ACCEPTABLE(23, CommonError.NOT_ACCEPTABLE),
    NUMBER_OF_IMAGES(25, 400, "A compose has exactly one image, one for koji at least one"),
    WRONG_JOB_TYPE(26, 404, "The job with this id is no compose"),
    TENANT(28, CommonError.TENANT),
    VALIDATION(30, CommonError.SHAPE),
    BAD_REQUEST(42, CommonError.BAD_REQUEST),
    TOO_LARGE(51, CommonError.TOO_LARGE),
    DELETE_FAILED(52, 500, "The compose could not be deleted"),
    TOO_MANY_REQUESTS(53, CommonError.TOO_MANY_REQUESTS),
    HEADERS(54, CommonError.HEADERS),
    NO_ARTIFACT(55, 404, "The compose has no file of this name"),
    ARTIFACTS(56, 500, "The files of the compose could not be listed"),
    UNAUTHENTICATED(401, CommonError.UNAUTHENTICATED),
    ENQUEUE(1005, 500, "The jobs of the compose could not be enqueued"),
    MALFORMED_RESULT(1012, 500, "The result of a job of the compose cannot be read"),
    KOJI_DEPENDENCIES(1015, 500, "The compose for koji does not have the jobs that it needs"),
    STATUS(1017, 500, "The status of the compose could not be read"),
    LIST(1021, 500, "The composes could not be listed"),
    DELETE(1023, 400, "The compose cannot be deleted: it is part of another one"),
    UNSPECIFIED(10000, CommonError.UNSPECIFIED),
    UNEXPECTED(10001, CommonError.UNEXPECTED),
    NO_OPERATION_ID(10003, CommonError.NO_OPERATION_ID);

    private final int number;
    private final int status;
    private final String reason;
    private final @Nullable CommonError common;

    ComposeError(int number, int status, String reason) {
        this.number = number;
        this.status = status;
        this.reason = reason;
        common = null;
    }

    /** What every API has. */
    ComposeError(int number, CommonError common) {
        this.number = number;
        status = common.status();
        reason = common.reason();
        this.common = common;
    }

    /** The catalogue. */
    static Errors catalogue() {
        return new Errors("IMAGE-BUILDER-COMPOSER-", false, List.of(values()));
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

    @Override
    public Optional<CommonError> common() {
        return Optional.ofNullable(common);
    }
}
