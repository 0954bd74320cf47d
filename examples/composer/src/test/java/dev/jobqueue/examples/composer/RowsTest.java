package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.testkit.contract.Rules;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Each row has a test or a reason why not, and the tables of the README say where; they are written anew with {@code -Drows.write}. */
class RowsTest {
    private static final Path README = Path.of("README.md");
    private static final Pattern TABLES = Pattern.compile("(?s)(?<=<!-- rows -->\n).*?(?=<!-- end of rows -->)");

    /** The display names of all tests of this example, by class. */
    private static final Map<String, List<String>> NAMES = new TreeMap<>();

    /** The classes of the tests of each row. */
    private static final Map<Rows, SortedSet<String>> CLASSES = new EnumMap<>(Rows.class);

    @BeforeAll
    static void findTests() throws IOException, URISyntaxException, ClassNotFoundException {
        Path root = Path.of(RowsTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Path> files;
        try (Stream<Path> all = Files.walk(root)) {
            files = all.filter(file -> file.toString().endsWith("Test.class")).toList();
        }
        for (Path file : files) {
            String name = root.relativize(file).toString().replace('/', '.');
            Class<?> test = Class.forName(
                    name.substring(0, name.length() - ".class".length()), false, RowsTest.class.getClassLoader());
            NAMES.put(
                    test.getSimpleName(),
                    Arrays.stream(test.getDeclaredMethods())
                            .flatMap(RowsTest::displayName)
                            .toList());
        }
        NAMES.forEach((test, names) -> names.stream()
                .flatMap(name -> Rules.idsOf(name).stream())
                .flatMap(id -> Rows.of(id).stream())
                .forEach(row ->
                        CLASSES.computeIfAbsent(row, r -> new TreeSet<>()).add(test)));
    }

    private static Stream<String> displayName(Method method) {
        DisplayName name = method.getAnnotation(DisplayName.class);
        ParameterizedTest parameterized = method.getAnnotation(ParameterizedTest.class);
        if (name != null) {
            return Stream.of(name.value());
        }
        return parameterized == null ? Stream.empty() : Stream.of(parameterized.name());
    }

    @Test
    @DisplayName("each row has a test, or a reason why there is none here, and not both")
    void eachRowHasATestOrAReason() {
        for (Rows row : Rows.values()) {
            assertThat(CLASSES.containsKey(row))
                    .as(row + " has a test; else a reason: " + row.untested())
                    .isNotEqualTo(row.untested().isPresent());
        }
    }

    @Test
    @DisplayName("what a test names before its colon are rows, or rules of the library")
    void namesAreKnown() {
        List<String> unknown = new ArrayList<>();
        NAMES.values().stream()
                .flatMap(List::stream)
                .flatMap(name -> Rules.idsOf(name).stream())
                .filter(id -> Rows.of(id).isEmpty())
                .filter(id -> Rules.of(id + ": ").isEmpty())
                .forEach(unknown::add);
        assertThat(unknown).isEmpty();
        assertThat(NAMES.values().stream().flatMap(List::stream))
                .as("rows are named at the beginning only")
                .noneMatch(name -> name.matches("(?s).+: .*\\b[SWF][0-9]+[:)].*"));
    }

    @Test
    @DisplayName("the tables of the README are up to date")
    void readmeIsUpToDate() throws IOException {
        String readme = Files.readString(README);
        if (System.getProperty("rows.write") != null) {
            readme = TABLES.matcher(readme).replaceAll(Matcher.quoteReplacement(tables()));
            Files.writeString(README, readme);
        }
        assertThat(TABLES.matcher(readme).results().map(MatchResult::group))
                .as("write them with -Drows.write")
                .containsExactly(tables());
    }

    private static String tables() {
        StringBuilder tables = new StringBuilder();
        tables.append("| row | part | what | where | tests |\n| --- | --- | --- | --- | --- |\n");
        Arrays.stream(Rows.values())
                .filter(Rows::feature)
                .forEach(row -> tables.append("| %s | %s | %s | %s | %s |\n"
                        .formatted(row, row.layer(), row.what(), row.where(), tests(row))));
        tables.append("\n| fault | of the modelled service | tests here |\n| --- | --- | --- |\n");
        Arrays.stream(Rows.values())
                .filter(row -> !row.feature())
                .forEach(row -> tables.append("| %s | %s | %s |\n".formatted(row, row.what(), tests(row))));
        return tables.toString();
    }

    private static String tests(Rows row) {
        return row.untested()
                .map(reason -> "none: " + reason)
                .orElseGet(() -> CLASSES.getOrDefault(row, new TreeSet<>()).stream()
                        .map(test -> "`" + test + "`")
                        .collect(Collectors.joining(", ")));
    }
}
