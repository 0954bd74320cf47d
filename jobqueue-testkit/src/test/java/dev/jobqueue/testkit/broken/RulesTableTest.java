package dev.jobqueue.testkit.broken;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.testkit.contract.Documents;
import dev.jobqueue.testkit.contract.RuleTest;
import dev.jobqueue.testkit.contract.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The table rule - tests - broken store in {@code docs/RULES.md}; written anew with {@code -Drules.write}. */
class RulesTableTest {
    /** Rules that no store can break, because the queue over the store keeps them. */
    private static final Map<Rules, String> IN_THE_QUEUE = new EnumMap<>(Map.of(
            Rules.TYP_6, "decoding is in the queue over the store",
            Rules.DEQ_3, "waiting is in the queue over the store",
            Rules.DEQ_15, "waiting is in the queue over the store"));

    @Test
    @DisplayName("each rule with a test has a broken store, or is kept by the queue over the store")
    void eachRuleHasABrokenStore() {
        List<Rules> broken = BrokenStores.all().stream()
                .map(s -> s.getAnnotation(Breaks.class).value())
                .toList();
        for (Rules rule : Rules.values()) {
            if (rule.untestable().isPresent()) {
                continue;
            }
            assertThat(broken.contains(rule)).as(rule.id()).isNotEqualTo(IN_THE_QUEUE.containsKey(rule));
        }
    }

    @Test
    @DisplayName("docs/RULES.md is up to date")
    void documentIsUpToDate() throws IOException {
        Path file = Documents.path("RULES.md");
        if (System.getProperty("rules.write") != null) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, table());
        }
        assertThat(file).as("write it with -Drules.write").content().isEqualTo(table());
    }

    private static String table() {
        StringBuilder table = new StringBuilder("""
                # Rules, their tests, and the stores that break them

                Generated; write it anew with `mvn test -pl jobqueue-testkit -am -Dtest=RulesTableTest -Drules.write -Dsurefire.failIfNoSpecifiedTests=false`.

                The tests are those of the contract in `dev.jobqueue.testkit.contract`, which every backend runs. Each broken store is run against the
                whole contract: tests of its rule must fail, and tests of other rules must not, but for the rules in brackets, which fall with it.
                A rule is optional if it is only tested on stores that declare a capability, and stochastic if all its tests use chance.

                | rule | level | about | tests | broken stores |
                | --- | --- | --- | --- | --- |
                """);
        for (Rules rule : Rules.values()) {
            String inTests = rule.untestable()
                    .map(reason -> "none here: " + reason)
                    .orElseGet(
                            () -> rule.tests().stream().map(RuleTest::toString).collect(Collectors.joining(", ")));
            table.append("| %s | %s | %s | %s | %s |%n"
                    .formatted(rule.id(), rule.level(), rule.title(), inTests, stores(rule)));
        }
        return table.toString().replace(System.lineSeparator(), "\n");
    }

    private static String stores(Rules rule) {
        if (IN_THE_QUEUE.containsKey(rule)) {
            return "none: " + IN_THE_QUEUE.get(rule);
        }
        return BrokenStores.all().stream()
                .filter(s -> s.getAnnotation(Breaks.class).value() == rule)
                .map(s -> s.getSimpleName() + beside(s.getAnnotation(Breaks.class)))
                .collect(Collectors.joining(", "));
    }

    private static String beside(Breaks breaks) {
        return breaks.also().length == 0
                ? ""
                : Arrays.stream(breaks.also()).sorted().map(Rules::id).collect(Collectors.joining(", ", " (", ")"));
    }
}
