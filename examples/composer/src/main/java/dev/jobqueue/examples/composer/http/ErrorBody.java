package dev.jobqueue.examples.composer.http;

import java.util.Optional;

/**
 * An error as clients see it (3.2).
 *
 * @param message the reason once more, for old workers (S44)
 */
record ErrorBody(
        String kind,
        String href,
        String id,
        String code,
        Optional<String> operationId,
        String reason,
        Optional<String> message) {
    static ErrorBody of(ApiError error, String basePath, String codePrefix, Optional<String> operationId) {
        String number = Integer.toString(error.number());
        return new ErrorBody(
                "Error",
                basePath + "/errors/" + number,
                number,
                codePrefix + number,
                operationId,
                error.reason(),
                Optional.of(error.reason()));
    }
}
