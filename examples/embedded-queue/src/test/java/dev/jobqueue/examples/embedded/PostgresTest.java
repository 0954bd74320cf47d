package dev.jobqueue.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.postgres.server.LocalServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program with its queue on a real server. */
class PostgresTest {
    private static final int FILES = 3_000;

    @TempDir
    Path temporary;

    @Test
    void killedItGoesOnAndHashesNothingAgainThatWasAcknowledged() throws Exception {
        Path folder = Files.createDirectory(temporary.resolve("folder")).toRealPath();
        for (int i = 0; i < FILES; i++) {
            Files.writeString(folder.resolve("f" + i), "content of file " + i);
        }
        try (LocalServer server = LocalServer.start()) {
            Program program = new Program(temporary.toRealPath(), folder, "--postgres=" + server.url());
            Process process = program.start();
            while (process.isAlive() && program.trace().size() < 300) {
                LockSupport.parkNanos(5_000_000);
            }
            process.destroyForcibly().waitFor();
            Set<String> acknowledged;
            try (Storage storage = Storage.postgres(server.url())) {
                acknowledged = Results.acknowledged(storage.queue(), folder, program);
            }
            int seen = program.trace().size();
            assertThat(acknowledged).as("killed before the end").hasSizeBetween(1, FILES - 1);

            assertThat(program.run()).as(program.output()).isZero();

            List<String> trace = program.trace();
            assertThat(trace.subList(seen, trace.size())).doesNotContainAnyElementsOf(acknowledged);
            assertThat(Files.readString(program.sums())).isEqualTo(Results.sums(folder));
            assertThat(program.queue()).doesNotExist();
        }
    }
}
