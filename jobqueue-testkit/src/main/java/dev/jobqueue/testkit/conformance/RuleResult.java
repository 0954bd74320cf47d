package dev.jobqueue.testkit.conformance;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.testkit.contract.Rules;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What became of a rule.
 *
 * @param rule its id, as {@code DEQ-1}
 * @param title what it is about
 * @param level {@code must} or {@code optional}, perhaps {@code stochastic}; empty if it is untestable
 * @param reason why it was skipped, in whole or in part, or is untestable; else empty
 * @param hint what to look at in a store that does not keep it
 * @param tests in the order of the contract
 */
public record RuleResult(
        String rule, String title, String level, Outcome outcome, String reason, String hint, List<TestResult> tests) {
    public RuleResult {
        requireNonNull(rule, "rule");
        requireNonNull(title, "title");
        requireNonNull(level, "level");
        requireNonNull(outcome, "outcome");
        requireNonNull(reason, "reason");
        requireNonNull(hint, "hint");
        tests = List.copyOf(tests);
    }

    /** Failed if one of its tests has; passed if none was left out and one has passed. */
    static RuleResult of(Rules rule, List<TestResult> tests) {
        Outcome outcome;
        if (rule.untestable().isPresent()) {
            outcome = Outcome.UNTESTABLE;
        } else if (any(tests, Outcome.FAILED)) {
            outcome = Outcome.FAILED;
        } else if (any(tests, Outcome.NOT_RUN)) {
            outcome = Outcome.NOT_RUN;
        } else {
            outcome = any(tests, Outcome.PASSED) ? Outcome.PASSED : Outcome.SKIPPED;
        }
        String skipped = tests.stream()
                .filter(test -> test.outcome() == Outcome.SKIPPED)
                .map(TestResult::message)
                .distinct()
                .collect(Collectors.joining("; "));
        if (outcome != Outcome.SKIPPED && any(tests, Outcome.SKIPPED)) {
            long skips = tests.stream()
                    .filter(test -> test.outcome() == Outcome.SKIPPED)
                    .count();
            skipped = "without " + skips + " of " + tests.size() + " tests, because " + skipped;
        }
        return new RuleResult(
                rule.id(),
                rule.title(),
                rule.level(),
                outcome,
                rule.untestable().orElse(skipped),
                rule.hint(),
                tests);
    }

    private static boolean any(List<TestResult> tests, Outcome outcome) {
        return tests.stream().anyMatch(test -> test.outcome() == outcome);
    }
}
