package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.examples.composer.Composer;
import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.koji.KojiLogin;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.postgres.server.LocalServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs with their queue on a real server. */
class PostgresTest {
    @TempDir
    Path directory;

    @BeforeEach
    void assumeFileSystems() {
        assumeThat(Programs.find("mke2fs"))
                .as("the two images are not tested: this machine has no mke2fs of e2fsprogs")
                .isPresent();
    }

    private Path logins(TestHub hub, KojiLogin login) throws Exception {
        Path file = Files.createFile(
                directory.resolve("logins.json"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(
                file,
                "[{\"server\":\"%s\",\"user\":\"%s\",\"password\":\"%s\"}]"
                        .formatted(hub.url(), login.user(), login.password()));
    }

    @Test
    @DisplayName("Two images by one command; then a compose for a koji that wants a login, while the service is killed")
    void onPostgres() throws Exception {
        try (LocalServer server = LocalServer.start();
                TestHub hub = new TestHub()) {
            StringWriter said = new StringWriter();
            int exit = Composer.program()
                    .setOut(new PrintWriter(said, true))
                    .execute("--directory", directory.toString(), "--postgres", server.url());
            assertThat(exit).as(said.toString()).isZero();

            KojiLogin login = new KojiLogin("builder", "s3cret");
            hub.requireLogin(login, true);
            TwoPrograms programs = new TwoPrograms(directory, directory, "--postgres", server.url());
            Composes composes = new Composes(programs);
            try {
                programs.startService();
                programs.startWorker("--koji-logins", logins(hub, login).toString());
                composes.assertSuccess(composes.post(), 1);
                TestHub.Hold hold = hub.hold("CGImport", 1, TestHub.Where.BEFORE_THE_REPLY);
                Composes.ForKoji compose = composes.post(hub);
                hold.await();
                programs.killService();
                hold.release();
                programs.restartService();
                composes.assertComplete(compose, hub);
                assertThat(hub.calls("login")).isEqualTo(1);
            } finally {
                programs.stop();
            }
            assertThat(directory.resolve("queue")).doesNotExist();
        }
    }
}
