package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.examples.composer.http.ApiError;
import dev.jobqueue.examples.composer.http.Errors;
import java.util.List;

/** What the worker API can refuse or fail to do (3.2). The numbers up to 50, and from 1000, are those of the modelled service; never reuse one. */
enum WorkerError implements ApiError {
    MEDIA_TYPE(3, 415, "Only 'application/json' content is supported"),
    NO_TOKEN(5, 404, "No running job has this token"),
    NOT_RUNNING(6, 400, "The job is not running any more"),
    BAD_JOB_ID(7, 400, "The token of a job must be a UUID"),
    BAD_TOKEN(8, 400, "The token in the path must be a UUID"),
    BAD_ERROR_ID(9, 400, "The id of an error must be an integer"),
    BODY(10, 400, "The body is not the JSON that this call expects"),
    NO_RESOURCE(11, 404, "There is no such resource"),
    METHOD(12, 405, "This resource does not know the method"),
    NOT_ACCEPTABLE(13, 406, "Only 'application/json' can be answered"),
    NO_ERROR(14, 404, "There is no error with this id"),
    TYPE_NOT_FOR_WORKERS(15, 400, "Jobs of this type are not for workers"),
    BAD_WORKER_ID(17, 400, "The id of a worker must be a UUID"),
    RESULT(19, 400, "The result does not fit the type of the job"),
    BAD_ARTIFACT_NAME(51, 400, "An artifact has a plain file name that does not begin with a dot"),
    TOO_LARGE(52, 413, "The body is too large"),
    BAD_REQUEST(53, 400, "The request cannot be understood"),
    BAD_PAGE(54, 400, "The number of a page must be an integer"),
    BAD_SIZE(55, 400, "The size of a page must be an integer"),
    RUN_TOO_LARGE(56, 413, "The artifacts of the run are too large in sum"),
    TOO_MANY_ARTIFACTS(57, 400, "The run has too many artifacts"),
    TOO_MANY_WAITING(58, 503, "Too many workers wait for a job; ask again later"),
    WRITE_ARTIFACT(1002, 500, "The artifact could not be stored"),
    FINISH(1004, 500, "The job could not be finished"),
    STATUS(1005, 500, "The status of the job could not be read"),
    REQUEST(1006, 500, "No job could be looked for"),
    UPDATE(1010, 500, "The partial result could not be stored"),
    UNSPECIFIED(10000, 500, "Something failed"),
    UNEXPECTED(10001, 500, "Something failed that should not"),
    NO_OPERATION_ID(10003, 500, "The request has no operation id");

    private final int number;
    private final int status;
    private final String reason;

    WorkerError(int number, int status, String reason) {
        this.number = number;
        this.status = status;
        this.reason = reason;
    }

    /** The catalogue. */
    static Errors catalogue() {
        return new Errors(
                "IMAGE-BUILDER-WORKER-",
                true,
                List.of(values()),
                MEDIA_TYPE,
                BODY,
                BODY,
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
