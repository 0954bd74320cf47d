package dev.jobqueue.examples.composer.http;

import java.util.Optional;

/** An entry of an API's catalogue of errors: an enum with this interface (S14). */
public interface ApiError {
    /** The number that clients see; never reuse one. */
    int number();

    /** The HTTP status that goes with it. */
    int status();

    /** Text for a person, the same each time. */
    String reason();

    /** What of every API this stands for; empty if it is this API's own. */
    Optional<CommonError> common();
}
