package dev.jobqueue.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jobqueue.testkit.contract.Level;
import dev.jobqueue.testkit.contract.Rules;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/** A class of a few lines gives a report, which says what the run has shown and nothing more. */
class ConformanceReportTest {
    private static final RuleResult HOLDS =
            RuleResult.of(Rules.DEQ_1, List.of(new TestResult("A.a", "DEQ-1 [must]: a", Outcome.PASSED, "")));

    @Test
    @DisplayName(
            "a run of the suite writes all three texts: what failed with its hint, what was left out, what no test can reach")
    void runOfASuite(@TempDir Path directory) throws Exception {
        LauncherFactory.create()
                .execute(LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClass(ForgetfulSuite.class))
                        .filters(TagFilter.excludeTags(Level.STOCHASTIC, Level.SCALE))
                        .configurationParameters(Map.of(
                                ConformanceListener.DIRECTORY, directory.toString(), "jqwik.tries.default", "200"))
                        .build());
        assertThat(files(directory)).containsExactly("forgetful-one.json", "forgetful-one.md", "forgetful-one.xml");
        String json = Files.readString(directory.resolve("forgetful-one.json"));
        ConformanceReport report = ConformanceReport.parse(json);
        assertThat(report.toJson()).isEqualTo(json);
        assertThat(report.store()).isEqualTo("forgetful one");
        assertThat(report.declared()).isEmpty();
        assertThat(report.rules())
                .extracting(RuleResult::rule)
                .containsExactlyElementsOf(
                        Arrays.stream(Rules.values()).map(Rules::id).toList());
        assertThat(report.rules())
                .filteredOn(rule -> rule.outcome() == Outcome.FAILED)
                .extracting(RuleResult::rule)
                .as("rules whose tests pause something")
                .containsExactly("DEQ-5", "DEQ-12", "QRY-3", "QRY-4");
        assertThat(rule(report, Rules.DEQ_1).outcome())
                .as("one of its tests uses chance")
                .isEqualTo(Outcome.NOT_RUN);
        assertThat(rule(report, Rules.DEQ_7).outcome()).isEqualTo(Outcome.NOT_RUN);
        assertThat(rule(report, Rules.DEP_8).outcome()).isEqualTo(Outcome.PASSED);
        assertThat(rule(report, Rules.HB_5).outcome()).isEqualTo(Outcome.SKIPPED);
        assertThat(rule(report, Rules.HB_5).reason())
                .isEqualTo("the store does not declare DURABLE, and that it forgets cannot be tested");
        assertThat(rule(report, Rules.HB_5).level()).isEqualTo("optional");
        assertThat(rule(report, Rules.HB_8).outcome()).isEqualTo(Outcome.UNTESTABLE);
        assertThat(report.model().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(report.model().message()).isNotEmpty();
        assertThat(report.histories().outcome()).as("they use chance").isEqualTo(Outcome.NOT_RUN);
        assertThat(Files.readString(directory.resolve("forgetful-one.md")))
                .isEqualTo(report.toMarkdown())
                .contains("## Failed: QRY-3, Pause and resume", "Look here: " + Rules.QRY_3.hint());
        assertThat(Files.readString(directory.resolve("forgetful-one.xml"))).isEqualTo(report.toJunitXml());
    }

    private static List<String> files(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private static RuleResult rule(ConformanceReport report, Rules rule) {
        return report.rules().stream()
                .filter(result -> result.rule().equals(rule.id()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("the XML is well-formed whatever the store has said, and counts as JUnit does")
    void hostileMessages() throws Exception {
        String message = "got \u0000 & <b>\uFFFF ]]> \uD83D\uDE00 \uD800 | ``` \r\n second line";
        RuleResult fails =
                RuleResult.of(Rules.DEQ_2, List.of(new TestResult("B.b", "DEQ-2 [must]: b", Outcome.FAILED, message)));
        RuleResult skipped =
                RuleResult.of(Rules.HB_5, List.of(new TestResult("C.c", "HB-5 [must]: c", Outcome.SKIPPED, message)));
        ConformanceReport report = new ConformanceReport(
                "a <store>",
                List.of("DURABLE"),
                new TestResult("M.m", "model", Outcome.NOT_RUN, ""),
                new TestResult("H", "histories", Outcome.PASSED, ""),
                List.of(HOLDS, fails, skipped));
        Element suite = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(report.toJunitXml())))
                .getDocumentElement();
        assertThat(suite.getAttribute("name")).isEqualTo("a <store>");
        assertThat(suite.getAttribute("tests")).isEqualTo("5");
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        assertThat(suite.getAttribute("skipped")).isEqualTo("2");
        assertThat(suite.getElementsByTagName("testcase").getLength()).isEqualTo(5);
        Element failure = (Element) suite.getElementsByTagName("failure").item(0);
        assertThat(failure.getAttribute("message")).isEqualTo(Rules.DEQ_2.hint());
        assertThat(failure.getTextContent()).contains("got \uFFFD & <b>\uFFFD ]]> \uD83D\uDE00 \uFFFD | ```");
        assertThat(ConformanceReport.parse(report.toJson()).store()).isEqualTo("a <store>");
        assertThat(report.toMarkdown().lines().filter(l -> l.startsWith("|"))).hasSize(5);
    }

    @Test
    @DisplayName("a rule is as good as the worst of its tests")
    void outcomeOfARule() {
        assertThat(outcome(Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN)).isEqualTo(Outcome.FAILED);
        assertThat(outcome(Outcome.PASSED, Outcome.NOT_RUN)).isEqualTo(Outcome.NOT_RUN);
        assertThat(outcome(Outcome.PASSED, Outcome.SKIPPED)).isEqualTo(Outcome.PASSED);
        assertThat(outcome(Outcome.SKIPPED, Outcome.SKIPPED)).isEqualTo(Outcome.SKIPPED);
    }

    private static Outcome outcome(Outcome... tests) {
        return RuleResult.of(
                        Rules.DEQ_1,
                        Arrays.stream(tests)
                                .map(o -> new TestResult("A.a", "a", o, "because"))
                                .toList())
                .outcome();
    }
}
