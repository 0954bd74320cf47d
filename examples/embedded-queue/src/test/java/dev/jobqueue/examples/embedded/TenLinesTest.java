package dev.jobqueue.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenLinesTest {
    @TempDir
    Path directory;

    @Test
    void printsTheResult() throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            TenLines.main(directory.resolve("queue").toString());
        } finally {
            System.setOut(before);
        }
        assertThat(out.toString(StandardCharsets.UTF_8).strip()).isEqualTo("16");
    }

    @Test
    void standInTheReadme() throws Exception {
        String source = Files.readString(Path.of("src/main/java/dev/jobqueue/examples/embedded/TenLines.java"));
        int begin = source.indexOf('\n', source.indexOf("// README: begin")) + 1;
        String lines = source.substring(begin, source.indexOf("// README: end")).stripIndent();
        assertThat(Files.readString(Path.of("../../README.md")))
                .contains(lines.indent(4).stripTrailing());
    }
}
