package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.examples.composer.http.ApiError;
import dev.jobqueue.examples.composer.http.CommonError;
import dev.jobqueue.examples.composer.http.Errors;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the worker API can refuse or fail to do (3.2). The numbers up to 50, and from 1000, are those of the modelled service; never reuse one. */
enum WorkerError implements ApiError {
    MEDIA_TYPE(3, CommonError.MEDIA_TYPE),
    NO_TOKEN(5, 404, "No running job has this token"),
    NOT_RUNNING(6, 400, "The job is not running any more"),
    BAD_JOB_ID(7, 400, "The token of a job must be a UUID"),
    BAD_TOKEN(8, 400, "The token in the path must be a UUID"),
    BAD_ERROR_ID(9, CommonError.BAD_ERROR_ID),
    BODY(10, CommonError.BODY),
    NO_RESOURCE(11, CommonError.NO_RESOURCE),
    METHOD(12, CommonError.METHOD),
    NOT_ACCEPTABLE(13, CommonError.NOT_ACCEPTABLE),
    NO_ERROR(14, CommonError.NO_ERROR),
    TYPE_NOT_FOR_WORKERS(15, 400, "Jobs of this type are not for workers"),
    TENANT(16, CommonError.TENANT),
    BAD_WORKER_ID(17, 400, "The id of a worker must be a UUID"),
    NO_WORKER(18, 400, "No worker with this id is registered; register again"),
    RESULT(19, 400, "The result does not fit the type of the job"),
    BAD_ARTIFACT_NAME(51, 400, "An artifact has a plain file name that does not begin with a dot"),
    TOO_LARGE(52, CommonError.TOO_LARGE),
    BAD_REQUEST(53, CommonError.BAD_REQUEST),
    BAD_PAGE(54, CommonError.BAD_PAGE),
    BAD_SIZE(55, CommonError.BAD_SIZE),
    RUN_TOO_LARGE(56, 413, "The artifacts of the run are too large in sum"),
    TOO_MANY_ARTIFACTS(57, 400, "The run has too many artifacts"),
    TOO_MANY_WAITING(58, 503, "Too many workers wait for a job; ask again later"),
    TOO_MANY_REQUESTS(59, CommonError.TOO_MANY_REQUESTS),
    HEADERS(60, CommonError.HEADERS),
    TOO_MANY_WORKERS(61, 429, "Too many workers are registered"),
    UNAUTHENTICATED(401, CommonError.UNAUTHENTICATED),
    WRITE_ARTIFACT(1002, 500, "The artifact could not be stored"),
    RESOLVE_TOKEN(1003, 500, "The job of the token could not be looked up"),
    FINISH(1004, 500, "The job could not be finished"),
    STATUS(1005, 500, "The status of the job could not be read"),
    REQUEST(1006, 500, "No job could be looked for"),
    REGISTER(1008, 500, "The worker could not be registered"),
    WORKER_STATUS(1009, 500, "The status of the worker could not be stored"),
    UPDATE(1010, 500, "The partial result could not be stored"),
    UNSPECIFIED(10000, CommonError.UNSPECIFIED),
    UNEXPECTED(10001, CommonError.UNEXPECTED),
    NO_OPERATION_ID(10003, CommonError.NO_OPERATION_ID);

    private final int number;
    private final int status;
    private final String reason;
    private final @Nullable CommonError common;

    WorkerError(int number, int status, String reason) {
        this.number = number;
        this.status = status;
        this.reason = reason;
        common = null;
    }

    /** What every API has. */
    WorkerError(int number, CommonError common) {
        this.number = number;
        status = common.status();
        reason = common.reason();
        this.common = common;
    }

    /** The catalogue. */
    static Errors catalogue() {
        return new Errors("IMAGE-BUILDER-WORKER-", true, List.of(values()));
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
