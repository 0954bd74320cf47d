package dev.jobqueue;

/** An application's own error codes: usually an enum with this interface. Codes from 0 up are the application's, negative ones the library's (ERR-2). */
public interface ErrorCode {
    /** The number that is stored; never reuse one. */
    int code();

    /** Who has to act on an error with this code. */
    ErrorClass errorClass();
}
