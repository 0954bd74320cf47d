package dev.jobqueue.examples.composer.http;

import java.util.List;
import java.util.Optional;

/**
 * The catalogue of an API's errors, with the entries that every API needs.
 *
 * @param codePrefix what stands before the number in a code
 * @param messages whether errors have their reason as message too, for old workers
 * @param body for a body that is no JSON
 * @param shape for a body that is not the JSON that is expected
 * @param all all entries, in the order in which they are listed
 */
public record Errors(
        String codePrefix,
        boolean messages,
        List<? extends ApiError> all,
        ApiError mediaType,
        ApiError body,
        ApiError shape,
        ApiError tooLarge,
        ApiError badRequest,
        ApiError noResource,
        ApiError method,
        ApiError notAcceptable,
        ApiError badErrorId,
        ApiError noError,
        ApiError badPage,
        ApiError badSize,
        ApiError unspecified,
        ApiError unexpected,
        ApiError noOperationId) {
    public Errors {
        all = List.copyOf(all);
    }

    /** The entry with this number. */
    public Optional<? extends ApiError> find(int number) {
        return all.stream().filter(error -> error.number() == number).findFirst();
    }

    /** The entry for a status that the framework chose. */
    ApiError ofStatus(int status) {
        return switch (status) {
            case 404 -> noResource;
            case 405 -> method;
            case 406 -> notAcceptable;
            case 413 -> tooLarge;
            case 415 -> mediaType;
            default -> status >= 400 && status < 500 ? badRequest : unspecified;
        };
    }
}
