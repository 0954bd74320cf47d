package dev.jobqueue.postgres.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The server of this JVM's tests, found in this order: the environment variable {@value #VARIABLE}, a Docker engine, binaries of a Maven artifact. Each test has
 * a schema of its own.
 */
public final class SharedServer {
    /** A JDBC URL with user and password, of a database whose schemas may be made and dropped. */
    public static final String VARIABLE = "JOBQUEUE_TEST_POSTGRES_URL";

    /** The major version of PostgreSQL that the build asks for. */
    private static final String MAJOR = System.getProperty("jobqueue.test.postgres.major", "18");

    /** The image for a Docker engine. */
    private static final String IMAGE =
            System.getProperty("jobqueue.test.postgres.image", "postgres:" + MAJOR + "-alpine");

    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private SharedServer() {}

    /** Begun when it is first asked for. */
    private static final class Holder {
        static final String URL = find();
        static final HikariDataSource POOL = pool(URL, 30);
    }

    private static String find() {
        String url = System.getenv(VARIABLE);
        if (url != null && !url.isBlank()) {
            return url;
        }
        if (System.getProperty("jobqueue.test.postgres.local") == null && dockerIsThere()) {
            PostgreSQLContainer container = new PostgreSQLContainer(DockerImageName.parse(IMAGE));
            container.withCommand("postgres", "-c", "fsync=on", "-c", "max_connections=200");
            container.start();
            return container.getJdbcUrl() + (container.getJdbcUrl().contains("?") ? "&" : "?") + "user="
                    + container.getUsername() + "&password=" + container.getPassword();
        }
        return LocalServer.start().url();
    }

    private static boolean dockerIsThere() {
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** A pool of connections to this database. */
    public static HikariDataSource pool(String url, int size) {
        return pool(url, size, "");
    }

    /** A pool of connections to this database, with these options of the server for each. */
    public static HikariDataSource pool(String url, int size, String options) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.addDataSourceProperty("options", options);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(20_000);
        return new HikariDataSource(config);
    }

    public static String url() {
        return Holder.URL;
    }

    /** Connections that all tests share. */
    public static DataSource pool() {
        return Holder.POOL;
    }

    /** A name that no other schema has. */
    public static String newSchema() {
        return "Test \"" + ProcessHandle.current().pid() + "-" + SCHEMAS.incrementAndGet();
    }

    /** Removes a schema and all that is in it. */
    public static void drop(String schema) throws SQLException {
        execute("DROP SCHEMA IF EXISTS " + quoted(schema) + " CASCADE");
    }

    /** Runs this with a connection of the shared pool. */
    public static void execute(String sql) throws SQLException {
        try (Connection connection = pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public static String quoted(String schema) {
        return '"' + schema.replace("\"", "\"\"") + '"';
    }
}
