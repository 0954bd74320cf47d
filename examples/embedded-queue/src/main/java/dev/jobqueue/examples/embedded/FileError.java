package dev.jobqueue.examples.embedded;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobError;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file has no hash. The numbers are stored: never reuse one. */
enum FileError implements ErrorCode {
    /** It was removed after the listing, or is a link to nothing. */
    NO_SUCH_FILE(1),
    /** This user may not read it. */
    ACCESS_DENIED(2),
    /** It is a pipe, a device, or a directory that could not be listed. */
    NOT_A_FILE(3),
    /** Reading failed in another way. */
    UNREADABLE(4);

    private final int code;

    FileError(int code) {
        this.code = code;
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public ErrorClass errorClass() {
        return this == UNREADABLE ? ErrorClass.INTERNAL : ErrorClass.CLIENT;
    }

    /** The error of a job that could not read its file. */
    static JobError of(IOException e) {
        if (e instanceof NoSuchFileException) {
            return JobError.of(NO_SUCH_FILE, "no such file");
        }
        if (e instanceof AccessDeniedException) {
            return JobError.of(ACCESS_DENIED, "access denied");
        }
        return JobError.of(UNREADABLE, String.valueOf(e.getMessage()));
    }

    /** The text for a person that belongs to a stored number. */
    static String nameOf(int code) {
        for (FileError error : values()) {
            if (error.code == code) {
                return error.name();
            }
        }
        return "ERROR " + code;
    }
}
