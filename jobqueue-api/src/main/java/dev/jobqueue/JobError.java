package dev.jobqueue;

import static java.util.Objects.requireNonNull;

/**
 * A structured error of a job (ERR-1).
 *
 * <p>Immutable and thread-safe.
 *
 * @param code what went wrong; negative codes are {@linkplain LibraryError the library's}
 * @param errorClass who has to act
 * @param reason text for a person, up to {@value #MAX_REASON_LENGTH} characters, may be empty
 * @param details any JSON, {@link RawJson#NULL} if there is nothing to add; up to {@value #MAX_DETAILS_BYTES} bytes
 * @param permanent whether trying again is useless: such a failure uses up no further attempts (FIN-3)
 */
public record JobError(int code, ErrorClass errorClass, String reason, RawJson details, boolean permanent) {
    /** The longest reason, in characters. */
    public static final int MAX_REASON_LENGTH = 10_000;

    /** The largest details, in UTF-8 bytes: they are kept in memory while the job has attempts left. */
    public static final int MAX_DETAILS_BYTES = 256 * 1024;

    public JobError {
        requireNonNull(errorClass, "errorClass");
        requireNonNull(reason, "reason");
        requireNonNull(details, "details");
        if (reason.length() > MAX_REASON_LENGTH) {
            throw new IllegalArgumentException("reason of a job error has " + reason.length()
                    + " characters, the limit is " + MAX_REASON_LENGTH + ": shorten it or use details");
        }
        Json.requireNoLoneSurrogate(reason, "reason of a job error");
        if (details.size() > MAX_DETAILS_BYTES) {
            throw new IllegalArgumentException(
                    "details of a job error have " + details.size() + " bytes, the limit is " + MAX_DETAILS_BYTES);
        }
    }

    /** An error of the application without details, worth trying again. */
    public static JobError of(ErrorCode code, String reason) {
        return new JobError(code.code(), code.errorClass(), reason, RawJson.NULL, false);
    }

    /** The same error with these details. */
    public JobError withDetails(RawJson newDetails) {
        return new JobError(code, errorClass, reason, newDetails, permanent);
    }

    /** The same error, marked as useless to try again. */
    public JobError asPermanent() {
        return new JobError(code, errorClass, reason, details, true);
    }
}
