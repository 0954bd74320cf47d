package dev.jobqueue.testkit.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A report for a person: the counts, what failed with hints, and a table of all rules. */
final class Markdown {
    private Markdown() {}

    static String of(ConformanceReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("# Conformance: " + report.store());
        lines.add("");
        lines.add("Written by the test kit; the rules stand in its specification.");
        lines.add("");
        lines.add("- declares: " + (report.declared().isEmpty() ? "nothing" : String.join(", ", report.declared())));
        lines.add("- rules: "
                + Arrays.stream(Outcome.values())
                        .map(outcome -> report.count(outcome) + " " + outcome.words())
                        .collect(Collectors.joining(", ")));
        lines.add("- model suite: " + report.model().outcome().words());
        lines.add("- histories: " + report.histories().outcome().words());
        failures(report, lines);
        lines.add("");
        lines.add("## Rules");
        lines.add("");
        lines.add("| rule | level | outcome | about |");
        lines.add("| --- | --- | --- | --- |");
        for (RuleResult rule : report.rules()) {
            String reason = rule.reason().isEmpty() ? "" : ": " + rule.reason();
            lines.add("| " + rule.rule() + " | " + rule.level() + " | "
                    + cell(rule.outcome().words() + reason) + " | " + cell(rule.title()) + " |");
        }
        return String.join("\n", lines) + "\n";
    }

    private static void failures(ConformanceReport report, List<String> lines) {
        suite("model suite", report.model(), lines);
        suite("histories", report.histories(), lines);
        for (RuleResult rule : report.rules()) {
            if (rule.outcome() == Outcome.FAILED) {
                lines.add("");
                lines.add("## Failed: " + rule.rule() + ", " + rule.title());
                lines.add("");
                lines.add("Look here: " + rule.hint());
                rule.tests().stream()
                        .filter(test -> test.outcome() == Outcome.FAILED)
                        .forEach(test -> code(test, lines));
            }
        }
    }

    private static void suite(String name, TestResult suite, List<String> lines) {
        if (suite.outcome() == Outcome.FAILED) {
            lines.add("");
            lines.add("## Failed: " + name);
            code(suite, lines);
        }
    }

    private static void code(TestResult test, List<String> lines) {
        lines.add("");
        lines.add("`" + test.test() + "`, " + test.title());
        lines.add("");
        test.message().lines().forEach(line -> lines.add("    " + line));
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace('\n', ' ');
    }
}
