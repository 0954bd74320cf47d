package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each rule has a test or a reason why not, and each test names its rules. */
class RulesTest {
    /** Rows of the list of weaknesses of the original that a contract can test; the rest of its list belongs to backends. */
    private static final List<String> ROWS = List.of(
            "F1", "F2", "F3", "F4", "F9", "F10", "F11", "F12", "F13", "F15", "S-a", "S-b", "S-c", "S-e", "S-f", "P1",
            "P6", "P7", "P8", "P12", "P13");

    @Test
    @DisplayName("each rule has a test, or a reason why no test of the kit can reach it, and not both")
    void eachRuleHasATestOrAReason() {
        for (Rules rule : Rules.values()) {
            assertThat(!rule.tests().isEmpty())
                    .as(rule.id() + " has a test; else a reason: " + rule.untestable())
                    .isNotEqualTo(rule.untestable().isPresent());
        }
    }

    @Test
    @DisplayName("each test names at least one rule that exists, rows of the other lists only beside it, and its level")
    void eachTestNamesItsRules() {
        for (RuleTest test : RuleTest.all()) {
            String name = test.displayName();
            assertThat(test.rules()).as(test + ": " + name).isNotEmpty();
            assertThat(name).as(test.toString()).contains(" [" + test.level() + "]: ");
            for (String id : Rules.idsOf(name)) {
                boolean rule = Arrays.stream(Rules.values()).anyMatch(r -> r.id().equals(id));
                assertThat(rule || ROWS.contains(id)).as(id + " in: " + name).isTrue();
            }
        }
    }

    @Test
    @DisplayName("each rule has one sentence or more about what to look at")
    void eachRuleHasAHint() {
        for (Rules rule : Rules.values()) {
            assertThat(rule.hint()).as(rule.id()).endsWith(".").hasSizeGreaterThan(20);
        }
    }

    @Test
    @DisplayName("each row of the other lists has a test")
    void eachRowHasATest() {
        Set<String> named = new TreeSet<>();
        RuleTest.all().forEach(t -> named.addAll(Rules.idsOf(t.displayName())));
        assertThat(named).containsAll(ROWS);
    }

    @Test
    @DisplayName("the rules are those of the specification")
    void rulesAreThoseOfTheSpecification() throws IOException {
        Path spec = Documents.path("SPEC.md");
        if (!Files.exists(spec)) {
            return;
        }
        Set<String> ids = new TreeSet<>();
        Matcher matcher = Pattern.compile(
                        "(?m)^[-#*\\s]*\\**((?:TYP|ENQ|DEQ|DEP|FIN|CAN|HB|ERR|QRY|RET|DUR|WRK)-\\d+)\\b")
                .matcher(Files.readString(spec));
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }
        assertThat(Arrays.stream(Rules.values()).map(Rules::id)).containsExactlyInAnyOrderElementsOf(ids);
    }
}
