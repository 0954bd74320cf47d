package dev.jobqueue.testkit.conformance;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which rules a store keeps, as far as the kit can tell: passed, failed, skipped by what the store declares, or untestable, with a hint for each about what to
 * look at.
 *
 * <p>Has no times and nothing of the machine, so two runs with the same outcome give the same text. Immutable and thread-safe.
 *
 * @param store its name
 * @param declared the capabilities that it declares, in alphabetical order
 * @param model the model suite, beside the rules
 * @param histories the loads whose history is checked, beside the rules
 * @param rules all rules, in the order of the specification
 */
public record ConformanceReport(
        String store, List<String> declared, TestResult model, TestResult histories, List<RuleResult> rules) {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public ConformanceReport {
        requireNonNull(store, "store");
        declared = List.copyOf(declared);
        requireNonNull(model, "model");
        requireNonNull(histories, "histories");
        rules = List.copyOf(rules);
    }

    /** How many rules have this outcome. */
    public int count(Outcome outcome) {
        return (int) rules.stream().filter(rule -> rule.outcome() == outcome).count();
    }

    /** For a person. */
    public String toMarkdown() {
        return Markdown.of(this);
    }

    /** For a program; {@link #parse} reads it. */
    public String toJson() {
        // Jackson takes the line feed of the system.
        return MAPPER.writeValueAsString(this).replace(System.lineSeparator(), "\n") + "\n";
    }

    /** For a build server: a test suite as JUnit writes it, with one test case for each rule, one for the model suite and one for the histories. */
    public String toJunitXml() {
        return JunitXml.of(this);
    }

    /**
     * Reads what {@link #toJson} has written.
     *
     * @throws tools.jackson.core.JacksonException if it is something else
     */
    public static ConformanceReport parse(String json) {
        return MAPPER.readValue(json, ConformanceReport.class);
    }

    /**
     * Writes the three texts into this directory, which is made if need be, as {@code <store>.md}, {@code .json} and {@code .xml}; blanks in the name become
     * {@code -}.
     */
    public void writeTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        String file = store.toLowerCase(Locale.ROOT).replace(' ', '-');
        Files.writeString(directory.resolve(file + ".md"), toMarkdown());
        Files.writeString(directory.resolve(file + ".json"), toJson());
        Files.writeString(directory.resolve(file + ".xml"), toJunitXml());
    }
}
