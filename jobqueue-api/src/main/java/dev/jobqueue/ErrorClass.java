package dev.jobqueue;

/** Who has to act on a {@link JobError}. */
public enum ErrorClass {
    /** The input was wrong, as with HTTP 4xx: whoever asked for the job must change it. */
    CLIENT,
    /** The service failed, as with HTTP 5xx. */
    INTERNAL
}
