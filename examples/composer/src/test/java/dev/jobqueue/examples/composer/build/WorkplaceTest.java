package dev.jobqueue.examples.composer.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkplaceTest {
    @TempDir
    Path above;

    private void assertFiles(String... names) throws IOException {
        try (Stream<Path> files = Files.list(above)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    @DisplayName("Programs beside each other have places of their own, and leave nothing but the locks")
    void placesOfTheirOwn() throws IOException {
        Workplace first = Workplace.in(above);
        Workplace second = Workplace.in(above);
        Scratch one = first.scratch();
        Scratch two = second.scratch();
        assertThat(one.directory()).hasParent(above.resolve("1"));
        assertThat(two.directory()).hasParent(above.resolve("2"));
        one.close();
        two.close();
        first.close();
        second.close();
        assertFiles("1.lock", "2.lock");
    }

    @Test
    @DisplayName("What dead programs have left is removed, also where none begins again; what a living one has is not")
    void deadWorkers() throws IOException {
        Workplace living = Workplace.in(above);
        Scratch scratch = living.scratch();
        Path file = Files.writeString(scratch.directory().resolve("image"), "half");
        // A dead process has files, and no lock any more.
        for (String dead : new String[] {"2", "3"}) {
            Files.createFile(above.resolve(dead + ".lock"));
            Files.createDirectories(above.resolve(dead).resolve(".scratch-1/output"));
            Files.writeString(above.resolve(dead).resolve(".scratch-1/output/image"), "half");
        }

        Workplace next = Workplace.in(above);

        assertThat(file).exists();
        assertFiles("1", "1.lock", "2.lock", "3.lock");
        next.close();
        scratch.close();
        living.close();
    }
}
