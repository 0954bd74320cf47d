package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The table of weaknesses in docs/ARCHITECTURE.md is true: each row has tests, and each of them names its row. */
class WeaknessesTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (P\\d+|W\\d+) \\|.*\\| (.*) \\|$");
    private static final List<String> PACKAGES = List.of("dev.jobqueue.postgres.", "dev.jobqueue.testkit.contract.");

    @Test
    @DisplayName("each weakness has tests, which exist and have its id in their names")
    void eachRowHasItsTests() throws IOException {
        Map<String, List<String>> rows = new TreeMap<>();
        Matcher matcher = ROW.matcher(Files.readString(Path.of("../docs/ARCHITECTURE.md")));
        while (matcher.find()) {
            rows.put(matcher.group(1), List.of(matcher.group(2).split(", ")));
        }
        assertThat(rows)
                .containsOnlyKeys(
                        "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P13", "P14", "W2");
        rows.forEach((id, tests) -> {
            for (String test : tests) {
                assertThat(displayName(test)).as(id + ": " + test).containsPattern("\\b" + id + "\\b.*: ");
            }
        });
    }

    private static String displayName(String test) {
        String name = test.substring(0, test.indexOf('.'));
        for (String prefix : PACKAGES) {
            try {
                return Arrays.stream(Class.forName(prefix + name).getDeclaredMethods())
                        .filter(method -> method.getName().equals(test.substring(test.indexOf('.') + 1)))
                        .map(WeaknessesTest::displayName)
                        .findFirst()
                        .orElse("no such test");
            } catch (ClassNotFoundException e) {
                // Perhaps in the next package.
            }
        }
        return "no such class";
    }

    private static String displayName(Method method) {
        DisplayName name = method.getAnnotation(DisplayName.class);
        return name == null ? "" : name.value();
    }
}
