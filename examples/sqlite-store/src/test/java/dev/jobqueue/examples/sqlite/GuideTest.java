package dev.jobqueue.examples.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The code in the guide is that of this module: each part between {@code guide: begin name} and {@code guide: end name} stands in it. */
class GuideTest {
    private static final Path GUIDE = Path.of("../../docs/writing-a-backend.md");
    private static final Pattern PART = Pattern.compile("(?sm)^ *// guide: begin (\\w+)\\n(.*?)^ *// guide: end \\1$");

    @Test
    @DisplayName("each part of the code that the guide shows stands in it as it is")
    void partsStandInTheGuide() throws IOException {
        String guide = Files.readString(GUIDE);
        TreeMap<String, String> parts = new TreeMap<>();
        List<Path> sources;
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            sources = files.filter(f -> f.toString().endsWith(".java")
                            && !f.getFileName().toString().equals("GuideTest.java"))
                    .toList();
        }
        for (Path source : sources) {
            Matcher matcher = PART.matcher(Files.readString(source));
            while (matcher.find()) {
                parts.put(matcher.group(1), matcher.group(2).stripTrailing().stripIndent());
            }
        }
        assertEquals(10, parts.size(), "parts: " + parts.keySet());
        List<String> missing = new ArrayList<>();
        parts.forEach((name, text) -> {
            if (!guide.contains("```java\n" + text + "\n```")) {
                missing.add(name + ":\n" + text);
            }
        });
        assertTrue(missing.isEmpty(), "not in " + GUIDE + ":\n" + String.join("\n", missing));
        assertEquals(parts.size(), guide.split("```java\n", -1).length - 1, "pieces of Java in the guide");
    }

    @Test
    @DisplayName(
            "the POM of an author has no parent and depends, for its tests, on the kit alone, and the guide names every method of the SPI")
    void guideIsComplete() throws IOException {
        String pom = Files.readString(Path.of("author", "pom.xml"));
        assertFalse(pom.contains("<parent>"));
        assertEquals(2, pom.split("<scope>test</scope>", -1).length, "test dependencies");
        assertTrue(
                pom.contains(
                        "<artifactId>jobqueue-testkit</artifactId>\n            <version>${jobqueue.version}</version>\n            <scope>test</scope>"));
        String guide = Files.readString(GUIDE);
        TreeSet<String> missing = new TreeSet<>();
        for (var method : dev.jobqueue.spi.JobStore.class.getDeclaredMethods()) {
            if (!guide.contains("`" + method.getName() + "`")) {
                missing.add(method.getName());
            }
        }
        assertEquals(new TreeSet<String>(), missing, "methods that the guide leaves out");
    }
}
