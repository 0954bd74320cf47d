package dev.jobqueue.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobQueue;
import dev.jobqueue.fs.FileJobQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program in JVMs of its own. The checks by {@code sha256sum -c} are for Linux. */
class EmbeddedQueueTest {
    @TempDir
    Path temporary;

    private Path folder;
    private Program program;

    @BeforeEach
    void makeFolder() throws IOException {
        // The real path, as the program uses it.
        folder = Files.createDirectory(temporary.resolve("folder")).toRealPath();
        program = new Program(temporary.toRealPath(), folder);
    }

    @Test
    void killedAtAnyMomentItGoesOnAndHashesNothingAgainThatWasAcknowledged() throws Exception {
        int files = 6_000;
        for (int i = 0; i < files; i++) {
            Files.writeString(
                    Files.createDirectories(folder.resolve("d" + i % 7)).resolve("f" + i), "content of file " + i);
        }
        Set<String> acknowledged = new HashSet<>();
        List<String> hashedAgain = new ArrayList<>();
        int seen = 0;
        for (int killAfter : new int[] {0, 1, 900, 2_500}) {
            Process process = program.start();
            while (process.isAlive() && !mayKill(killAfter)) {
                LockSupport.parkNanos(5_000_000);
            }
            process.destroyForcibly().waitFor();

            List<String> trace = program.trace();
            trace.subList(seen, trace.size()).stream()
                    .filter(acknowledged::contains)
                    .forEach(hashedAgain::add);
            seen = trace.size();
            acknowledged.addAll(namesOfSucceededJobs());
        }

        assertThat(acknowledged).as("killed before the end").hasSizeBetween(1, files - 1);
        assertThat(program.run()).as(program.output()).isZero();
        List<String> trace = program.trace();
        trace.subList(seen, trace.size()).stream()
                .filter(acknowledged::contains)
                .forEach(hashedAgain::add);

        assertThat(hashedAgain).isEmpty();
        assertThat(trace).hasSizeGreaterThanOrEqualTo(files);
        assertThat(Files.readString(program.sums())).isEqualTo(Results.sums(folder));
    }

    /** After nothing but the start of a queue, or after so many files. */
    private boolean mayKill(int after) throws IOException {
        return after == 0 ? Files.exists(program.queue()) : program.trace().size() >= after;
    }

    private Set<String> namesOfSucceededJobs() {
        try (JobQueue queue = FileJobQueue.open(program.queue())) {
            return Results.acknowledged(queue, folder, program);
        }
    }

    @Test
    void aRunAfterACompleteOneStartsAnew() throws Exception {
        Files.writeString(folder.resolve("a"), "1");
        assertThat(program.run()).isZero();
        Files.writeString(folder.resolve("a"), "2");
        Files.writeString(folder.resolve("b"), "3");
        assertThat(program.run()).isZero();
        assertThat(Files.readString(program.sums())).isEqualTo(Results.sums(folder));
        assertThat(program.trace()).containsExactlyInAnyOrder("a", "a", "b");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatCannotBeReadIsReportedAndTheRestIsDone() throws Exception {
        Files.writeString(folder.resolve("good"), "good");
        Files.createSymbolicLink(folder.resolve("link to nothing"), Path.of("nothing"));
        new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start().waitFor();
        Files.createSymbolicLink(folder.resolve("link to a pipe"), Path.of("pipe"));

        assertThat(program.run()).as(program.output()).isEqualTo(1);
        assertThat(program.output())
                .contains("3 files", "2 errors")
                .contains("link to nothing: no such file (code 1, NO_SUCH_FILE)")
                .contains("link to a pipe: not a file that can be read (code 3, NOT_A_FILE)");
        assertThat(Files.readAllLines(program.sums()))
                .singleElement()
                .asString()
                .endsWith("  good");
        assertThat(program.check()).isZero();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void sha256sumAcceptsStrangeNames() throws Exception {
        // As in a URI: UTF-8, bytes that are no UTF-8, a line feed, a carriage return.
        List<String> names = List.of(
                "a%20b",
                "-", "*star", "per%25cent", "a:b", "back%5Cslash", "%C3%BC", "%FF%FE", "line%0Afeed", "re%0Dturn");
        for (String name : names) {
            Files.writeString(FileName.resolve(folder, name), "content of " + name);
        }
        assertThat(program.run()).as(program.output()).isZero();
        assertThat(Files.readString(program.sums(), StandardCharsets.ISO_8859_1).lines())
                .hasSize(names.size());
        assertThat(program.check()).isZero();
    }

    @Test
    void goesOnWithTheSumsWhenTheyCouldNotBeWritten() throws Exception {
        Files.writeString(folder.resolve("a"), "1");
        // A directory that is not empty stands where the file shall be written first.
        Path inTheWay = Files.createDirectory(SumsFile.unfinished(program.sums()));
        Path inside = Files.createFile(inTheWay.resolve("inside"));
        assertThat(program.run()).as(program.output()).isEqualTo(2);
        assertThat(program.trace()).containsExactly("a");

        Files.delete(inside);
        Files.delete(inTheWay);
        assertThat(program.run()).as(program.output()).isZero();
        assertThat(program.trace()).containsExactly("a");
        assertThat(Files.readString(program.sums())).isEqualTo(Results.sums(folder));
    }

    @Test
    void leavesOutItsOwnFilesAndWhatIsBuilt() throws Exception {
        program = new Program(folder, folder);
        Files.writeString(folder.resolve("a"), "1");
        Files.writeString(Files.createDirectory(folder.resolve("target")).resolve("b"), "2");
        assertThat(program.run()).as(program.output()).isZero();
        assertThat(Files.readString(program.sums())).contains("  a\n").doesNotContain("queue", "SHA256SUMS", "target");
    }
}
