package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jobqueue.postgres.server.LocalServer;
import dev.jobqueue.postgres.server.SharedServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The tests run on the PostgreSQL that the build asks for, so that a profile cannot quietly test another one. */
class ServerVersionTest {
    private static final int MAJOR = Integer.getInteger("jobqueue.test.postgres.major", 18);

    @Test
    @DisplayName(
            "the shared server is of the major version that the build asks for, unless the environment or a property names another")
    void sharedServer() throws SQLException {
        assumeTrue(System.getenv(SharedServer.VARIABLE) == null, "a database of the environment may be any");
        assumeTrue(System.getProperty("jobqueue.test.postgres.image") == null, "an image of a property may be any");
        try (Connection connection = SharedServer.pool().getConnection()) {
            assertMajor(connection);
        }
    }

    @Test
    @DisplayName("servers that a test starts for itself are of that version too")
    void localServer() throws SQLException {
        try (LocalServer server = LocalServer.start();
                Connection connection = DriverManager.getConnection(server.url())) {
            assertMajor(connection);
        }
    }

    private static void assertMajor(Connection connection) throws SQLException {
        String version = connection.getMetaData().getDatabaseProductVersion();
        assertThat(connection.getMetaData().getDatabaseMajorVersion())
                .as(version)
                .isEqualTo(MAJOR);
    }
}
