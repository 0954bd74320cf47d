package dev.jobqueue.testkit.conformance;

import static java.util.Objects.requireNonNull;

/**
 * What became of a test.
 *
 * @param test its area and method, as {@code Types.namesAreExact}
 * @param title its display name: rules, level and what it shows
 * @param message why it failed or was skipped; else empty
 */
public record TestResult(String test, String title, Outcome outcome, String message) {
    public TestResult {
        requireNonNull(test, "test");
        requireNonNull(title, "title");
        requireNonNull(outcome, "outcome");
        requireNonNull(message, "message");
    }
}
