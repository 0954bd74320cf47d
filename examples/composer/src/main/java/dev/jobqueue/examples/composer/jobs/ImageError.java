package dev.jobqueue.examples.composer.jobs;

import static dev.jobqueue.ErrorClass.CLIENT;
import static dev.jobqueue.ErrorClass.INTERNAL;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What can go wrong with a job (S7, S8). The numbers are stored and sent: never reuse one. */
public enum ImageError implements ErrorCode {
    NO_DYNAMIC_ARGS(1, CLIENT),
    INVALID_TARGET_CONFIG(2, CLIENT),
    SHARING_TARGET(3, CLIENT),
    INVALID_TARGET(4, CLIENT),
    DEPSOLVE_DEPENDENCY(5, CLIENT, true),
    READING_JOB_STATUS(6, INTERNAL),
    PARSING_DYNAMIC_ARGS(7, INTERNAL),
    MANIFEST_GENERATION(8, INTERNAL),
    MANIFEST_DEPENDENCY(9, CLIENT, true),
    BUILD_JOB(10, INTERNAL),
    UPLOADING_IMAGE(11, INTERNAL),
    IMPORTING_IMAGE(12, INTERNAL),
    KOJI_FAILED_DEPENDENCY(13, INTERNAL, true),
    KOJI_BUILD(14, INTERNAL),
    KOJI_INIT(15, INTERNAL),
    KOJI_FINALIZE(16, INTERNAL),
    INVALID_CONFIG(17, INTERNAL),
    /** Made from the text that an old worker reported (S9). */
    OLD_RESULT_COMPATIBLE(18, INTERNAL),
    EMPTY_MANIFEST(19, CLIENT),
    DNF_DEPSOLVE(20, CLIENT),
    DNF_MARKING(21, CLIENT),
    DNF_OTHER(22, INTERNAL),
    RPM_METADATA(23, INTERNAL),
    EMPTY_PACKAGE_SPECS(24, CLIENT),
    DNF_REPOSITORY(25, INTERNAL),
    JOB_DEPENDENCY(26, CLIENT, true),
    JOB_MISSING_HEARTBEAT(27, INTERNAL),
    TARGET_ERROR(28, CLIENT),
    PARSING_JOB_ARGS(29, INTERNAL),
    CONTAINER_RESOLUTION(30, CLIENT),
    CONTAINER_DEPENDENCY(31, INTERNAL, true),
    OSTREE_REF_INVALID(32, INTERNAL),
    OSTREE_REF_RESOLUTION(33, INTERNAL),
    OSTREE_PARAMS_INVALID(34, INTERNAL),
    OSTREE_DEPENDENCY(35, CLIENT, true),
    REMOTE_FILE_RESOLUTION(36, INTERNAL),
    JOB_PANICKED(37, INTERNAL),
    GENERATING_SIGNED_URL(38, INTERNAL),
    INVALID_REPOSITORY_URL(39, INTERNAL),
    DEPSOLVE_TIMEOUT(40, INTERNAL),
    BOOTC_INFO_RESOLVE(41, CLIENT),
    BUILD_VERSION_MISMATCH(42, INTERNAL, true);

    private static final Map<Integer, ImageError> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(ImageError::code, Function.identity()));

    private final int code;
    private final ErrorClass errorClass;
    private final boolean dependency;

    ImageError(int code, ErrorClass errorClass) {
        this(code, errorClass, false);
    }

    ImageError(int code, ErrorClass errorClass, boolean dependency) {
        this.code = code;
        this.errorClass = errorClass;
        this.dependency = dependency;
    }

    /** The error with this number; empty if a newer worker made it up. */
    public static Optional<ImageError> of(int code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public ErrorClass errorClass() {
        return errorClass;
    }

    /** Whether this only says that a dependency failed, so that the cause stands below it. */
    public boolean ofDependency() {
        return dependency;
    }
}
