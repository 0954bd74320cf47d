package dev.jobqueue.examples.composer.http;

import java.util.Optional;

/**
 * An error as clients see it (3.2).
 *
 * @param message the reason once more, for old workers (S44)
 * @param details more about what is wrong with the request
 */
record ErrorBody(
        String kind,
        String href,
        String id,
        String code,
        Optional<String> operationId,
        String reason,
        Optional<String> message,
        Optional<Object> details) {
    static ErrorBody of(
            ApiError error, String basePath, Errors errors, Optional<String> operationId, Optional<Object> details) {
        String number = Integer.toString(error.number());
        return new ErrorBody(
                "Error",
                basePath + "/errors/" + number,
                number,
                errors.codePrefix() + number,
                operationId,
                error.reason(),
                errors.messages() ? Optional.of(error.reason()) : Optional.empty(),
                details);
    }
}
