package dev.jobqueue.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.testkit.contract.Documents;
import dev.jobqueue.testkit.contract.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The reports in {@code docs/conformance} tell of the contract as it is now. {@code CONTRIBUTING.md} has the command that writes them anew; what they say of a
 * store is what its own tests show in each build.
 */
class ConformanceDocumentsTest {
    private static final Path DIRECTORY = Documents.path("conformance");

    @TestFactory
    @DisplayName(
            "each report has all rules and tests as they are now, none of which failed or was left out, and three texts")
    Stream<DynamicTest> reports() {
        return Stream.of("in-memory", "filesystem", "postgresql", "sqlite")
                .map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
    }

    private static void check(String name) throws IOException {
        String json = Files.readString(DIRECTORY.resolve(name + ".json"));
        ConformanceReport report = ConformanceReport.parse(json);
        assertThat(report.toJson()).isEqualTo(json);
        assertThat(DIRECTORY.resolve(name + ".md")).content().isEqualTo(report.toMarkdown());
        assertThat(DIRECTORY.resolve(name + ".xml")).content().isEqualTo(report.toJunitXml());
        assertThat(report.rules().stream().map(ConformanceDocumentsTest::contract))
                .as("write it anew: the contract has changed")
                .containsExactlyElementsOf(Arrays.stream(Rules.values())
                        .map(rule -> List.of(
                                rule.id(),
                                rule.title(),
                                rule.level(),
                                rule.hint(),
                                rule.tests().stream()
                                        .map(test -> test + " " + test.displayName())
                                        .toList()))
                        .toList());
        assertThat(report.rules())
                .extracting(RuleResult::outcome)
                .isSubsetOf(Set.of(Outcome.PASSED, Outcome.SKIPPED, Outcome.UNTESTABLE));
        assertThat(report.model().outcome()).isEqualTo(Outcome.PASSED);
        assertThat(report.histories().outcome()).isEqualTo(Outcome.PASSED);
    }

    private static List<Object> contract(RuleResult rule) {
        return List.of(
                rule.rule(),
                rule.title(),
                rule.level(),
                rule.hint(),
                rule.tests().stream()
                        .map(test -> test.test() + " " + test.title())
                        .toList());
    }
}
