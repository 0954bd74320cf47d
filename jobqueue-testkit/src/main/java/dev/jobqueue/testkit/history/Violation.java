package dev.jobqueue.testkit.history;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.testkit.contract.Rules;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Something that no order of the calls of a history can explain.
 *
 * <p>Immutable and thread-safe.
 *
 * @param rule the rule that was broken
 * @param text what happened
 * @param operations the few calls that show it
 */
public record Violation(Rules rule, String text, List<Operation> operations) {
    public Violation {
        requireNonNull(rule, "rule");
        requireNonNull(text, "text");
        operations = List.copyOf(operations);
    }

    /** The rule, what happened, and one line for each call. */
    @Override
    public String toString() {
        return rule.id() + ": " + text
                + operations.stream().map(o -> "\n    " + o).collect(Collectors.joining());
    }
}
