package dev.jobqueue.examples.composer.http;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A catalogue of what every API has. */
record TestError(int number, int status, String reason, Optional<CommonError> common) implements ApiError {
    static final TestError REFUSED = of(CommonError.BAD_REQUEST);
    static final TestError UNSPECIFIED = of(CommonError.UNSPECIFIED);
    static final TestError UNEXPECTED = of(CommonError.UNEXPECTED);
    static final TestError NO_OPERATION_ID = of(CommonError.NO_OPERATION_ID);

    static TestError of(CommonError error) {
        return new TestError(
                List.of(CommonError.values()).indexOf(error) + 1,
                error.status(),
                "reason of " + error,
                Optional.of(error));
    }

    static List<TestError> all() {
        return Arrays.stream(CommonError.values()).map(TestError::of).toList();
    }

    static Errors catalogue() {
        return new Errors("TEST-", true, all());
    }
}
